"""The list of a sitting as a board: steps, devices, calls, verifications, trouble."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event

from tests.factories.day import API, REPORT, Candidate, Day
from tests.integration.day.invigilation.desk import ask_for_verification, beat, candidates, row_of
from zhishi.before.exams.queries import attachments_of, sitting_facts
from zhishi.before.roster.actions import add_person, register
from zhishi.day.attempts import actions as attempts
from zhishi.day.attempts import steps
from zhishi.foundation.audit import SYSTEM
from zhishi.foundation.kernel.clock import to_ms

TRACK = {
    "kind": "camera",
    "state": "recording",
    "detail": None,
    "picture": "good",
    "doubtful": None,
    "lowered_kbps": None,
}


async def call(day: Day, candidate: Candidate, text: str = "没有声音") -> None:
    answer = await candidate.post("/attempt/chat", {"client_id": str(uuid.uuid4()), "text": text})
    assert answer.status_code == 201, answer.text


async def desk(day: Day, candidate: Candidate, path: str, body: Any = None) -> None:
    answer = await day.staff("invigilator").post(f"{API}/attempts/{candidate.attempt_id}/chat{path}", json=body or {})
    assert answer.is_success, answer.text


async def test_a_row_is_at_the_step_at_which_the_candidate_is(day: Day) -> None:
    day.at(-900)
    assert (await row_of(day))["step"] is None
    one = await day.log_in(0, walked=False)
    shown, own = [], []

    async def note() -> None:
        shown.append((await row_of(day))["step"])
        own.append((await one.situation())["step"])

    for step in ("devices_prepared", "procedure", "binding", "lot", "attachments", "entry"):
        await one.walk(step)
        await note()
    await one.enter()
    await note()
    await one.post("/attempt/devices", {"camera": "内置摄像头", "microphone": "内置麦克风"})
    await note()
    day.at(10)
    await one.post("/attempt/end")
    await note()
    assert shown == own
    assert [step["number"] for step in shown] == [1, 3, 4, 5, 6, 7, 8, 9, 10]


async def test_the_check_of_a_device_is_seen_before_the_candidate_comes(day: Day) -> None:
    """F1.3: what a rehearsal found belongs to the person, so it is there on the morning of the exam."""
    day.at(-7200)
    rehearsing = await day.log_in_to_rehearsal(0, walked=False)
    await rehearsing.prepare(power="warn", upload="bad", clock="unknown")
    found = await row_of(day)
    assert (found["state"], found["preparation"]) == (
        "absent",
        {"at_ms": to_ms(day.clock.now()), "warn": ["power"], "bad": ["upload"]},
    )
    day.at(-7000)
    await rehearsing.prepare()
    again = {"at_ms": to_ms(day.clock.now()), "warn": [], "bad": []}
    assert (await row_of(day))["preparation"] == again
    assert (await row_of(day, 1))["preparation"] is None


async def test_who_calls_is_found_until_somebody_has_settled_it(day: Day) -> None:
    one = await day.entered(0, seconds=0)
    day.at(30)
    called_ms = to_ms(day.clock.now())

    async def shown() -> tuple[str, int | None, int, int]:
        found = await candidates(day)
        row = found["rows"][0]
        assert (await candidates(day, state="calling"))["total"] == found["counts"]["calling"]
        return row["call"], row["called_ms"], row["unread"], found["counts"]["calling"]

    assert await shown() == ("none", None, 0, 0)
    await call(day, one)
    await call(day, one, "请帮帮我")
    assert await shown() == ("waiting", called_ms, 2, 1)
    await desk(day, one, "", {"client_id": str(uuid.uuid4()), "text": "您好，请稍等"})
    assert await shown() == ("taken", called_ms, 2, 1)
    await desk(day, one, "/seen", {"seq": 2})
    assert await shown() == ("taken", called_ms, 0, 1)
    await desk(day, one, "/close")
    assert await shown() == ("closed", called_ms, 0, 0)


async def test_who_waits_for_verification_is_found_by_it(day: Day) -> None:
    day.at(-600)
    who = day.world.candidates[0]
    await ask_for_verification(day, who)
    found = await candidates(day, state="verifying")
    [row] = found["rows"]
    asked = (row["ticket"], row["state"], row["verification_asked_ms"])
    assert asked == (who.ticket, "absent", to_ms(day.clock.now()))
    [waiting] = (await day.staff("support").get(f"{API}/sittings/{day.world.sitting_id}/verifications")).json()["items"]
    assert row["verification_id"] == waiting["verification_id"]
    assert found["counts"]["verifying"] == 1
    assert (await row_of(day, 1))["verification_id"] is None
    decision = {"grant": True, "reason": "证件与本人一致"}
    answer = await day.staff("support").post(f"{API}/verifications/{row['verification_id']}/decision", json=decision)
    assert answer.status_code == 200, answer.text
    assert (await candidates(day))["counts"]["verifying"] == 0
    assert (await row_of(day))["verification_asked_ms"] is None


async def test_who_asks_for_verification_in_a_rehearsal_is_listed_before_it_has_begun(day: Day) -> None:
    day.at(-600)
    rehearsing = await day.log_in_to_rehearsal(1)
    await ask_for_verification(day, day.world.candidates[0], kind="rehearsal")
    found = await candidates(day, sitting_id=day.world.rehearsal_id)
    shown = [(row["ticket"], row["state"], row["verification_id"] is not None) for row in found["rows"]]
    assert shown == [
        (day.world.candidates[0].ticket, "absent", True),
        (rehearsing.who.ticket, "logged_in", False),
    ]


async def test_a_row_shows_what_computer_and_phone_say_of_themselves(day: Day) -> None:
    day.at(-600)
    one = await day.log_in(0)
    phone = await one.bind_phone()
    await phone.tell(level=0.42, charging=True, pending=3)
    await one.enter()
    assert (await row_of(day))["devices"] is None
    await beat(
        day,
        one,
        tracks=[TRACK],
        microphone="live",
        spool={"segments": 7, "bytes": 900_000, "quota_bytes": 5_000_000, "usage_bytes": 1_000_000},
    )
    row = await row_of(day)
    assert row["devices"] == {
        "heard_ms": to_ms(day.clock.now()),
        "tracks": [TRACK],
        "microphone": "live",
        "visible": True,
        "focused": True,
        "pending_segments": 7,
        "pending_bytes": 900_000,
        "free_bytes": 4_000_000,
    }
    told = {key: row["phone"][key] for key in ("state", "label", "battery", "charging", "pending_segments", "waived")}
    assert told == {
        "state": "recording",
        "label": "测试手机",
        "battery": 42,
        "charging": True,
        "pending_segments": 3,
        "waived": False,
    }
    assert (row["phone"], row["trouble"]) == ((await one.situation())["phone"], [])


@pytest.mark.parametrize(
    ("said", "trouble"),
    [
        ({}, []),
        ({"tracks": [{"kind": "screen", "state": "lost", "detail": "ended"}]}, ["track_lost"]),
        ({"microphone": "lost"}, ["microphone_lost"]),
        ({"microphone": "silent"}, ["microphone_silent"]),
        ({"microphone": "clipped"}, ["microphone_clipped"]),
        ({"tracks": [{**TRACK, "picture": "covered"}]}, ["picture_bad"]),
        # What a program shows is for people to judge, and a slow line loses nothing.
        ({"tracks": [{**TRACK, "doubtful": "OBS Virtual Camera", "lowered_kbps": 270}]}, []),
        ({"page": {"visible": False, "focused": False}}, ["page_hidden"]),
        ({"page": {"visible": True, "focused": False}}, []),
        ({"spool": {"segments": 200, "bytes": 1, "quota_bytes": None, "usage_bytes": None}}, ["upload_behind"]),
    ],
)
async def test_trouble_is_read_from_the_last_heartbeat(day: Day, said: dict[str, Any], trouble: list[str]) -> None:
    one, _ = await day.entered(0, seconds=0), await day.log_in(1)
    day.at(60)
    await beat(day, one, **said)
    found = await candidates(day)
    row = found["rows"][0]
    assert (row["trouble"], row["hidden"]) == (trouble, trouble == ["page_hidden"])
    assert found["counts"]["trouble"] == bool(trouble)
    listed = [one["ticket"] for one in (await candidates(day, state="trouble"))["rows"]]
    assert listed == ([one.who.ticket] if trouble else [])


async def test_a_computer_that_falls_silent_is_trouble_after_twenty_seconds(day: Day) -> None:
    one = await day.entered(0, seconds=0)
    troubles = []
    for seconds, beats in ((20, False), (20.001, False), (21, True), (41, False), (41.001, False)):
        day.at(seconds)
        if beats:
            await beat(day, one)
        troubles.append((await row_of(day))["trouble"])
    assert troubles == [[], ["silent"], [], [], ["silent"]]


async def test_a_phone_that_falls_silent_is_trouble_while_the_exam_runs(day: Day) -> None:
    day.at(-600)
    one = await day.log_in(0)
    phone = await one.bind_phone()
    day.at(-500)
    before_entry = await row_of(day)
    assert (before_entry["phone"]["state"], before_entry["trouble"]) == ("lost", [])
    await one.enter()
    await beat(day, one)
    assert (await row_of(day))["trouble"] == ["phone_lost"]
    await phone.tell()
    assert (await row_of(day))["trouble"] == []


async def test_after_the_end_nobody_is_in_trouble(day: Day) -> None:
    one = await day.entered(0, seconds=0)
    await beat(day, one, microphone="lost", page={"visible": False, "focused": False})
    day.at(100)
    assert (await row_of(day))["trouble"] == ["silent", "microphone_lost", "page_hidden"]
    await one.post("/attempt/end")
    row = await row_of(day)
    assert (row["state"], row["trouble"], row["hidden"]) == ("uploading", [], False)
    assert row["devices"]["microphone"] == "lost"


@contextmanager
def counted(day: Day) -> Iterator[list[str]]:
    """Every statement that the database is asked while this lasts."""
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        asked.append(statement)

    engine = day.house.services.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    yield asked
    event.remove(engine, "before_cursor_execute", note)


async def fill(day: Day, people: int) -> None:
    """More candidates in the sitting, each ready to enter."""
    services, now = day.house.services, day.clock.now()
    async with services.database.writing() as session:
        texts = await attachments_of(session, day.world.exam_id)
        for number in range(people):
            person = await add_person(
                session, keys=services.keys, name=f"考生{number}", id_tail=f"{number:06d}", actor=SYSTEM, at=now
            )
            registration = await register(
                session,
                sitting_id=day.world.sitting_id,
                person=person,
                ticket=f"ZZ-{number:04d}",
                post="综合管理岗",
                photo_key=None,
                photo_source=None,
                actor=SYSTEM,
                at=now,
            )
            attempt = await attempts.begin_attempt(
                session,
                sitting_id=day.world.sitting_id,
                registration_id=registration.id,
                kind=(await sitting_facts(session, day.world.sitting_id)).kind,
                ordinal=1,
                device_id=str(uuid.uuid4()),
                at=now,
            )
            await steps.keep_preparation(
                session,
                registration_id=registration.id,
                device_id=attempt.device_id,
                report=REPORT,
                attempt=attempt,
                at=now,
            )
            for text in texts:
                await steps.record_acceptance(
                    session,
                    registration_id=registration.id,
                    attempt=attempt,
                    attachment=text,
                    reading_ms=1000,
                    at=now,
                )


async def test_a_long_list_asks_the_database_no_more_than_a_short_one(day: Day) -> None:
    day.at(-600)
    first = await day.log_in(0)
    await first.bind_phone()
    await first.enter()
    await beat(day, first)
    await call(day, first)
    short, long = 0, 0
    with counted(day) as asked:
        assert len((await candidates(day, limit=200))["rows"]) == 3
        short = len(asked)
    await fill(day, 60)
    with counted(day) as asked:
        found = await candidates(day, limit=200)
        long = len(asked)
    assert len(found["rows"]) == 63
    assert {row["step"]["key"] for row in found["rows"] if row["ticket"].startswith("ZZ")} == {"binding"}
    assert long == short


async def test_a_rehearsal_s_list_asks_no_more_either(day: Day) -> None:
    day.at(-600)
    counts = []
    for index in (0, 1, 2):
        await day.log_in_to_rehearsal(index)
        with counted(day) as asked:
            assert len((await candidates(day, sitting_id=day.world.rehearsal_id))["rows"]) == index + 1
        counts.append(len(asked))
    assert len(set(counts)) == 1
