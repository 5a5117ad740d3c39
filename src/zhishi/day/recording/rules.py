"""What of a track is due, held and missing, and why: pure, to the millisecond (D6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from zhishi.foundation.kernel.intervals import Interval, clip, gaps, length, runs, subtract, union


class TrackKind(StrEnum):
    CAMERA = "camera"
    SCREEN = "screen"
    PHONE = "phone"


class CloseReason(StrEnum):
    """Why a recorder's epoch ended, in its own words."""

    ENDED = "ended"
    REPLACED = "replaced"
    DEVICE_LOST = "device_lost"
    CRASHED = "crashed"
    PAGE_CLOSED = "page_closed"


class GapCause(StrEnum):
    """Why a piece of the due time is not held."""

    # The recorder was still starting after entry.
    STARTING = "starting"
    # Known of by its number or by a heartbeat, or at the live edge: it can still come.
    NOT_YET_ARRIVED = "not_yet_arrived"
    # Between two starts of the recorder: nothing was recorded.
    INTERRUPTION = "interruption"
    UNKNOWN = "unknown"


class Verdict(StrEnum):
    RECORDING = "recording"
    UPLOADING = "uploading"
    COMPLETE = "complete"
    INCOMPLETE = "incomplete"


# Frame times are rounded to ms at segment borders; a frame at 15 per second lasts 67 ms: smaller spaces are no loss.
TOLERANCE_MS = 100
# From entry to the first frame a recorder needs its encoders; measured 0.4-1.5 s on small machines.
STARTING_MS = 4000
# The newest segment is cut, spooled and sent before it can be held: about 2 s each.
LIVE_EDGE_MS = 10_000
# First heard of within this time of its end, a segment is witnessed (见证). A heartbeat every 4 s, and one lost.
WITNESS_MS = 15_000
# The page's estimate of the server's time may run ahead by this; what is heard of sooner was not recorded then.
WITNESS_AHEAD_MS = 1000

SEQ_MAX = 200_000
SEGMENT_DURATION_MAX_MS = 60_000


@dataclass(frozen=True, slots=True)
class Piece:
    """A segment that is held or was heard of: its number and time."""

    seq: int
    start_ms: int
    duration_ms: int

    @property
    def interval(self) -> Interval:
        return self.start_ms, self.start_ms + self.duration_ms


@dataclass(frozen=True, slots=True)
class EpochFacts:
    """One start of a recorder: what is held of it, what heartbeats said of it, how many pieces it declared."""

    epoch: int
    init: bool
    declared: int | None
    held: Sequence[Piece]
    noticed: Sequence[Piece]
    settled: bool

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
        return self.init or self.declared == 0


@dataclass(frozen=True, slots=True)
class Gap:
    """A piece of the due time that is not held."""

    from_ms: int
    to_ms: int
    cause: GapCause


@dataclass(frozen=True, slots=True)
class TrackFacts:
    """A track: due from `due_from_ms` to `due_to_ms` (now, while recording goes on)."""

    due_from_ms: int
    due_to_ms: int
    over: bool
    epochs: Sequence[EpochFacts]


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
    due = (track.due_from_ms, max(track.due_from_ms, track.due_to_ms))
    held = [piece.interval for epoch in track.epochs if epoch.init for piece in epoch.held]
    covered = clip(union(held, tolerance=TOLERANCE_MS), due)
    holes = gaps(covered, due, tolerance=TOLERANCE_MS)
    return Assessment(
        verdict=_verdict(track, may_still_come=may_still_come),
        covered=covered,
        covered_ms=length(covered),
        due_ms=due[1] - due[0],
        gaps=[gap for hole in holes for gap in _explain(hole, track)],
    )


def _verdict(track: TrackFacts, *, may_still_come: bool) -> Verdict:
    if not track.over:
        return Verdict.RECORDING
    if track.epochs and all(epoch.whole for epoch in track.epochs):
        return Verdict.COMPLETE
    return Verdict.UPLOADING if may_still_come else Verdict.INCOMPLETE


def _explain(hole: Interval, track: TrackFacts) -> list[Gap]:
    """One hole as one or more gaps, each with its cause."""
    expected = [span for epoch in track.epochs for span in _expected(epoch, track)]
    coming = clip(union(expected, tolerance=TOLERANCE_MS), hole)
    rest = [part for part in subtract([hole], coming) if part[1] - part[0] > TOLERANCE_MS]
    # Slivers beside what is coming belong to it: the gaps of a hole add up to the hole.
    found = [Gap(low, high, GapCause.NOT_YET_ARRIVED) for low, high in subtract([hole], rest)]
    found += [Gap(low, high, _cause((low, high), track)) for low, high in rest]
    return sorted(found, key=lambda gap: gap.from_ms)


def _expected(epoch: EpochFacts, track: TrackFacts) -> list[Interval]:
    """Times whose segments exist, or should, and are not held."""
    if not epoch.init:
        # Without its init nothing of the epoch can be played; the init is small and is sent again.
        return [piece.interval for piece in (*epoch.held, *epoch.noticed)]
    pieces = {piece.seq: piece for piece in (*epoch.noticed, *epoch.held)}
    held = {piece.seq for piece in epoch.held}
    spans = [piece.interval for piece in epoch.noticed if piece.seq not in held]
    for low, high in runs(epoch.missing):
        # What lies between two known neighbours belongs to the missing numbers between them.
        before, after = pieces.get(low - 1), pieces.get(high + 1)
        start = before.interval[1] if before is not None else epoch.epoch
        spans.append((start, after.start_ms if after is not None else _tail(start, high - low + 1, epoch, track)))
    if epoch.declared is None and not track.over:
        newest = max((piece.interval[1] for piece in pieces.values()), default=epoch.epoch)
        spans.append((newest, newest + LIVE_EDGE_MS))
    return spans


def _tail(start: int, count: int, epoch: EpochFacts, track: TrackFacts) -> int:
    """Until when declared segments at the end of an epoch may last: as long as those that are known, if any are."""
    limit = min((one.epoch for one in track.epochs if one.epoch > epoch.epoch), default=track.due_to_ms)
    longest = max((piece.duration_ms for piece in (*epoch.held, *epoch.noticed)), default=limit)
    return min(limit, start + count * longest)


def _cause(hole: Interval, track: TrackFacts) -> GapCause:
    starts = [epoch.epoch for epoch in track.epochs]
    if hole[0] <= track.due_from_ms + TOLERANCE_MS and hole[1] - hole[0] <= STARTING_MS:
        return GapCause.STARTING
    if any(start < hole[0] for start in starts) and any(start >= hole[1] - TOLERANCE_MS for start in starts):
        return GapCause.INTERRUPTION
    return GapCause.UNKNOWN


def witnessed_ms(pieces: Sequence[tuple[Piece, int]]) -> int:
    """How much of the held time heartbeats spoke of in time; pairs of (piece, heard_ms)."""
    return length(
        piece.interval for piece, heard_ms in pieces if -WITNESS_AHEAD_MS <= heard_ms - piece.interval[1] <= WITNESS_MS
    )
