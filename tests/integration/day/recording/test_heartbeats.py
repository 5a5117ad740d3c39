"""Heartbeats: who is there, which segments exist, and which are wanted again."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Any

from tests.factories.day import API, Candidate, Day
from zhishi.foundation.kernel.clock import to_ms


async def witnessed_ms(day: Day, candidate: Candidate, kind: str = "camera") -> int:
    """How much of a track officers see as witnessed."""
    record = (await day.staff("officer").get(f"{API}/attempts/{candidate.attempt_id}/record")).json()
    track = next(track for track in record["tracks"] if track["kind"] == kind)
    return sum(one["witnessed_ms"] for one in track["recordings"])


async def test_a_heartbeat_tells_the_servers_time_and_the_end(day: Day) -> None:
    candidate = await day.entered()
    now_ms = to_ms(day.at(10))
    found = await candidate.beat()
    assert found == {
        "received_ms": now_ms,
        "sent_ms": now_ms,
        "ends_ms": to_ms(day.world.ends),
        "ended": False,
        "wanted": [],
    }


async def test_the_time_carries_fractions_of_a_millisecond(day: Day) -> None:
    candidate = await day.entered()
    day.at(10.0005)
    assert (await candidate.beat())["received_ms"] == to_ms(day.world.starts) + 10_000.5


async def test_after_the_end_a_heartbeat_says_so(day: Day) -> None:
    candidate = await day.entered()
    day.at(899.999)
    assert (await candidate.beat())["ended"] is False
    day.at(900)
    found = await candidate.beat()
    assert (found["ended"], found["ends_ms"]) == (True, to_ms(day.world.ends))


async def test_an_early_end_is_told_as_the_end(day: Day) -> None:
    candidate = await day.entered()
    ended_ms = to_ms(day.at(60))
    await candidate.post("/attempt/end")
    day.at(70)
    found = await candidate.beat()
    assert (found["ended"], found["ends_ms"]) == (True, ended_ms)


async def test_staff_see_when_a_candidate_was_last_heard_of(day: Day) -> None:
    candidate = await day.entered()
    heard_ms = to_ms(day.at(12))
    await candidate.beat()
    day.at(20)
    rows = (await day.staff("officer").get(f"{API}/sittings/{day.world.sitting_id}/candidates")).json()["rows"]
    assert [row["last_heard_ms"] for row in rows] == [heard_ms, None, None]


async def test_many_heartbeats_at_once_are_all_answered(day: Day) -> None:
    one, other = await day.entered(0), await day.entered(1)
    recording = day.recording(10)
    day.at(20)
    answers = await asyncio.gather(
        *(candidate.beat(recording, [segment]) for candidate in (one, other) for segment in recording.segments)
    )
    assert [answer["wanted"] for answer in answers] == [[]] * 20


async def test_footage_heard_of_in_time_and_held_is_witnessed(day: Day) -> None:
    candidate = await day.entered()
    recording = day.recording(3)
    day.at(6)
    await candidate.beat(recording, recording.segments)
    assert await witnessed_ms(day, candidate) == 0
    await candidate.upload(recording)
    assert await witnessed_ms(day, candidate) == 6000


async def test_footage_first_heard_of_long_after_its_time_is_not_witnessed(day: Day) -> None:
    candidate = await day.entered()
    recording = day.recording(3)
    day.at(60)
    await candidate.beat(recording, recording.segments)
    await candidate.upload(recording)
    assert await witnessed_ms(day, candidate) == 0


async def test_footage_heard_of_before_its_time_is_not_witnessed(day: Day) -> None:
    """Whoever names a segment before it can have been recorded has made it beforehand."""
    candidate = await day.entered()
    recording = day.recording(3, seconds=120)
    day.at(0)
    await candidate.beat(recording, recording.segments)
    await candidate.upload(recording)
    assert await witnessed_ms(day, candidate) == 0


async def test_other_footage_than_was_heard_of_is_not_witnessed(day: Day) -> None:
    """A digest told in time and other bytes sent afterwards: that is what a forger would do."""
    candidate = await day.entered()
    recording, forged = day.recording(3), day.recording(3, shade=1)
    day.at(6)
    await candidate.beat(recording, recording.segments)
    await candidate.upload(forged)
    assert await witnessed_ms(day, candidate) == 0


async def test_what_arrives_in_time_is_witnessed_though_no_heartbeat_spoke_of_it(day: Day) -> None:
    candidate = await day.entered(seconds=0)
    recording = day.recording(3)
    day.at(6)
    await candidate.upload(recording)
    assert await witnessed_ms(day, candidate) == 6000


async def test_a_start_of_which_only_heartbeats_tell_is_awaited(day: Day) -> None:
    """The recorder began anew and nothing of it came: that is not a recording of which all is here."""
    candidate = await day.entered(seconds=0)
    first, second = day.recording(3), day.recording(3, seconds=6)
    await candidate.upload(first)
    day.at(12)
    await candidate.beat(second, second.segments)
    await candidate.post("/attempt/end")
    await day.reconcile()
    track = await candidate.track_state()
    start = second.start_ms
    assert (track["verdict"], track["gaps"]) == (
        "uploading",
        [{"from_ms": start, "to_ms": start + 6000, "cause": "not_yet_arrived"}],
    )
    day.at(60)
    assert [one["seq"] for one in (await candidate.beat())["wanted"]] == [-1, 0, 1, 2]


async def test_footage_whose_time_was_told_otherwise_is_not_witnessed(day: Day) -> None:
    candidate = await day.entered()
    recording = day.recording(3)
    day.at(60)
    moved = [replace(one, start_ms=one.start_ms + 52_000) for one in recording.segments]
    await candidate.beat(recording, moved)
    await candidate.upload(recording)
    assert await witnessed_ms(day, candidate) == 0


async def test_hearing_of_a_segment_again_never_changes_when_it_was_first_heard_of(day: Day) -> None:
    candidate = await day.entered()
    recording = day.recording(3)
    for seconds in (6, 60, 600):
        day.at(seconds)
        await candidate.beat(recording, [*recording.segments, *recording.segments])
    await candidate.upload(recording)
    assert await witnessed_ms(day, candidate) == 6000


async def test_a_segment_that_does_not_come_is_wanted_after_half_a_minute(day: Day) -> None:
    candidate = await day.entered()
    recording = day.recording(3)
    await candidate.upload(recording, skip=[1], close=False)
    day.at(6)
    assert (await candidate.beat(recording, recording.segments))["wanted"] == []
    day.at(36)
    assert (await candidate.beat())["wanted"] == []
    day.at(36.001)
    wanted = {"track_id": candidate.tracks["camera"], "epoch": recording.start_ms, "seq": 1}
    assert (await candidate.beat())["wanted"] == [wanted]
    await candidate.put_segment(recording, recording.segments[1])
    assert (await candidate.beat())["wanted"] == []


async def test_nobody_is_asked_for_another_candidates_segments(day: Day) -> None:
    one, other = await day.entered(0), await day.entered(1)
    recording = day.recording(3)
    day.at(6)
    await one.beat(recording, recording.segments)
    day.at(60)
    assert [wanted["seq"] for wanted in (await one.beat())["wanted"]] == [-1, 0, 1, 2]
    assert (await other.beat())["wanted"] == []


async def test_at_most_fifty_segments_are_asked_for_the_oldest_first(day: Day) -> None:
    candidate = await day.entered()
    recording = day.recording(60)
    day.at(100)
    await candidate.beat(recording, recording.segments[30:])
    day.at(110)
    await candidate.beat(recording, recording.segments[:30])
    day.at(200)
    init, *wanted = [one["seq"] for one in (await candidate.beat())["wanted"]]
    assert (init, len(wanted)) == (-1, 50)
    assert sorted(wanted[:30]) == list(range(30, 60))


async def test_a_heartbeat_that_makes_no_sense_is_refused(day: Day) -> None:
    candidate = await day.entered()
    recording = day.recording(1)
    good = candidate.heartbeat(recording, recording.segments)
    digest = good["digests"][0]
    bad: list[dict[str, Any]] = [
        {"sequence": -1},
        {"tracks": good["tracks"] * 4},
        {"digests": [digest] * 501},
        {"digests": [{**digest, "sha256": "0" * 63}]},
        {"digests": [{**digest, "sha256": "G" * 64}]},
        {"digests": [{**digest, "seq": -1}]},
        {"digests": [{**digest, "seq": 10**30}]},
        {"digests": [{**digest, "epoch": 2**46 + 1}]},
        {"digests": [{**digest, "start_ms": -1}]},
        {"digests": [{**digest, "duration_ms": 60_001}]},
        {"digests": [{**digest, "track_id": "x" * 37}]},
        {"page": None},
    ]
    for change in bad:
        answer = await day.nobody.post(f"{API}/heartbeats", json={**good, **change}, headers=candidate.bearer)
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, "input_invalid"), change


async def test_numbers_that_are_none_do_not_stop_a_heartbeat_from_being_refused_in_order(day: Day) -> None:
    candidate = await day.entered()
    for name in ("sent_ms", "device_ms"):
        for number in (float("nan"), float("inf"), 1e308):
            body = json.dumps({**candidate.heartbeat(), name: number})
            headers = {**candidate.bearer, "Content-Type": "application/json"}
            answer = await day.nobody.post(f"{API}/heartbeats", content=body, headers=headers)
            assert answer.status_code in (200, 422)
