"""What anybody may know before logging in."""

from __future__ import annotations

import pytest

from tests.factories.day import API, Day
from zhishi.foundation.kernel.clock import to_ms


async def test_the_clock_tells_the_servers_time_with_its_fraction_and_is_never_cached(day: Day) -> None:
    day.at(0.0005)
    answer = await day.nobody.get(f"{API}/clock")
    assert answer.json() == {"now_ms": to_ms(day.world.starts) + 0.5}
    assert answer.headers["cache-control"] == "no-store"


async def test_the_brand_names_the_applications_and_the_hotline(day: Day) -> None:
    assert (await day.nobody.get(f"{API}/brand")).json() == {
        "candidate_app": "智试云",
        "phone_app": "智试通",
        "hotline": "400-808-3202",
        "hotline_hours": "09:00-18:00",
        "demo": False,
    }


@pytest.mark.parametrize(
    ("seconds", "state"),
    [(-1800.001, "before"), (-1800, "open"), (299.999, "open"), (300, "closed"), (6 * 3600 - 1, "closed")],
)
async def test_the_entrance_shows_sittings_with_their_state(day: Day, seconds: float, state: str) -> None:
    day.at(seconds)
    start = to_ms(day.world.starts)
    assert (await day.nobody.get(f"{API}/entrance")).json() == {
        "sittings": [
            {
                "sitting_id": day.world.sitting_id,
                "exam_title": "示范市公开招聘线上面试",
                "sitting_name": "上午场",
                "kind": "real",
                "time_zone": "Asia/Shanghai",
                "starts_ms": start,
                "ends_ms": start + 900_000,
                "login_opens_ms": start - 1_800_000,
                "login_closes_ms": start + 300_000,
                "state": state,
                "consent": None,
            },
            {
                "sitting_id": day.world.rehearsal_id,
                "exam_title": "示范市公开招聘线上面试",
                "sitting_name": "模拟考试",
                "kind": "rehearsal",
                "time_zone": "Asia/Shanghai",
                "starts_ms": None,
                "ends_ms": None,
                "login_opens_ms": None,
                "login_closes_ms": None,
                "state": "open",
                "consent": None,
            },
        ]
    }


async def test_a_sitting_long_over_is_not_shown_any_more(day: Day) -> None:
    day.at(6 * 3600)
    kinds = [one["kind"] for one in (await day.nobody.get(f"{API}/entrance")).json()["sittings"]]
    assert kinds == ["rehearsal"]
