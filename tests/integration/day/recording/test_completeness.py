"""Completeness: per track, to the millisecond, what is due, held and missing (D6)."""

from __future__ import annotations

import pytest

from tests.factories.day import API, Day
from zhishi.foundation.kernel.clock import to_ms


async def test_an_entered_attempt_is_due_from_its_entry(day: Day) -> None:
    candidate = await day.entered(seconds=-300)
    start = to_ms(day.world.starts)
    day.at(-290)
    found = await candidate.completeness()
    assert {key: found[key] for key in ("attempt_id", "now_ms", "complete", "entered_ms", "ends_ms")} == {
        "attempt_id": candidate.attempt_id,
        "now_ms": start - 290_000,
        "complete": False,
        "entered_ms": start - 300_000,
        "ends_ms": start + 900_000,
    }
    assert [track["kind"] for track in found["tracks"]] == ["camera", "screen"]
    assert found["tracks"][0] == {
        "track_id": candidate.tracks["camera"],
        "kind": "camera",
        "due_from_ms": start - 300_000,
        "due_to_ms": start - 290_000,
        "due_ms": 10_000,
        "covered_ms": 0,
        "covered": [],
        "gaps": [{"from_ms": start - 300_000, "to_ms": start - 290_000, "cause": "unknown"}],
        "verdict": "recording",
        "epochs": [],
    }


async def test_everything_held_and_closed_is_complete_once_answering_is_over(day: Day) -> None:
    candidate = await day.entered(seconds=0)
    recording = day.recording(5)
    for kind in ("camera", "screen"):
        await candidate.upload(recording, kind=kind)
    day.at(10)
    assert [track["verdict"] for track in (await candidate.completeness())["tracks"]] == ["recording", "recording"]
    await candidate.post("/attempt/end")
    found = await candidate.completeness()
    assert found["complete"] is True
    assert found["tracks"][0]["epochs"] == [
        {
            "epoch": recording.start_ms,
            "start_ms": recording.start_ms,
            "init": True,
            "declared": 5,
            "held": [[0, 4]],
            "settled": False,
        }
    ]
    assert [(t["verdict"], t["covered_ms"], t["due_ms"], t["gaps"]) for t in found["tracks"]] == [
        ("held", 10_000, 10_000, []),
        ("held", 10_000, 10_000, []),
    ]
    await day.reconcile()
    assert [track["verdict"] for track in (await candidate.completeness())["tracks"]] == ["complete", "complete"]


async def test_one_track_that_lacks_something_keeps_the_attempt_from_being_complete(day: Day) -> None:
    candidate = await day.entered(seconds=0)
    recording = day.recording(5)
    await candidate.upload(recording)
    await candidate.upload(recording, kind="screen", skip=[2])
    day.at(10)
    await candidate.post("/attempt/end")
    found = await candidate.completeness()
    assert found["complete"] is False
    screen = found["tracks"][1]
    assert screen["verdict"] == "uploading"
    assert screen["epochs"][0]["held"] == [[0, 1], [3, 4]]
    start = recording.start_ms
    assert screen["gaps"] == [{"from_ms": start + 4000, "to_ms": start + 6000, "cause": "not_yet_arrived"}]
    assert screen["covered"] == [[start, start + 4000], [start + 6000, start + 10_000]]
    await candidate.put_segment(recording, recording.segments[2], kind="screen")
    assert (await candidate.completeness())["complete"] is True


@pytest.mark.parametrize(("seconds", "verdict"), [(900 + 3600 - 0.001, "uploading"), (900 + 3600, "incomplete")])
async def test_what_is_missing_an_hour_after_the_end_is_incomplete(day: Day, seconds: float, verdict: str) -> None:
    candidate = await day.entered(seconds=0)
    await candidate.upload(day.recording(5), skip=[2])
    day.at(seconds)
    assert (await candidate.track_state())["verdict"] == verdict


async def test_a_crash_is_the_cause_of_the_gap_between_two_epochs(day: Day) -> None:
    candidate = await day.entered(seconds=0)
    first, second = day.recording(3), day.recording(3, seconds=40)
    await candidate.upload(first, close=False)
    await candidate.upload(second)
    day.at(46)
    await candidate.post("/attempt/end")
    assert (await candidate.track_state())["verdict"] == "uploading"
    await candidate.close_epoch(first, reason="crashed")
    track = await candidate.track_state()
    assert track["verdict"] == "held"
    assert track["gaps"] == [{"from_ms": first.start_ms + 6000, "to_ms": second.start_ms, "cause": "crashed"}]


async def test_the_order_of_arrival_never_changes_what_is_complete(day: Day) -> None:
    one, other = await day.entered(0, seconds=0), await day.entered(1, seconds=0)
    first, second = day.recording(3), day.recording(3, seconds=10)
    for recording in (first, second):
        await one.upload(recording)
    for recording in (second, first):
        assert (await other.close_epoch(recording)).status_code == 200
        for segment in reversed(recording.segments):
            await other.put_segment(recording, segment)
            await other.put_segment(recording, segment)
        await other.put_init(recording)
    day.at(16)

    def without_ids(track: dict[str, object]) -> dict[str, object]:
        return {key: value for key, value in track.items() if key != "track_id"}

    assert without_ids(await one.track_state()) == without_ids(await other.track_state())


async def test_a_token_shows_its_own_attempt_only(day: Day) -> None:
    one, other = await day.entered(0), await day.entered(1)
    assert (await one.completeness())["attempt_id"] == one.attempt_id
    assert (await other.completeness())["attempt_id"] == other.attempt_id
    assert (await day.nobody.get(f"{API}/completeness")).status_code == 401
