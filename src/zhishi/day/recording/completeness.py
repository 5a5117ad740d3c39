"""What of a track is due, held and missing, and why: pure, to the millisecond (D6)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from zhishi.day.recording.causes import Gap, GapCause, Trouble, explain
from zhishi.day.recording.rules import (
    LIVE_EDGE_MS,
    STARTING_MS,
    TOLERANCE_MS,
    CloseReason,
    Piece,
    Verdict,
    judge,
)
from zhishi.foundation.kernel.intervals import Interval, clip, gaps, length, runs, subtract, union


@dataclass(frozen=True, slots=True)
class EpochFacts:
    """One start of a recorder: what is held of it, what heartbeats said of it, how many pieces it declared.

    `checked` says whether all that is held was read back from the store; `undecodable` are the numbers of those that
    are held as they were recorded and show nothing; `lost` of those that were held once and that the store lost.
    """

    epoch: int
    init: bool
    declared: int | None
    held: Sequence[Piece]
    noticed: Sequence[Piece]
    checked: bool
    closed: CloseReason | None = None
    undecodable: frozenset[int] = frozenset()
    lost: frozenset[int] = frozenset()

    @property
    def missing(self) -> list[int]:
        """Numbers that exist by the recorder's own word and are not held."""
        known = {piece.seq for piece in self.noticed}
        # Numbers have no holes: whatever lies below the highest known number exists.
        top = max((piece.seq for piece in (*self.held, *self.noticed)), default=-1)
        known.update(range(top + 1 if self.declared is None else max(self.declared, top + 1)))
        return sorted(known - {piece.seq for piece in self.held})

    @property
    def whole(self) -> bool:
        """Closed, with its init and everything it declared."""
        if self.declared is None or self.missing:
            return False
        return self.init or self.empty

    @property
    def empty(self) -> bool:
        """A start of which nothing was recorded, by the recorder's own word."""
        return self.declared == 0 and not self.held

    @property
    def known_until(self) -> int:
        """The end of the last piece that is held or was heard of."""
        return max((piece.interval[1] for piece in (*self.held, *self.noticed)), default=self.epoch)

    @property
    def playable(self) -> list[Interval]:
        """The times of which there is a picture."""
        return [piece.interval for piece in self.held if self.init and piece.seq not in self.undecodable]


@dataclass(frozen=True, slots=True)
class TrackFacts:
    """A track: due from `due_from_ms` to `due_to_ms` (now, while recording goes on), with its recorder's troubles."""

    due_from_ms: int
    due_to_ms: int
    over: bool
    epochs: Sequence[EpochFacts]
    troubles: Sequence[Trouble] = field(default=())


@dataclass(frozen=True, slots=True)
class Assessment:
    """The verdict on a track."""

    verdict: Verdict
    covered: list[Interval]
    covered_ms: int
    due_ms: int
    gaps: list[Gap]


def assess(track: TrackFacts, *, may_still_come: bool) -> Assessment:
    """Compare what is due with what is held.

    `may_still_come` is false once the time for uploads is over: what is missing then is incomplete, not uploading.
    "Complete" means that everything recorded is held; times when nothing was recorded stay in the list of gaps.
    """
    held = [span for epoch in track.epochs for span in epoch.playable]
    due, covered, holes = compare(track.due_from_ms, track.due_to_ms, held)
    coming = [span for epoch in track.epochs for span in _expected(epoch, track)] if holes else []
    return Assessment(
        verdict=judge(
            [epoch.whole for epoch in track.epochs],
            [epoch.checked or epoch.empty for epoch in track.epochs],
            over=track.over,
            may_still_come=may_still_come,
        ),
        covered=covered,
        covered_ms=length(covered),
        due_ms=due[1] - due[0],
        gaps=[gap for hole in holes for gap in _causes(hole, track, coming, may_still_come=may_still_come)],
    )


def compare(
    due_from_ms: int, due_to_ms: int, held: Iterable[Interval]
) -> tuple[Interval, list[Interval], list[Interval]]:
    """(what is due, what of it is covered, what of it is not)."""
    due = (due_from_ms, max(due_from_ms, due_to_ms))
    covered = clip(union(held, tolerance=TOLERANCE_MS), due)
    return due, covered, gaps(covered, due, tolerance=TOLERANCE_MS)


def _causes(hole: Interval, track: TrackFacts, coming: Sequence[Interval], *, may_still_come: bool) -> list[Gap]:
    """One hole as one or more gaps, each with its cause."""
    absent = GapCause.NOT_YET_ARRIVED if may_still_come else GapCause.NEVER_ARRIVED
    lost = [piece.interval for epoch in track.epochs for piece in epoch.noticed if piece.seq in epoch.lost]
    dark = [
        piece.interval
        for epoch in track.epochs
        for piece in epoch.held
        if epoch.init and piece.seq in epoch.undecodable
    ]
    found: list[Gap] = []
    for part, recorded in split(hole, coming):
        if recorded:
            found += [Gap(*inner, GapCause.LOST_IN_STORE if was else absent) for inner, was in split(part, lost)]
            continue
        for inner, shown in split(part, dark):
            found += [Gap(*inner, GapCause.UNDECODABLE)] if shown else _unrecorded(inner, track)
    return found


def split(hole: Interval, spans: Iterable[Interval]) -> list[tuple[Interval, bool]]:
    """A hole in parts, each with whether it lies in `spans`. Slivers beside a span belong to it: parts add up."""
    inside = clip(union(spans, tolerance=TOLERANCE_MS), hole)
    outside = [part for part in subtract([hole], inside) if part[1] - part[0] > TOLERANCE_MS]
    parts = [(part, True) for part in subtract([hole], outside)] + [(part, False) for part in outside]
    return sorted(parts)


def _unrecorded(hole: Interval, track: TrackFacts) -> list[Gap]:
    """A time in which nothing was recorded."""
    if hole[0] <= track.due_from_ms + TOLERANCE_MS and hole[1] - hole[0] <= STARTING_MS:
        return [Gap(*hole, GapCause.STARTING)]
    before = max((epoch for epoch in track.epochs if epoch.epoch < hole[0]), key=lambda one: one.epoch, default=None)
    # How an epoch came to its end explains what comes after it, never a stall in the middle of it.
    ended = before is not None and before.known_until <= hole[0] + TOLERANCE_MS
    return explain(hole, track.troubles, before.closed if before is not None and ended else None)


def _expected(epoch: EpochFacts, track: TrackFacts) -> list[Interval]:
    """Times whose segments exist, or should, and are not held."""
    pieces = {piece.seq: piece for piece in (*epoch.noticed, *epoch.held)}
    held = {piece.seq for piece in epoch.held}
    spans = [piece.interval for piece in epoch.noticed if piece.seq not in held]
    if not epoch.init:
        # Without its init nothing of the epoch can be played; the init is small and is sent again.
        spans += [piece.interval for piece in epoch.held]
    for low, high in runs(epoch.missing):
        # What lies between two known neighbours belongs to the missing numbers between them.
        before, after = pieces.get(low - 1), pieces.get(high + 1)
        start = before.interval[1] if before is not None else epoch.epoch
        spans.append((start, after.start_ms if after is not None else _tail(start, high - low + 1, epoch, track)))
    if epoch.declared is None and not track.over:
        spans.append((epoch.known_until, epoch.known_until + LIVE_EDGE_MS))
    return spans


def _tail(start: int, count: int, epoch: EpochFacts, track: TrackFacts) -> int:
    """Until when declared segments at the end of an epoch may last: as long as those that are known, if any are."""
    limit = next_start(epoch.epoch, [one.epoch for one in track.epochs], track.due_to_ms)
    longest = max((piece.duration_ms for piece in (*epoch.held, *epoch.noticed)), default=limit)
    return min(limit, start + count * longest)


def next_start(epoch: int, starts: Sequence[int], due_to_ms: int) -> int:
    """When the recorder started again, or the end of what is due."""
    return min((start for start in starts if start > epoch), default=due_to_ms)
