"""One candidate close up: the live view, and what the record holds beside the recordings."""

from __future__ import annotations

import uuid

from tests.factories.day import API, REPORT, Day
from tests.integration.day.invigilation.desk import beat, entries, look, row_of
from zhishi.before.exams.actions import attach
from zhishi.before.exams.models import Exam
from zhishi.before.exams.rules import AttachmentKind
from zhishi.day.attempts.steps import record_acceptance
from zhishi.foundation.audit import SYSTEM
from zhishi.foundation.kernel.clock import to_ms

# Shown by both views; the record's tracks say more.
APART = {"tracks", "unread"}


async def test_the_live_view_says_what_the_record_says(day: Day) -> None:
    seen = []

    async def compare() -> None:
        live, record = await look(day, one, "live"), await look(day, one, "record")
        assert {key: live[key] for key in live if key not in APART} == {
            key: record[key] for key in live if key not in APART
        }
        assert [
            (track["track_id"], track["kind"], track["playlist_url"], track["verdict"]) for track in record["tracks"]
        ] == [(track["track_id"], track["kind"], track["playlist_url"], track["verdict"]) for track in live["tracks"]]
        situation = await one.situation()
        assert (live["step"], live["steps"], live["phone"]) == (
            situation["step"],
            situation["steps"],
            situation["phone"],
        )
        assert (live["times"], live["lot"]) == (situation["times"], situation["lot"])
        seen.append((live["state"], live["step"]["key"], [track["kind"] for track in live["tracks"]]))

    day.at(-600)
    one = await day.log_in(0)
    await compare()
    phone = await one.bind_phone()
    await phone.tell()
    await one.enter()
    await beat(day, one)
    await compare()
    day.at(5)
    await beat(day, one, microphone="silent")
    await one.post("/attempt/chat", {"client_id": str(uuid.uuid4()), "text": "听得到吗"})
    await compare()
    day.at(60)
    await one.post("/attempt/end")
    await compare()
    everything = ["camera", "phone", "screen"]
    assert seen == [
        ("logged_in", "entry", []),
        ("waiting", "devices_confirmed", everything),
        ("answering", "answering", everything),
        ("uploading", "ending", everything),
    ]


async def test_the_live_view_tells_devices_call_and_tracks(day: Day) -> None:
    one = await day.entered(0, seconds=0)
    day.at(8)
    await beat(day, one, microphone="silent")
    await one.post("/attempt/chat", {"client_id": str(uuid.uuid4()), "text": "听得到吗"})
    day.at(10)
    live = await look(day, one, "live")
    now_ms, start_ms = to_ms(day.clock.now()), to_ms(day.world.starts)
    assert {key: live[key] for key in ("attempt_id", "now_ms", "unread", "last_heard_ms", "ended_ms", "manual")} == {
        "attempt_id": one.attempt_id,
        "now_ms": now_ms,
        "unread": 1,
        "last_heard_ms": start_ms + 8000,
        "ended_ms": None,
        "manual": False,
    }
    assert (live["devices"]["heard_ms"], live["devices"]["microphone"]) == (start_ms + 8000, "silent")
    assert (live["call"]["state"], live["call"]["opened_ms"]) == ("waiting", start_ms + 8000)
    assert live["tracks"] == [
        {
            "track_id": track_id,
            "kind": kind,
            "playlist_url": f"/api/v1/tracks/{track_id}/playlist.m3u8",
            "verdict": "recording",
        }
        for kind, track_id in sorted(one.tracks.items())
    ]
    assert (await day.staff("support").get(live["tracks"][0]["playlist_url"])).status_code == 200


async def test_looking_again_and_again_leaves_one_row(day: Day) -> None:
    """D7: opening the record is the act; its page then asks every few seconds."""
    one = await day.entered(0)
    before = len(await entries(day))
    await look(day, one, "record")
    for _ in range(5):
        await look(day, one, "live")
    assert [entry.action for entry in (await entries(day))[before:]] == ["record.read"]


async def test_the_record_holds_the_check_and_every_text_that_was_accepted(day: Day) -> None:
    start_ms = to_ms(day.world.starts)
    async with day.house.services.database.writing() as session:
        consent = await attach(
            session,
            exam=await session.get_one(Exam, day.world.exam_id),
            kind=AttachmentKind.CONSENT,
            position=9,
            title="人脸信息处理同意书",
            text="正文",
            actor=SYSTEM,
            at=day.clock.now(),
        )
        # Before the login there is no attempt yet.
        await record_acceptance(
            session,
            registration_id=day.world.candidates[0].registration_id,
            attempt=None,
            attachment=consent,
            reading_ms=9000,
            at=day.at(-700),
        )
    day.at(-600)
    one = await day.log_in(0, walked=False)
    day.at(-590)
    await one.prepare()
    for seconds, step in ((-500, "binding"), (-400, "entry")):
        day.at(seconds)
        await one.walk(step)
    record = await look(day, one, "record")
    assert record["registration_id"] == one.who.registration_id
    assert record["preparation"] == {"at_ms": start_ms - 590_000, "same_device": True, "report": REPORT}
    told = ("kind", "title", "version", "accepted_ms", "reading_ms")
    assert [tuple(accepted[key] for key in told) for accepted in record["acceptances"]] == [
        ("consent", "人脸信息处理同意书", 1, start_ms - 700_000, 9000),
        ("procedure", "线上面试流程", 1, start_ms - 500_000, 60_000),
        ("pledge", "考生诚信承诺书", 1, start_ms - 400_000, 60_000),
        ("notice", "在线考试须知", 1, start_ms - 400_000, 60_000),
    ]


async def test_a_rehearsal_s_lot_is_nobody_s(day: Day) -> None:
    day.at(-3000)
    one = await day.log_in_to_rehearsal(0)
    await one.enter()
    live = await look(day, one, "live")
    row = await row_of(day, sitting_id=day.world.rehearsal_id)
    assert (live["lot"], row["lot"], live["state"], row["state"]) == (None, None, "waiting", "waiting")


async def test_an_attempt_that_does_not_exist_is_not_found(day: Day) -> None:
    answer = await day.staff("officer").get(f"{API}/attempts/none/live")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")
