"""The ledger of an attempt, from what was recorded, heard and written down."""

from __future__ import annotations

from typing import Any

from tests.factories.answers import refused
from tests.factories.day import API, Candidate, Day


async def ledger(day: Day, candidate: Candidate) -> list[dict[str, Any]]:
    answer = await day.staff("officer").get(f"{API}/attempts/{candidate.attempt_id}/interruptions")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["interruptions"]
    return found


async def test_a_recording_without_a_break_has_an_empty_ledger(day: Day) -> None:
    candidate = await day.entered(seconds=0)
    recording = day.recording(5)
    for kind in ("camera", "screen"):
        for segment in recording.segments:
            day.at((segment.seq + 1) * 2)
            await candidate.beat(recording, [segment], kind=kind)
        await candidate.upload(recording, kind=kind)
    day.at(10)
    await candidate.post("/attempt/end")
    day.at(60)
    assert await ledger(day, candidate) == []


async def test_a_page_that_was_closed_is_in_the_ledger_of_both_tracks(day: Day) -> None:
    candidate = await day.entered(seconds=0)
    for kind in ("camera", "screen"):
        for recording, reason in ((day.recording(2), "page_closed"), (day.recording(2, seconds=30), "ended")):
            for segment in recording.segments:
                day.at(segment.start_ms / 1000 - day.world.starts.timestamp() + 2)
                await candidate.beat(recording, [segment], kind=kind)
            await candidate.upload(recording, kind=kind, close=False)
            await candidate.close_epoch(recording, kind=kind, reason=reason)
    day.at(34)
    await candidate.post("/attempt/end")
    start = day.recording(2).start_ms
    row = {"from_ms": start + 4000, "to_ms": start + 30_000, "what": "recording", "cause": "page_closed"}
    row["device"] = "computer"
    assert await ledger(day, candidate) == [
        {**row, "track": "camera", "side": "candidate", "rules": ["R8", "R10"]},
        {**row, "track": "screen", "side": "candidate", "rules": ["R8", "R10"]},
    ]


async def offline_for_a_minute(day: Day, candidate: Candidate) -> None:
    """Recorded all the time; the server hears of it only when a minute is over."""
    recording = day.recording(30)
    day.at(60)
    await candidate.beat(recording, recording.segments)
    await candidate.upload(recording)
    await candidate.post("/attempt/end")


async def test_a_lost_connection_loses_nothing_and_nobody_knows_whose_it_was(day: Day) -> None:
    candidate = await day.entered(seconds=0)
    await offline_for_a_minute(day, candidate)
    day.at(120)
    [row] = [one for one in await ledger(day, candidate) if one["what"] == "connection"]
    start = day.recording(30).start_ms
    assert (row["from_ms"], row["track"], row["side"], row["rules"]) == (start, "camera", "unknown", [])
    # What ended within the last fifteen seconds was heard of in time.
    assert row["to_ms"] == start + 44_000


async def test_a_lost_connection_is_the_candidates_if_others_were_heard_meanwhile(day: Day) -> None:
    candidate, other = await day.entered(0, seconds=0), await day.entered(1, seconds=0)
    day.at(20)
    await other.upload(day.recording(5), close=False)
    await offline_for_a_minute(day, candidate)
    day.at(120)
    [row] = [one for one in await ledger(day, candidate) if one["what"] == "connection"]
    assert (row["side"], row["rules"]) == ("candidate", ["R10"])


async def test_nobody_was_offline_while_the_server_itself_was_away(day: Day) -> None:
    """Everybody sends until the server goes and from its return on; in between nobody was heard."""
    one, other = await day.entered(0, seconds=0), await day.entered(1, seconds=0)
    recording, theirs = day.recording(45), day.recording(45, shade=1)
    for candidate, sent in ((one, recording), (other, theirs)):
        await candidate.put_init(sent)
    for low, high, at in ((0, 5, 10), (5, 45, 90)):
        day.at(at)
        for candidate, sent in ((one, recording), (other, theirs)):
            for segment in sent.segments[low:high]:
                await candidate.put_segment(sent, segment)
    await one.post("/attempt/end")
    [row] = [found for found in await ledger(day, one) if found["what"] == "connection"]
    assert (row["from_ms"], row["cause"], row["side"], row["rules"]) == (
        recording.start_ms + 10_000,
        "offline",
        "unknown",
        [],
    )


async def test_what_is_on_its_way_is_no_interruption(day: Day) -> None:
    candidate = await day.entered(seconds=0)
    recording = day.recording(4)
    await candidate.upload(recording, close=False)
    day.at(11)
    assert [row for row in await ledger(day, candidate) if row["track"] == "camera"] == []


async def test_candidates_see_their_own_ledger_and_no_other(day: Day) -> None:
    candidate, other = await day.entered(0, seconds=0), await day.entered(1, seconds=0)
    day.at(30)
    own = await candidate.client.get(f"{API}/home/attempts/{candidate.attempt_id}/interruptions")
    assert own.json()["interruptions"] == await ledger(day, candidate)
    answer = await other.client.get(f"{API}/home/attempts/{candidate.attempt_id}/interruptions")
    assert refused(answer) == (404, "not_found", {})
