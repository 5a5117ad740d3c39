"""The desk: sittings, candidates and their states, records."""

from __future__ import annotations

from sqlalchemy import select

from tests.factories.answers import given
from tests.factories.day import API, Day
from tests.factories.world import TIMINGS
from tests.integration.day.invigilation.desk import candidates
from zhishi.foundation.audit.models import AuditEntry
from zhishi.foundation.kernel.clock import to_ms


async def test_a_candidate_goes_through_the_states_in_their_order(day: Day) -> None:
    async def state() -> str:
        found: str = (await candidates(day))["rows"][0]["state"]
        return found

    day.at(-600)
    states = [await state()]
    one = await day.log_in(0)
    states.append(await state())
    await one.enter()
    states.append(await state())
    day.at(0)
    states.append(await state())
    await one.post("/attempt/end")
    states.append(await state())
    for kind in ("camera", "screen"):
        await one.close_epoch(day.recording(1), kind=kind, segments=0)
    states.append(await state())
    assert states == ["absent", "logged_in", "waiting", "answering", "uploading", "finished"]


async def test_the_counts_are_those_of_the_filters(day: Day) -> None:
    one = await day.entered(0, seconds=0)
    await day.log_in(1)
    day.at(5)
    await one.post("/attempt/end")
    found = await candidates(day)
    assert found["counts"] == {
        "all": 3,
        "absent": 1,
        "present": 2,
        "answering": 0,
        "ended": 1,
        "incomplete": 1,
        "calling": 0,
        "verifying": 0,
        "trouble": 0,
    }
    for name, count in found["counts"].items():
        filtered = await candidates(day, state=name)
        assert (filtered["total"], len(filtered["rows"]), filtered["counts"]) == (count, count, found["counts"])


async def test_the_list_can_be_had_in_pages(day: Day) -> None:
    whole = (await candidates(day))["rows"]
    assert [row["ticket"] for row in whole] == [who.ticket for who in day.world.candidates]
    pages = [(await candidates(day, offset=offset, limit=2))["rows"] for offset in (0, 2, 4)]
    assert [row for page in pages for row in page] == whole
    assert [len(page) for page in pages] == [2, 1, 0]


async def test_a_row_says_who_it_is_and_what_is_held(day: Day) -> None:
    one = await day.entered(0, seconds=-4)
    recording = day.recording(3, seconds=-4)
    await one.upload(recording, skip=[1])
    day.at(2)
    [row, *_] = (await candidates(day))["rows"]
    camera, screen = row.pop("tracks")
    start, situation = to_ms(day.world.starts), await one.situation()
    assert row == {
        "registration_id": one.who.registration_id,
        "ticket": one.who.ticket,
        "name": one.who.name,
        "post": "综合管理岗",
        "has_photo": True,
        "lot": situation["lot"],
        "attempt_id": one.attempt_id,
        "state": "answering",
        "entered_ms": start - 4000,
        "late": False,
        "ended_ms": None,
        "end_reason": None,
        "interruptions": 0,
        "last_heard_ms": None,
        "step": situation["step"],
        "phone": situation["phone"],
        "devices": None,
        "preparation": {"at_ms": start - 4000, "warn": [], "bad": []},
        "call": "none",
        "called_ms": None,
        "unread": 0,
        "verification_id": None,
        "verification_asked_ms": None,
        "manual": False,
        "hidden": False,
        "trouble": [],
    }
    assert {key: camera[key] for key in ("track_id", "kind", "verdict", "due_ms", "covered_ms", "gaps")} == {
        "track_id": one.tracks["camera"],
        "kind": "camera",
        "verdict": "recording",
        "due_ms": 6000,
        "covered_ms": 4000,
        "gaps": 1,
    }
    assert (screen["covered_ms"], screen["gaps"]) == (0, 1)


async def test_the_list_and_the_record_agree_about_every_track(day: Day) -> None:
    """The list is summed up by the database, the record is assessed piece by piece."""
    people = [await day.entered(0, seconds=-20), await day.entered(1, seconds=-7), await day.entered(2, seconds=3)]
    await people[0].upload(day.recording(6, seconds=-19.5), skip=[0, 3])
    await people[0].upload(day.recording(5, seconds=1), kind="screen", skip=[4])
    await people[1].upload(day.recording(4, seconds=-6), close=False, skip=[1, 2])
    await people[1].upload(day.recording(4, seconds=20, shade=1))
    await people[1].beat(day.recording(3), day.recording(3).segments, kind="screen")
    await people[2].upload(day.recording(3, seconds=3), close=False)
    checked = 0
    for seconds in (4, 12, 31, 899, 900, 900 + 3600):
        day.at(seconds)
        if seconds == 31:
            await people[2].post("/attempt/end")
        if seconds == 900:
            await day.reconcile()
        for row in (await candidates(day))["rows"]:
            record = (await day.staff("officer").get(f"{API}/attempts/{row['attempt_id']}/record")).json()
            for summary, track in zip(row["tracks"], record["tracks"], strict=True):
                shown = (summary["verdict"], summary["due_ms"], summary["covered_ms"], summary["gaps"])
                assert shown == (track["verdict"], track["due_ms"], track["covered_ms"], len(track["gaps"])), (
                    seconds,
                    row["ticket"],
                    summary["kind"],
                )
                checked += 1
    assert checked == 6 * 3 * 2


async def test_a_sitting_counts_its_candidates(day: Day) -> None:
    one, _ = await day.entered(0, seconds=0), await day.entered(1, seconds=0)
    recording = day.recording(1)
    for kind in ("camera", "screen"):
        await one.upload(recording, kind=kind)
    day.at(2)
    await one.post("/attempt/end")
    officer = day.staff("officer")
    [item] = [found for found in (await officer.get(f"{API}/sittings")).json()["sittings"] if found["kind"] == "real"]
    counts = {name: item[name] for name in ("registered", "entered", "ended", "complete")}
    assert counts == {"registered": 3, "entered": 2, "ended": 1, "complete": 1}
    view = (await officer.get(f"{API}/sittings/{day.world.sitting_id}")).json()
    assert {name: view[name] for name in item} == item
    assert (view["exam_id"], view["results_published_ms"]) == (day.world.exam_id, None)
    day.at(TIMINGS.answer_s + TIMINGS.phone_within_s)
    given(await officer.post(f"{API}/exams/{day.world.exam_id}/results-publication", json={"incomplete": 2}))
    published = given(await officer.get(f"{API}/sittings/{day.world.sitting_id}"))["results_published_ms"]
    assert published == to_ms(day.clock.now())
    assert view["paper"] == {"sealed": True, "sealed_ms": view["paper"]["sealed_ms"], "questions": 1}
    assert view["attachments"] == [
        {"kind": "procedure", "title": "线上面试流程", "version": 1},
        {"kind": "pledge", "title": "考生诚信承诺书", "version": 1},
        {"kind": "notice", "title": "在线考试须知", "version": 1},
    ]
    assert view["hotline"] == "400-808-3202"


async def test_a_sitting_that_does_not_exist_is_not_found(day: Day) -> None:
    for path in ("/sittings/none", "/sittings/none/candidates", "/attempts/none/record"):
        answer = await day.staff("officer").get(f"{API}{path}")
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


async def test_questions_asked_wrongly_are_refused(day: Day) -> None:
    address = f"{API}/sittings/{day.world.sitting_id}/candidates"
    for query in (
        {"offset": -1},
        {"limit": 0},
        {"limit": 201},
        {"offset": 10**30},
        {"state": "asleep"},
        {"limit": "x"},
    ):
        answer = await day.staff("officer").get(address, params=query)
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, "input_invalid"), query


async def test_whoever_looks_at_a_record_leaves_a_row(day: Day) -> None:
    one = await day.entered(0)
    recording = day.recording(1)
    await one.upload(recording)
    await day.staff("officer").get(f"{API}/attempts/{one.attempt_id}/record")
    download = f"{API}/tracks/{one.tracks['camera']}/epochs/{recording.start_ms}/recording.mp4"
    await day.staff("support").get(download)
    async with day.house.services.database.reading() as session:
        rows = await session.scalars(
            select(AuditEntry).where(AuditEntry.action.in_(["record.read", "recording.downloaded"]))
        )
        found = {(row.action, row.actor_id, row.subject_id) for row in rows}
    assert found == {
        ("record.read", day.world.staff["officer"].staff_id, one.attempt_id),
        ("recording.downloaded", day.world.staff["support"].staff_id, one.tracks["camera"]),
    }
