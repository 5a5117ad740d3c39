"""What a bound phone does: its word, its own track, its stop, and what the house then holds (F4.4-F4.6, F10.3)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from tests.factories.answers import acts_of, events_of, given, refused, stored
from tests.factories.day import API, Candidate, Day, Phone, put_part
from tests.factories.media import Recording
from zhishi.day.recording.models import Epoch, Track
from zhishi.foundation.kernel.clock import to_ms


async def bound_and_entered(day: Day, index: int = 0, *, seconds: float = -300) -> tuple[Candidate, Phone]:
    """A candidate who bound a phone at step 4 and entered."""
    day.at(seconds)
    candidate = await day.log_in(index, walked=False)
    phone = await candidate.walk(phone=True)
    assert phone is not None
    await candidate.enter()
    return candidate, phone


async def phone_of(candidate: Candidate) -> dict[str, Any]:
    found: dict[str, Any] = (await candidate.situation())["phone"]
    return found


def beat(phone: Phone, now_ms: int, digests: Sequence[dict[str, Any]] = ()) -> dict[str, Any]:
    """A heartbeat of the phone."""
    return {
        "sent_ms": now_ms,
        "device_ms": now_ms,
        "sequence": 1,
        "page": {"visible": True, "focused": True},
        "tracks": [{"kind": "phone", "state": "recording", "detail": None}],
        "digests": digests,
        "spool": {"segments": 0, "bytes": 0, "quota_bytes": None, "usage_bytes": None},
    }


def named(recording: Recording, track_id: str) -> list[dict[str, Any]]:
    """Every segment of a recording as a heartbeat names it."""
    return [
        {
            "track_id": track_id,
            "epoch": recording.start_ms,
            "seq": segment.seq,
            "sha256": segment.sha256,
            "start_ms": segment.start_ms,
            "duration_ms": segment.duration_ms,
        }
        for segment in recording.segments
    ]


async def test_the_computer_shows_what_the_phone_says_of_itself(day: Day) -> None:
    """F4.6."""
    candidate, phone = await bound_and_entered(day)
    heard_ms = to_ms(day.at(-200))
    given(await phone.tell(level=0.47, charging=True, visible=False, pending=12))
    found = await phone_of(candidate)
    assert (found["state"], found["heard_ms"], found["label"]) == ("recording", heard_ms, "测试手机")
    assert (found["battery"], found["charging"], found["visible"], found["pending_segments"]) == (47, True, False, 12)
    given(await phone.tell(level=None, charging=None))
    found = await phone_of(candidate)
    assert (found["battery"], found["charging"]) == (None, None)


@pytest.mark.parametrize(("seconds", "state"), [(0, "recording"), (19.999, "recording"), (20, "lost"), (3600, "lost")])
async def test_a_phone_is_lost_after_twenty_seconds_without_a_word(day: Day, seconds: float, state: str) -> None:
    candidate, phone = await bound_and_entered(day)
    day.at(-200)
    given(await phone.tell())
    day.clock.advance(seconds)
    assert (await phone_of(candidate))["state"] == state
    assert given(await phone.get("/phone"))["state"] == state


async def test_a_phone_that_speaks_again_is_back(day: Day) -> None:
    candidate, phone = await bound_and_entered(day)
    day.at(-100)
    assert (await phone_of(candidate))["state"] == "lost"
    assert given(await phone.tell())["state"] == "recording"
    assert (await phone_of(candidate))["state"] == "recording"


async def test_the_phone_is_told_where_the_exam_stands_and_no_name(day: Day) -> None:
    candidate, phone = await bound_and_entered(day)
    start = to_ms(day.world.starts)
    day.at(-100)
    await candidate.beat()
    now_ms = to_ms(day.at(10))
    answer = await phone.get("/phone")
    found = given(answer)
    assert (found["now_ms"], found["starts_ms"], found["ends_ms"]) == (now_ms, start, start + 900_000)
    assert (found["phone_until_ms"], found["computer_heard_ms"]) == (start + 4_500_000, start - 100_000)
    assert (found["step"], found["lot"]) == (
        {"number": 9, "key": "answering"},
        (await candidate.situation())["lot"],
    )
    assert (found["provisional"], found["ended_ms"], found["stopped_ms"]) == (False, None, None)
    assert found["may_stop"] == {
        "allowed": False,
        "why": "not_over",
        "from_ms": start + 900_000,
        "until_ms": None,
        "step": None,
    }
    for secret in (candidate.who.name, candidate.who.ticket, candidate.who.id_tail):
        assert secret not in answer.text


async def test_what_is_no_word_of_a_phone_is_refused(day: Day) -> None:
    candidate, phone = await bound_and_entered(day)
    for wrong in (
        {"recording": "sleeping"},
        {"level": 1.01},
        {"level": -0.1},
        {"pending": -1},
        {"pending": 10**30},
        {"visible": None},
    ):
        assert refused(await phone.tell(**wrong))[:2] == (422, "input_invalid"), wrong
    assert (await phone_of(candidate))["heard_ms"] is None


async def test_a_phone_writes_to_its_own_track_only(day: Day) -> None:
    candidate, phone = await bound_and_entered(day)
    _, strange = await bound_and_entered(day, 1)
    recording = day.recording(2, seconds=-300)

    async def put(token: str, track_id: str) -> tuple[int, str | None]:
        answer = await put_part(day.nobody, token, track_id, recording.start_ms, recording.init)
        code = answer.json()["error"]["code"] if answer.status_code >= 400 else None
        return answer.status_code, code

    yours = (403, "track_not_yours")
    for track_id in (*candidate.tracks.values(), strange.track_id):
        assert await put(phone.token, track_id) == yours
        closing = await phone.post(f"/tracks/{track_id}/epochs/{recording.start_ms}/closure", _closure(recording))
        assert refused(closing)[:2] == yours
    assert await put(candidate.token, phone.track_id) == yours
    assert await put(phone.token, phone.track_id) == (201, None)
    assert [row.track_id for row in await stored(day, Epoch)] == [phone.track_id]


def _closure(recording: Recording) -> dict[str, Any]:
    return {"segments": len(recording.segments), "reason": "ended"}


async def test_a_phones_token_opens_nothing_else(day: Day) -> None:
    """It lies in a browser without a login, in sight of whoever holds the phone."""
    _, phone = await bound_and_entered(day)
    for path in ("/attempt", "/attempt/paper", "/attempt/chat", "/attempt/texts", "/home"):
        assert (await phone.get(path)).status_code == 401, path
    for path in ("/sittings", "/sheets"):
        assert (await phone.get(path)).status_code == 401, path
    assert (await phone.post("/attempt/end")).status_code == 401


async def test_without_a_phones_token_nothing_of_the_phone_opens(day: Day) -> None:
    candidate, phone = await bound_and_entered(day)
    forged = f"{phone.token[:-3]}AAA"
    for bearer in (candidate.token, forged, "", candidate.secret):
        headers = {"Authorization": f"Bearer {bearer}"}
        answers = [
            await day.nobody.get(f"{API}/phone", headers=headers),
            await day.nobody.post(f"{API}/phone/stop", headers=headers, json={}),
            await day.nobody.post(f"{API}/phone/state", headers=headers, json={}),
        ]
        assert [refused(answer)[:2] for answer in answers] == [(401, "phone_not_bound")] * 3
    cookie = await candidate.client.get(f"{API}/phone")
    assert refused(cookie)[:2] == (401, "phone_not_bound")


async def test_a_phones_heartbeat_is_no_sign_of_life_of_the_computer(day: Day) -> None:
    candidate, phone = await bound_and_entered(day)
    heard_ms = to_ms(day.at(-250))
    await candidate.beat()
    now_ms = to_ms(day.at(-200))
    given(await phone.post("/heartbeats", beat(phone, now_ms)))
    given(await phone.tell())
    assert given(await phone.get("/phone"))["computer_heard_ms"] == heard_ms
    rows = given(await day.staff("officer").get(f"{API}/sittings/{day.world.sitting_id}/candidates"))["rows"]
    assert rows[0]["last_heard_ms"] == heard_ms


async def test_each_recorder_is_asked_for_its_own_missing_segments_only(day: Day) -> None:
    candidate, phone = await bound_and_entered(day)
    now_ms = to_ms(day.at(-250))
    theirs, mine = day.recording(2, seconds=-290), day.recording(2, seconds=-280)
    given(await phone.post("/heartbeats", beat(phone, now_ms, named(theirs, phone.track_id))))
    await candidate.beat(mine, mine.segments)
    later_ms = to_ms(day.at(-200))
    from_phone = given(await phone.post("/heartbeats", beat(phone, later_ms)))
    from_computer = await candidate.beat()
    assert {one["track_id"] for one in from_phone["wanted"]} == {phone.track_id}
    assert {one["track_id"] for one in from_computer["wanted"]} == {candidate.tracks["camera"]}


async def test_a_heartbeat_names_only_what_its_recorder_recorded(day: Day) -> None:
    """A phone cannot witness, and so vouch for, what the computer is said to have recorded."""
    candidate, phone = await bound_and_entered(day)
    recording = day.recording(2, seconds=-290)
    now_ms = to_ms(day.at(-250))
    strange = named(recording, candidate.tracks["camera"])
    answer = await phone.post("/heartbeats", beat(phone, now_ms, strange))
    assert refused(answer)[:2] == (403, "track_not_yours")
    day.at(-200)
    assert (await candidate.beat())["wanted"] == []


async def test_the_phone_is_stopped_by_hand_after_the_end_and_not_before(day: Day) -> None:
    """F4.4: by hand, after this candidate's own end."""
    candidate, phone = await bound_and_entered(day)
    start = to_ms(day.world.starts)
    for seconds in (-1, 0, 59):
        day.at(seconds)
        assert refused(await phone.post("/phone/stop")) == (409, "phone_not_yet", {"ends_ms": start + 900_000})
    day.at(60)
    given(await candidate.post("/attempt/end"))
    assert given(await phone.get("/phone"))["may_stop"]["allowed"] is True
    stopped_ms = to_ms(day.at(75))
    found = given(await phone.post("/phone/stop"))
    assert (found["state"], found["stopped_ms"], found["ended_ms"]) == ("stopped", stopped_ms, start + 60_000)
    assert (await phone_of(candidate))["state"] == "stopped"


@pytest.mark.parametrize(("seconds", "status"), [(899.999, 409), (900, 200), (9000, 200)])
async def test_who_never_ended_stops_the_phone_from_the_common_end_on(day: Day, seconds: float, status: int) -> None:
    _, phone = await bound_and_entered(day)
    day.at(seconds)
    assert (await phone.post("/phone/stop")).status_code == status


async def test_stopping_again_changes_nothing(day: Day) -> None:
    candidate, phone = await bound_and_entered(day)
    stopped_ms = to_ms(day.at(900))
    given(await phone.post("/phone/stop"))
    before = len(await acts_of(day))
    day.at(950)
    assert given(await phone.post("/phone/stop"))["stopped_ms"] == stopped_ms
    assert len(await acts_of(day)) == before
    assert len(await events_of(day, candidate, "phone_stopped")) == 1


async def test_stopping_leaves_its_rows(day: Day) -> None:
    _, phone = await bound_and_entered(day)
    day.at(900)
    before = len(await acts_of(day))
    given(await phone.post("/phone/stop"))
    assert [(row.action, row.actor_kind) for row in await acts_of(day, after=before)] == [
        ("binding.stopped", "candidate"),
        ("track.closed", "candidate"),
    ]


async def test_completeness_of_the_computer_does_not_wait_for_the_phone(day: Day) -> None:
    """F10.2, F10.3: camera and screen at once, the phone within the hour."""
    candidate, phone = await bound_and_entered(day, seconds=0)
    for kind in ("camera", "screen"):
        await candidate.upload(day.recording(5), kind=kind)
    day.at(10)
    given(await candidate.post("/attempt/end"))
    found = await candidate.completeness()
    assert {track["kind"] for track in found["tracks"]} == {"camera", "screen", "phone"}
    assert (found["complete"], found["phone_complete"]) == (True, False)
    await phone.upload(day.recording(6))
    day.at(12)
    given(await phone.post("/phone/stop"))
    found = await candidate.completeness()
    assert (found["complete"], found["phone_complete"]) == (True, True)
    track = await candidate.track_state("phone")
    start = to_ms(day.world.starts)
    assert (track["due_from_ms"], track["due_to_ms"], track["verdict"]) == (start, start + 12_000, "held")


async def test_without_a_phone_there_is_nothing_to_say_about_one(day: Day) -> None:
    candidate = await day.entered(seconds=0)
    found = await candidate.completeness()
    assert ([track["kind"] for track in found["tracks"]], found["phone_complete"]) == (["camera", "screen"], None)


async def test_a_phone_hears_of_its_own_track_only(day: Day) -> None:
    _, phone = await bound_and_entered(day)
    found = given(await phone.get("/completeness"))
    assert [track["track_id"] for track in found["tracks"]] == [phone.track_id]
    assert (found["complete"], found["phone_complete"]) == (False, False)


@pytest.mark.parametrize(("seconds", "verdict"), [(4499.999, "recording"), (4500, "incomplete")])
async def test_a_phone_that_nobody_stopped_was_due_until_the_end(day: Day, seconds: float, verdict: str) -> None:
    """F10.3: within an hour it may still be stopped; then the track is judged up to the end."""
    candidate, _ = await bound_and_entered(day, seconds=0)
    day.at(seconds)
    assert (await candidate.track_state("phone"))["verdict"] == verdict


async def test_a_phone_is_due_from_its_binding(day: Day) -> None:
    """F4.2: binding starts the recording, long before entry."""
    day.at(-1500)
    candidate = await day.log_in(walked=False)
    await candidate.walk("binding")
    bound_ms = to_ms(day.at(-1400))
    phone = await candidate.bind_phone()
    day.at(-1390)
    [track] = given(await phone.get("/completeness"))["tracks"]
    assert (track["due_from_ms"], track["due_ms"], track["verdict"]) == (bound_ms, 10_000, "recording")


async def test_the_phones_recording_becomes_one_file_that_staff_can_have(day: Day) -> None:
    candidate, phone = await bound_and_entered(day, seconds=0)
    recording = day.recording(6)
    await phone.upload(recording)
    day.at(12)
    given(await candidate.post("/attempt/end"))
    given(await phone.post("/phone/stop"))
    await day.reconcile()
    path = f"{API}/tracks/{phone.track_id}/epochs/{recording.start_ms}/recording.mp4"
    answer = await day.staff("officer").get(path)
    assert (answer.status_code, answer.content == recording.file) == (200, True)
    assert (await candidate.track_state("phone"))["epochs"][0]["settled"] is True


async def test_the_recordings_of_two_phones_lie_on_one_track(day: Day) -> None:
    """A phone that broke and the one that took its place with leave."""
    candidate, old = await bound_and_entered(day, seconds=0)
    await old.upload(day.recording(3))
    day.at(20)
    leave = f"{API}/attempts/{candidate.attempt_id}/rebinding"
    given(await day.staff("support").post(leave, json={"reason": "没电"}))
    new = await candidate.bind_phone()
    await new.upload(day.recording(3, seconds=20))
    day.at(26)
    given(await candidate.post("/attempt/end"))
    given(await new.post("/phone/stop"))
    track = await candidate.track_state("phone")
    start = to_ms(day.world.starts)
    assert (track["verdict"], track["covered_ms"], track["due_ms"]) == ("held", 12_000, 26_000)
    assert [(gap["from_ms"], gap["to_ms"]) for gap in track["gaps"]] == [(start + 6000, start + 20_000)]
    assert len(await stored(day, Track)) == 3


async def test_the_events_of_a_phone_are_told_from_the_computers(day: Day) -> None:
    """R8, R10: a phone's page that was loaded again is no interruption of the exam."""
    candidate, phone = await bound_and_entered(day)
    now_ms = to_ms(day.at(30))
    loaded = {"kind": "page_loaded", "at_ms": now_ms, "device_ms": now_ms, "detail": None}
    assert given(await phone.post("/phone/events", {"events": [loaded]})) == {"stored": 1}
    assert await events_of(day, candidate, "page_loaded") == [{"device": "phone"}]
    assert (await candidate.situation())["interruptions"] == 0


async def test_after_a_restart_the_phone_goes_on(day: Day) -> None:
    candidate, phone = await bound_and_entered(day)
    await day.restart()
    given(await phone.tell())
    await phone.upload(day.recording(2, seconds=-300))
    assert (await candidate.track_state("phone"))["epochs"][0]["held"] == [[0, 1]]


async def test_a_rehearsals_phone_is_told_that_the_times_are_not_fixed_yet(day: Day) -> None:
    day.at(-86_400)
    candidate = await day.log_in_to_rehearsal(walked=False)
    await candidate.walk("binding")
    phone = await candidate.bind_phone()
    assert given(await phone.get("/phone"))["provisional"] is True
    await candidate.walk()
    entered_ms = to_ms(day.at(-86_300))
    await candidate.enter()
    found = given(await phone.get("/phone"))
    assert (found["provisional"], found["starts_ms"], found["lot"]) == (False, entered_ms + 60_000, "000")
