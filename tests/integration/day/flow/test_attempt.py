"""Entering, waiting, answering, ending, leaving: the candidate's line, by the server's clock (F7, F9, F10)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from httpx import Response

from tests.factories.day import API, Candidate, Day
from zhishi.foundation.kernel.clock import to_ms

ENTER = {"displays": 1, "surface": "monitor"}


def refused(answer: Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


async def events(day: Day, candidate: Candidate, *kinds: str) -> list[dict[str, Any]]:
    record = (await day.staff("officer").get(f"{API}/attempts/{candidate.attempt_id}/record")).json()
    return [event for event in record["events"] if event["kind"] in kinds]


async def test_a_logged_in_candidate_waits_for_entry(day: Day) -> None:
    day.at(-1500)
    candidate = await day.log_in()
    found = await candidate.situation()
    start = to_ms(day.world.starts)
    assert (found["page"], found["step"]) == ("entry", {"number": 7, "key": "entry"})
    assert found["may"]["enter"] == {
        "allowed": False,
        "why": "entry_not_open",
        "from_ms": start - 1_200_000,
        "until_ms": None,
        "step": None,
    }
    assert found["times"] == {
        "login_opens_ms": start - 1_800_000,
        "entry_opens_ms": start - 1_200_000,
        "starts_ms": start,
        "login_closes_ms": start + 300_000,
        "ends_ms": start + 900_000,
        "report_until_ms": start + 2_700_000,
        "phone_until_ms": start + 4_500_000,
        "answer_s": 900,
        "entry_closes_ms": start + 300_000,
        "provisional": False,
        "lead_s": None,
    }
    assert (found["person"], found["tracks"], found["upload_token"], found["lot"]) == (
        {"name": candidate.who.name},
        [],
        None,
        None,
    )


@pytest.mark.parametrize(
    ("seconds", "status", "code", "late"),
    [
        (-1200.001, 409, "entry_not_open", None),
        (-1200, 200, None, False),
        (-0.001, 200, None, False),
        (0, 200, None, True),
        (299.999, 200, None, True),
        (300, 409, "entry_closed", None),
        (899.999, 409, "entry_closed", None),
        (900, 409, "attempt_over", None),
    ],
)
async def test_entry_is_allowed_within_its_window_and_late_from_t0(
    day: Day, seconds: float, status: int, code: str | None, late: bool | None
) -> None:
    day.at(-1500)
    candidate = await day.log_in()
    now_ms = to_ms(day.at(seconds))
    answer = await candidate.post("/attempt/entry", ENTER)
    found = answer.json()
    assert (answer.status_code, found.get("error", {}).get("code"), found.get("late")) == (status, code, late)
    assert (await candidate.situation())["entered_ms"] == (now_ms if status == 200 else None)


async def test_whoever_comes_too_early_is_told_when_entry_opens(day: Day) -> None:
    day.at(-1500)
    candidate = await day.log_in()
    answer = await candidate.post("/attempt/entry", ENTER)
    assert answer.json()["error"]["detail"] == {"opens_ms": to_ms(day.world.starts) - 1_200_000}


@pytest.mark.parametrize(
    ("body", "code", "detail"),
    [
        ({"displays": 2, "surface": "monitor"}, "second_display", {"displays": 2}),
        ({"displays": 1, "surface": "window"}, "wrong_surface", {"surface": "window"}),
        ({"displays": 1, "surface": "browser"}, "wrong_surface", {"surface": "browser"}),
        ({"displays": 1, "surface": "unknown"}, "wrong_surface", {"surface": "unknown"}),
    ],
)
async def test_one_display_and_the_whole_screen_are_needed(
    day: Day, body: dict[str, Any], code: str, detail: dict[str, Any]
) -> None:
    day.at(-300)
    candidate = await day.log_in()
    answer = await candidate.post("/attempt/entry", body)
    assert (refused(answer), answer.json()["error"]["detail"]) == ((409, code), detail)
    found = await candidate.situation()
    assert (found["entered_ms"], found["lot"], found["tracks"]) == (None, None, [])


async def test_entering_gives_a_lot_two_tracks_and_a_token(day: Day) -> None:
    candidate = await day.entered(seconds=-300)
    found = await candidate.situation()
    assert [track["kind"] for track in found["tracks"]] == ["camera", "screen"]
    assert found["lot"] in {"001", "002", "003"}
    assert len(found["upload_token"]) > 40
    assert (found["page"], found["post"], len(found["mark"])) == ("devices", "综合管理岗", 4)


async def test_entering_again_changes_nothing(day: Day) -> None:
    candidate = await day.entered(seconds=-300)
    first = await candidate.situation()
    day.at(10)
    again = await candidate.enter()
    same = ("entered_ms", "late", "lot", "tracks", "upload_token", "mark")
    assert [again[name] for name in same] == [first[name] for name in same]
    assert len(await events(day, candidate, "entered")) == 1


async def test_entering_twice_at_once_enters_once(day: Day) -> None:
    day.at(-300)
    candidate = await day.log_in()
    answers = await asyncio.gather(*(candidate.post("/attempt/entry", ENTER) for _ in range(4)))
    # A server that is busy with the first asks to come back; nobody is told anything wrong.
    assert {answer.status_code for answer in answers} <= {200, 503}
    await candidate.enter()
    assert len((await candidate.situation())["tracks"]) == 2
    assert len(await events(day, candidate, "entered")) == 1


async def test_lots_differ_and_run_from_one_to_the_number_registered(day: Day) -> None:
    day.at(-300)
    candidates = [await day.log_in(n) for n in range(3)]
    waiting = list(candidates)
    while waiting:  # who is told that the server is busy tries again, as the page does
        answers = await asyncio.gather(*(one.post("/attempt/entry", ENTER) for one in waiting))
        assert {answer.status_code for answer in answers} <= {200, 503}
        waiting = [one for one, answer in zip(waiting, answers, strict=True) if answer.status_code == 503]
    assert sorted([(await one.situation())["lot"] for one in candidates]) == ["001", "002", "003"]


@pytest.mark.parametrize(
    ("seconds", "page", "step"),
    [
        (-0.001, "countdown", 9),
        (0, "answering", 9),
        (899.999, "answering", 9),
        (900, "upload", 10),
        (90_000, "upload", 10),
    ],
)
async def test_the_page_follows_the_clock_by_itself(day: Day, seconds: float, page: str, step: int) -> None:
    candidate = await day.entered(seconds=-300)
    await candidate.confirm_devices()
    day.at(seconds)
    found = await candidate.situation()
    assert (found["page"], found["step"]["number"]) == (page, step)


async def test_the_end_of_time_is_the_same_for_everybody(day: Day) -> None:
    early, late = await day.entered(0, seconds=-300), await day.entered(1, seconds=299)
    day.at(900)
    for candidate in (early, late):
        found = await candidate.situation()
        assert (found["ended_ms"], found["end_reason"]) == (to_ms(day.world.ends), "time")
    assert [(await one.situation())["late"] for one in (early, late)] == [False, True]


async def test_the_exam_can_be_ended_early_from_t0_on(day: Day) -> None:
    candidate = await day.entered(seconds=-300)
    day.at(-0.001)
    assert refused(await candidate.post("/attempt/end")) == (409, "end_not_yet")
    now_ms = to_ms(day.at(0))
    answer = await candidate.post("/attempt/end")
    found = answer.json()
    assert (found["page"], found["ended_ms"], found["end_reason"]) == ("upload", now_ms, "candidate")


async def test_ending_again_changes_nothing(day: Day) -> None:
    candidate = await day.entered()
    now_ms = to_ms(day.at(60))
    await candidate.post("/attempt/end")
    for seconds in (61, 899, 900, 5000):
        day.at(seconds)
        answer = await candidate.post("/attempt/end")
        assert (answer.status_code, answer.json()["ended_ms"]) == (200, now_ms)
    assert len(await events(day, candidate, "ended")) == 1


async def test_ending_many_times_at_once_ends_once(day: Day) -> None:
    candidate = await day.entered()
    day.at(60)
    answers = await asyncio.gather(*(candidate.post("/attempt/end") for _ in range(5)))
    assert {answer.status_code for answer in answers} == {200}
    assert len(await events(day, candidate, "ended")) == 1


async def test_ending_after_the_end_of_time_stays_the_end_of_time(day: Day) -> None:
    candidate = await day.entered()
    day.at(900)
    found = (await candidate.post("/attempt/end")).json()
    assert (found["ended_ms"], found["end_reason"]) == (to_ms(day.world.ends), "time")
    assert await events(day, candidate, "ended") == []


async def test_who_never_entered_has_nothing_to_end(day: Day) -> None:
    day.at(-300)
    candidate = await day.log_in()
    day.at(60)
    assert refused(await candidate.post("/attempt/end")) == (403, "paper_not_yours")
    day.at(900)
    assert (await candidate.situation())["page"] == "home"


async def test_a_candidate_leaves_for_the_home_page_after_the_end_only(day: Day) -> None:
    candidate = await day.entered()
    day.at(60)
    assert (await candidate.post("/attempt/departure")).json()["page"] == "answering"
    await candidate.post("/attempt/end")
    assert (await candidate.post("/attempt/departure")).json()["page"] == "home"
    assert [event["detail"] for event in await events(day, candidate, "departed")] == [{"complete": False}]
    day.at(100)
    await candidate.post("/attempt/departure")
    assert len(await events(day, candidate, "departed")) == 1


async def test_a_departure_says_whether_everything_had_come(day: Day) -> None:
    candidate = await day.entered(seconds=0)
    recording = day.recording(2)
    for kind in ("camera", "screen"):
        await candidate.upload(recording, kind=kind)
    day.at(900)
    await candidate.post("/attempt/departure")
    assert [event["detail"] for event in await events(day, candidate, "departed")] == [{"complete": True}]


async def test_after_leaving_uploads_still_work(day: Day) -> None:
    candidate = await day.entered()
    recording = day.recording(2)
    day.at(900)
    await candidate.post("/attempt/departure")
    await candidate.upload(recording)
    assert (await candidate.situation())["page"] == "home"
