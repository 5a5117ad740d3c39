"""What the page noticed, kept with the server's and the device's time."""

from __future__ import annotations

import json
from typing import Any

from tests.factories.day import API, Candidate, Day
from zhishi.foundation.kernel.clock import to_ms


async def record(day: Day, candidate: Candidate) -> dict[str, Any]:
    answer = await day.staff("officer").get(f"{API}/attempts/{candidate.attempt_id}/record")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def event(kind: str, at_ms: int, *, device_ms: float | None = None, detail: Any = None) -> dict[str, Any]:
    return {"kind": kind, "at_ms": at_ms, "device_ms": at_ms if device_ms is None else device_ms, "detail": detail}


async def test_an_event_keeps_the_time_it_happened_the_time_it_came_and_the_devices_time(day: Day) -> None:
    candidate = await day.entered()
    received_ms = to_ms(day.at(30))
    happened = event("page_hidden", received_ms - 20_000, device_ms=received_ms + 3_600_000.25, detail={"tab": "other"})
    answer = await candidate.post("/attempt/events", {"events": [happened]})
    assert (answer.status_code, answer.json()) == (200, {"stored": 1})
    [kept] = [one for one in (await record(day, candidate))["events"] if one["kind"] == "page_hidden"]
    assert kept == {
        "kind": "page_hidden",
        "at_ms": received_ms - 20_000,
        "device_ms": received_ms + 3_600_000,
        "received_ms": received_ms,
        "detail": {"client_tab": "other"},
    }


async def test_events_are_shown_in_the_order_in_which_they_happened(day: Day) -> None:
    candidate = await day.entered()
    now_ms = to_ms(day.at(60))
    offline = [event(kind, now_ms - 1000 * n) for n, kind in enumerate(("online", "track_lost", "offline"))]
    await candidate.post("/attempt/events", {"events": offline})
    kinds = [one["kind"] for one in (await record(day, candidate))["events"]]
    assert kinds[0] == "logged_in"
    assert kinds[-4:] == ["entered", "offline", "track_lost", "online"]


async def test_a_page_loaded_while_answering_is_an_interruption(day: Day) -> None:
    candidate = await day.entered(seconds=-300)
    day.at(10)
    await candidate.beat()
    now_ms = to_ms(day.at(60))
    await candidate.post("/attempt/events", {"events": [event("page_loaded", now_ms)]})
    found = await record(day, candidate)
    assert found["interruptions"] == 1
    [interrupted] = [one for one in found["events"] if one["kind"] == "interrupted"]
    assert (interrupted["at_ms"], interrupted["detail"]) == (now_ms, {"last_heard_ms": now_ms - 50_000})
    assert (await candidate.situation())["interruptions"] == 1


async def test_a_page_loaded_before_entry_or_after_the_end_is_no_interruption(day: Day) -> None:
    day.at(-400)
    candidate = await day.log_in()
    await candidate.post("/attempt/events", {"events": [event("page_loaded", to_ms(day.clock.now()))]})
    loaded_ms = to_ms(day.clock.now())
    day.at(-300)
    await candidate.enter()
    day.at(-299)
    await candidate.post("/attempt/events", {"events": [event("page_loaded", loaded_ms)]})
    now_ms = to_ms(day.at(900))
    await candidate.post("/attempt/events", {"events": [event("page_loaded", now_ms)]})
    assert (await record(day, candidate))["interruptions"] == 0


async def test_what_is_no_event_is_refused_and_nothing_of_the_report_is_kept(day: Day) -> None:
    candidate = await day.entered()
    now_ms = to_ms(day.at(10))
    good = event("offline", now_ms)
    bad: list[Any] = [
        event("exploded", now_ms),
        event("ended", now_ms),
        event("offline", -1),
        event("offline", 2**46 + 1),
        event("offline", 10**40),
        event("offline", now_ms, device_ms=-1),
        event("offline", now_ms, device_ms=1e300),
        event("offline", now_ms, detail={"x": {"nested": 1}}),
        event("offline", now_ms, detail={"x": "y" * 301}),
        event("offline", now_ms, detail={"x" * 41: 1}),
        event("offline", now_ms, detail={str(n): n for n in range(17)}),
        event("offline", now_ms, detail=["list"]),
        event("offline", now_ms, detail={"x": [1]}),
        {"kind": "offline"},
        None,
    ]
    for one in bad:
        answer = await candidate.post("/attempt/events", {"events": [good, one]})
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, "input_invalid"), one
    answer = await candidate.post("/attempt/events", {"events": [good] * 51})
    assert answer.status_code == 422
    assert [one for one in (await record(day, candidate))["events"] if one["kind"] == "offline"] == []


async def test_numbers_that_are_none_are_refused(day: Day) -> None:
    """Python's JSON reads NaN and Infinity, which no database keeps and no other JSON writes."""
    candidate = await day.entered()
    now_ms = to_ms(day.at(10))
    for number in (float("nan"), float("inf"), -float("inf")):
        for one in (event("offline", now_ms, device_ms=number), event("offline", now_ms, detail={"x": number})):
            answer = await candidate.client.post(
                f"{API}/attempt/events",
                content=json.dumps({"events": [one]}),
                headers={"Content-Type": "application/json"},
            )
            assert (answer.status_code, answer.json()["error"]["code"]) == (422, "input_invalid"), one
    assert (await record(day, candidate))["interruptions"] == 0


async def test_texts_that_databases_do_not_like_are_kept_or_refused_and_never_break_the_record(day: Day) -> None:
    candidate = await day.entered()
    now_ms = to_ms(day.at(10))
    for text in ("\x00", "\ud800", "😀", "'; DROP TABLE people; --", "</script>", "\u202e"):
        answer = await candidate.client.post(
            f"{API}/attempt/events",
            content=json.dumps({"events": [event("other", now_ms, detail={"x": text, "k" + text: 1})]}),
            headers={"Content-Type": "application/json"},
        )
        assert answer.status_code in (200, 422), text
    assert len((await record(day, candidate))["events"]) >= 4


async def test_fifty_events_are_kept_at_once(day: Day) -> None:
    candidate = await day.entered()
    now_ms = to_ms(day.at(10))
    answer = await candidate.post("/attempt/events", {"events": [event("offline", now_ms + n) for n in range(50)]})
    assert answer.json() == {"stored": 50}
    kept = [one["at_ms"] for one in (await record(day, candidate))["events"] if one["kind"] == "offline"]
    assert kept == [now_ms + n for n in range(50)]
