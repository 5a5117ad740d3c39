"""What lists say of a track from sums is what the record says of it from every segment."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhishi.day.recording.completeness import EpochFacts, TrackFacts, assess
from zhishi.day.recording.rules import LIVE_EDGE_MS, TOLERANCE_MS, Piece, Verdict
from zhishi.day.recording.tallies import EpochCount, EpochTally, Extent, Space, Summary, TrackTally, summarise

START = 1_000_000
STEP = 2000


def extent_of(held: Sequence[Piece]) -> Extent | None:
    """What a database sums up of the held segments of an epoch."""
    if not held:
        return None
    ordered = sorted(held, key=lambda piece: piece.seq)
    spaces = [
        Space(before.interval[1], after.start_ms, lacking=after.seq > before.seq + 1)
        for before, after in itertools.pairwise(ordered)
        if after.start_ms - before.interval[1] > TOLERANCE_MS
    ]
    return Extent(
        first_seq=ordered[0].seq,
        last_seq=ordered[-1].seq,
        from_ms=min(piece.start_ms for piece in ordered),
        to_ms=max(piece.interval[1] for piece in ordered),
        longest_ms=max(piece.duration_ms for piece in ordered),
        spaces=spaces,
    )


def tally_of(one: EpochFacts) -> EpochTally:
    top = max((piece.seq for piece in (*one.held, *one.noticed)), default=-1)
    return EpochTally(EpochCount(one.epoch, one.init, one.declared, len(one.held), top), extent_of(one.held))


def summary_of(track: TrackFacts, *, may_still_come: bool = True) -> Summary:
    tallies = [tally_of(one) for one in track.epochs]
    tally = TrackTally(track.due_from_ms, track.due_to_ms, track.over, tallies)
    return summarise(tally, may_still_come=may_still_come)


def pieces(count: int, *, start: int = START) -> list[Piece]:
    return [Piece(seq, start + seq * STEP, STEP) for seq in range(count)]


def epoch(held: Sequence[Piece], declared: int | None, *, start: int = START, init: bool = True) -> EpochFacts:
    return EpochFacts(start, init, declared, held, [], checked=False)


@dataclass(frozen=True)
class Recorded:
    """A recorder's starts, of which anything may be missing."""

    track: TrackFacts
    may_still_come: bool


@st.composite
def recorded(draw: st.DrawFn, *, tiled: bool, heard: bool = False) -> Recorded:
    """`tiled`: each segment begins where the one before it ended, as the recorder cuts them."""
    found, at = [], START + draw(st.integers(0, 6000))
    for _ in range(draw(st.integers(0, 3))):
        begin, made = at, []
        for seq in range(draw(st.integers(0, 8))):
            duration = draw(st.sampled_from([400, 1933, 2000, 2067, 4000]))
            made.append(Piece(seq, at, duration))
            at += duration + (0 if tiled else draw(st.integers(-300, 300)))
        came = [piece for piece in made if draw(st.booleans())]
        named = [piece for piece in made if draw(st.booleans())] if heard else []
        declared = draw(st.sampled_from([None, len(made), max(0, len(made) - 1), len(made) + 1]))
        found.append(EpochFacts(begin, draw(st.booleans()), declared, came, named, checked=False))
        at += draw(st.integers(200, 20_000))
    due_to = max(START, at + draw(st.integers(-3000, 20_000)))
    return Recorded(TrackFacts(START, due_to, draw(st.booleans()), found), draw(st.booleans()))


@given(st.one_of(recorded(tiled=True, heard=True), recorded(tiled=False, heard=True)))
def test_the_verdict_is_always_that_of_the_record(found: Recorded) -> None:
    may = found.may_still_come
    expected = assess(found.track, may_still_come=may)
    summary = summary_of(found.track, may_still_come=may)
    assert (summary.verdict, summary.due_ms) == (expected.verdict, expected.due_ms)


@given(recorded(tiled=True))
def test_covered_time_and_gaps_are_those_of_the_record_when_segments_tile(found: Recorded) -> None:
    expected = assess(found.track, may_still_come=True)
    summary = summary_of(found.track)
    assert (summary.covered_ms, summary.gaps) == (expected.covered_ms, len(expected.gaps))


@given(recorded(tiled=True, heard=True))
def test_heartbeats_never_change_what_is_covered(found: Recorded) -> None:
    assert summary_of(found.track).covered_ms == assess(found.track, may_still_come=True).covered_ms


@pytest.mark.parametrize(
    ("epochs", "seconds", "over", "covered_ms", "gaps"),
    [
        ([], 60, True, 0, 1),
        ([epoch(pieces(5), 5)], 10, True, 10_000, 0),
        ([epoch(pieces(5)[::2], 5)], 10, True, 6000, 2),
        ([epoch(pieces(5)[1:], 5)], 10, True, 8000, 1),
        # Two declared ones can still come, and nobody knows of the rest.
        ([epoch(pieces(3), 5)], 20, True, 6000, 2),
        ([epoch(pieces(5), 5, init=False)], 10, True, 0, 1),
        ([epoch([], 5, init=False)], 10, True, 0, 1),
        ([epoch(pieces(5), None)], 10 + LIVE_EDGE_MS / 1000, False, 10_000, 1),
        ([epoch(pieces(5), None)], 11 + LIVE_EDGE_MS / 1000, False, 10_000, 2),
        ([epoch(pieces(5), 5), epoch(pieces(5, start=START + 30_000), 5, start=START + 30_000)], 40, True, 20_000, 1),
    ],
)
def test_what_a_list_shows_of_a_track(
    epochs: list[EpochFacts], seconds: float, over: bool, covered_ms: int, gaps: int
) -> None:
    track = TrackFacts(START, START + round(seconds * 1000), over, epochs)
    expected = assess(track, may_still_come=True)
    summary = summary_of(track)
    assert (summary.covered_ms, summary.gaps) == (covered_ms, gaps)
    assert (summary.covered_ms, summary.gaps) == (expected.covered_ms, len(expected.gaps))


@pytest.mark.parametrize(
    ("held", "declared", "init", "top", "whole"),
    [
        (3, 3, True, 2, True),
        (3, None, True, 2, False),
        (3, 3, False, 2, False),
        (2, 3, True, 2, False),
        # As many as were declared, but one of them has a number beyond.
        (3, 3, True, 3, False),
        (4, 3, True, 3, True),
        # A heartbeat spoke of one more.
        (3, 3, True, 4, False),
        (0, 0, False, -1, True),
        (3, 0, False, 2, False),
    ],
)
def test_when_a_counted_epoch_is_whole(held: int, declared: int | None, init: bool, top: int, whole: bool) -> None:
    assert EpochCount(START, init, declared, held, top).whole is whole


def test_a_track_without_epochs_is_never_complete() -> None:
    track = TrackFacts(START, START, True, [])
    assert summary_of(track).verdict is Verdict.UPLOADING
    assert summary_of(track, may_still_come=False).verdict is Verdict.INCOMPLETE
