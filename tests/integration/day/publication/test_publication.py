"""Results are public as a fact: candidates' local copies are kept until then (F10.4), so nothing that may still come is
given up by it unawares."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from httpx import Response
from sqlalchemy import select

from tests.factories.answers import given, refused
from tests.factories.day import API, Candidate, Day
from tests.factories.world import TIMINGS
from zhishi.before.exams.actions import create_sitting
from zhishi.before.exams.queries import exam_for_change
from zhishi.before.exams.rules import SittingKind
from zhishi.foundation.audit import SYSTEM
from zhishi.foundation.audit.models import AuditEntry
from zhishi.foundation.kernel.clock import to_ms

OVER_S = TIMINGS.answer_s + TIMINGS.phone_within_s


def path_of(day: Day) -> str:
    return f"{API}/exams/{day.world.exam_id}/results-publication"


async def publish(day: Day, who: str = "officer", **confirmed: int) -> Response:
    return await day.staff(who).post(path_of(day), json=confirmed)


async def standing(day: Day) -> dict[str, Any]:
    found = given(await day.staff("officer").get(path_of(day)))
    return {key: found[key] for key in ("published_ms", "waiting", "incomplete", "open_reports")}


async def sat(day: Day, index: int = 0, *, lacking: bool = False) -> Candidate:
    """A candidate whose two tracks were recorded for ten seconds; `lacking`: a segment of the screen never came."""
    candidate = await day.entered(index, seconds=0)
    recording = day.recording(5)
    await candidate.upload(recording)
    await candidate.upload(recording, kind="screen", skip=[2] if lacking else [])
    day.at(10)
    await candidate.post("/attempt/end")
    return candidate


async def attempt_at_home(candidate: Candidate) -> dict[str, Any]:
    [attempt] = given(await candidate.client.get(f"{API}/home"))["attempts"]
    return {key: attempt[key] for key in ("wanted", "released", "copies_may_go")}


async def test_local_copies_are_needed_until_results_are_published(day: Day) -> None:
    candidate = await sat(day)
    day.at(OVER_S)
    await day.reconcile()
    assert await attempt_at_home(candidate) == {"wanted": False, "released": False, "copies_may_go": False}
    published_ms = to_ms(day.clock.now())
    assert given(await publish(day)) == {"exam_id": day.world.exam_id, "published_ms": published_ms}
    assert given(await candidate.client.get(f"{API}/home"))["results_published_ms"] == published_ms
    assert await attempt_at_home(candidate) == {"wanted": False, "released": True, "copies_may_go": True}


async def test_copies_stay_while_what_came_has_not_been_read_back(day: Day) -> None:
    candidate = await sat(day)
    day.at(OVER_S)
    given(await publish(day, incomplete=1))
    assert await attempt_at_home(candidate) == {"wanted": False, "released": True, "copies_may_go": False}
    await day.reconcile()
    assert await attempt_at_home(candidate) == {"wanted": False, "released": True, "copies_may_go": True}


async def test_copies_stay_while_the_server_asks_for_something_again(day: Day) -> None:
    candidate = await day.entered(seconds=0)
    recording = day.recording(5)
    await candidate.upload(recording)
    await candidate.upload(recording, kind="screen", skip=[2])
    await candidate.beat(recording, recording.segments[2:3], kind="screen")
    day.at(OVER_S)
    await day.reconcile()
    given(await publish(day, incomplete=1))
    assert await attempt_at_home(candidate) == {"wanted": True, "released": True, "copies_may_go": False}
    await candidate.put_segment(recording, recording.segments[2], kind="screen")
    await day.reconcile()
    assert await attempt_at_home(candidate) == {"wanted": False, "released": True, "copies_may_go": True}


async def test_the_copies_of_a_rehearsal_go_when_its_recordings_were_read_back(day: Day) -> None:
    day.at(-7000)
    candidate = await day.log_in_to_rehearsal()
    await candidate.enter()
    recording = day.recording(5, seconds=-7000)
    for kind in ("camera", "screen"):
        await candidate.upload(recording, kind=kind)
    day.at(-6930)
    await candidate.post("/attempt/end")
    assert await attempt_at_home(candidate) == {"wanted": False, "released": True, "copies_may_go": False}
    await day.reconcile()
    assert await attempt_at_home(candidate) == {"wanted": False, "released": True, "copies_may_go": True}


async def test_results_wait_until_recordings_can_come_no_more(day: Day) -> None:
    until_ms = to_ms(day.world.starts) + OVER_S * 1000
    day.at(OVER_S - 0.001)
    waiting = [{"sitting_id": day.world.sitting_id, "name": "上午场", "until_ms": until_ms}]
    assert await standing(day) == {"published_ms": None, "waiting": waiting, "incomplete": 0, "open_reports": 0}
    assert refused(await publish(day)) == (409, "results_too_early", {"until_ms": until_ms})
    day.at(OVER_S)
    assert (await standing(day))["waiting"] == []
    given(await publish(day))


async def test_results_wait_for_every_sitting_of_the_exam(day: Day) -> None:
    later = day.world.starts + timedelta(days=1)
    async with day.house.services.database.writing() as session:
        await create_sitting(
            session,
            exam=await exam_for_change(session, day.world.exam_id),
            kind=SittingKind.REAL,
            name="次日场",
            starts_at=later,
            actor=SYSTEM,
            at=day.clock.now(),
        )
    day.at(OVER_S)
    assert [one["name"] for one in (await standing(day))["waiting"]] == ["次日场"]
    assert refused(await publish(day)) == (409, "results_too_early", {"until_ms": to_ms(later) + OVER_S * 1000})


async def test_what_is_lacking_is_counted_and_must_be_confirmed(day: Day) -> None:
    await sat(day)
    lacking = await sat(day, 1, lacking=True)
    day.at(60)
    given(await lacking.post("/attempt/upload-report", {"note": ""}))
    day.at(OVER_S)
    await day.reconcile()
    counts = {"incomplete": 1, "open_reports": 1}
    assert await standing(day) == {"published_ms": None, "waiting": [], **counts}
    for confirmed in ({}, {"incomplete": 1}, {"open_reports": 1}):
        assert refused(await publish(day, **confirmed)) == (409, "results_unconfirmed", counts)
    given(await publish(day, **counts))
    async with day.house.services.database.reading() as session:
        [entry] = await session.scalars(select(AuditEntry).where(AuditEntry.action == "results.published"))
    assert (entry.subject_id, entry.detail) == (day.world.exam_id, counts)
    assert (await standing(day))["published_ms"] == to_ms(day.clock.now())


async def test_more_may_be_confirmed_than_is_lacking_by_then(day: Day) -> None:
    day.at(OVER_S)
    given(await publish(day, incomplete=2, open_reports=1))


async def test_a_rehearsal_holds_no_results_back(day: Day) -> None:
    day.at(OVER_S)
    candidate = await day.log_in_to_rehearsal()
    await candidate.enter()
    assert await standing(day) == {"published_ms": None, "waiting": [], "incomplete": 0, "open_reports": 0}


async def test_a_publication_has_one_moment(day: Day) -> None:
    await day.entered(seconds=0)
    day.at(OVER_S)
    first = given(await publish(day, incomplete=1))
    day.at(OVER_S + 5)
    assert given(await publish(day)) == first


@pytest.mark.parametrize("who", ["invigilator", "examiner", "support"])
async def test_only_officers_publish(day: Day, who: str) -> None:
    assert refused(await publish(day, who)) == (403, "forbidden", {})
    assert refused(await day.staff(who).get(path_of(day))) == (403, "forbidden", {})


async def test_an_exam_that_is_not_there_is_told(day: Day) -> None:
    path, officer = f"{API}/exams/{day.world.sitting_id}/results-publication", day.staff("officer")
    for answer in (await officer.get(path), await officer.post(path, json={})):
        assert refused(answer) == (404, "not_found", {})
