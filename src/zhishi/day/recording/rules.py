"""What of a track is due, held and missing, and why: pure, to the millisecond (D6)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from zhishi.foundation.kernel.intervals import Interval, clip, gaps, length, runs, subtract, union


class TrackKind(StrEnum):
    CAMERA = "camera"
    SCREEN = "screen"
    PHONE = "phone"


# What the candidate's computer records; the phone records the other one.
COMPUTER_TRACKS = (TrackKind.CAMERA, TrackKind.SCREEN)


def due_until(
    kind: TrackKind, *, closed_at: datetime | None, ended_at: datetime | None, phone_until: datetime, now: datetime
) -> tuple[datetime, bool]:
    """Until when a track is due as of now, and whether that is final.

    Camera and screen: until the attempt's end. The phone goes on until it is stopped by hand (F4.4, F10.3); one that
    nobody stopped within its time was due until the end.
    """
    if kind is not TrackKind.PHONE:
        return ended_at or now, ended_at is not None
    if closed_at is not None:
        return closed_at, True
    if ended_at is not None and now >= phone_until:
        return ended_at, True
    return now, False


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

# Eleven hours of segments of two seconds.
SEQ_MAX = 20_000
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
    held = [piece.interval for epoch in track.epochs if epoch.init for piece in epoch.held]
    due, covered, holes = _compare(track, held)
    wholes = [epoch.whole for epoch in track.epochs]
    coming = [span for epoch in track.epochs for span in _expected(epoch, track)] if holes else []
    starts = [epoch.epoch for epoch in track.epochs]
    return Assessment(
        verdict=judge(wholes, over=track.over, may_still_come=may_still_come),
        covered=covered,
        covered_ms=length(covered),
        due_ms=due[1] - due[0],
        gaps=[gap for hole in holes for gap in _explain(hole, coming, starts, track.due_from_ms)],
    )


def judge(wholes: Sequence[bool], *, over: bool, may_still_come: bool) -> Verdict:
    """The verdict on a track; `wholes` says of each of its epochs whether it is whole."""
    if not over:
        return Verdict.RECORDING
    if wholes and all(wholes):
        return Verdict.COMPLETE
    return Verdict.UPLOADING if may_still_come else Verdict.INCOMPLETE


def _compare(
    track: TrackFacts | TrackTally, held: Iterable[Interval]
) -> tuple[Interval, list[Interval], list[Interval]]:
    """(what is due, what of it is covered, what of it is not)."""
    due = (track.due_from_ms, max(track.due_from_ms, track.due_to_ms))
    covered = clip(union(held, tolerance=TOLERANCE_MS), due)
    return due, covered, gaps(covered, due, tolerance=TOLERANCE_MS)


def _explain(hole: Interval, expected: Sequence[Interval], starts: Sequence[int], due_from_ms: int) -> list[Gap]:
    """One hole as one or more gaps, each with its cause."""
    coming = clip(union(expected, tolerance=TOLERANCE_MS), hole)
    rest = [part for part in subtract([hole], coming) if part[1] - part[0] > TOLERANCE_MS]
    # Slivers beside what is coming belong to it: the gaps of a hole add up to the hole.
    found = [Gap(low, high, GapCause.NOT_YET_ARRIVED) for low, high in subtract([hole], rest)]
    found += [Gap(low, high, _cause((low, high), starts, due_from_ms)) for low, high in rest]
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
    limit = _next_start(epoch.epoch, [one.epoch for one in track.epochs], track.due_to_ms)
    longest = max((piece.duration_ms for piece in (*epoch.held, *epoch.noticed)), default=limit)
    return min(limit, start + count * longest)


def _next_start(epoch: int, starts: Sequence[int], due_to_ms: int) -> int:
    """When the recorder started again, or the end of what is due."""
    return min((start for start in starts if start > epoch), default=due_to_ms)


def _cause(hole: Interval, starts: Sequence[int], due_from_ms: int) -> GapCause:
    if hole[0] <= due_from_ms + TOLERANCE_MS and hole[1] - hole[0] <= STARTING_MS:
        return GapCause.STARTING
    before = any(start < hole[0] for start in starts)
    # A recorder is started some time before its first frame: the later one lies inside the hole, near its end.
    after = any(start > hole[0] and start >= hole[1] - STARTING_MS for start in starts)
    return GapCause.INTERRUPTION if before and after else GapCause.UNKNOWN


def witnessed_ms(pieces: Sequence[tuple[Piece, int]]) -> int:
    """How much of the held time heartbeats spoke of in time; pairs of (piece, heard_ms)."""
    return length(
        piece.interval for piece, heard_ms in pieces if -WITNESS_AHEAD_MS <= heard_ms - piece.interval[1] <= WITNESS_MS
    )


@dataclass(frozen=True, slots=True)
class EpochCount:
    """The numbers of an epoch, counted and not listed: how many are held, and the highest held or heard of (or -1)."""

    epoch: int
    init: bool
    declared: int | None
    held: int
    top: int

    @property
    def known(self) -> int:
        """How many segments exist by the recorder's own word: numbers have no holes."""
        return max(self.declared or 0, self.top + 1)

    @property
    def whole(self) -> bool:
        """The same as `EpochFacts.whole`: a number is held once, so as many as are known means all of them."""
        if self.declared is None or self.held < self.known:
            return False
        return self.init or self.declared == 0


@dataclass(frozen=True, slots=True)
class Space:
    """A time between two held neighbours longer than the tolerance; `lacking` if numbers are missing there."""

    from_ms: int
    to_ms: int
    lacking: bool

    @property
    def interval(self) -> Interval:
        return self.from_ms, self.to_ms


@dataclass(frozen=True, slots=True)
class Extent:
    """From where to where the held segments of an epoch reach, and the spaces between them."""

    first_seq: int
    last_seq: int
    from_ms: int
    to_ms: int
    longest_ms: int
    spaces: Sequence[Space]

    @property
    def covered(self) -> list[Interval]:
        return subtract([(self.from_ms, self.to_ms)], [space.interval for space in self.spaces])


@dataclass(frozen=True, slots=True)
class EpochTally:
    """An epoch as a database sums it up. `extent` is None if nothing of it is held."""

    count: EpochCount
    extent: Extent | None


@dataclass(frozen=True, slots=True)
class TrackTally:
    """`TrackFacts` without their pieces."""

    due_from_ms: int
    due_to_ms: int
    over: bool
    epochs: Sequence[EpochTally]


@dataclass(frozen=True, slots=True)
class Summary:
    """`Assessment` without its intervals."""

    verdict: Verdict
    covered_ms: int
    due_ms: int
    gaps: int


def summarise(track: TrackTally, *, may_still_come: bool) -> Summary:
    """What `assess` says, for lists.

    The verdict is always the same. Time and gaps are the same as long as segments follow each other without overlap;
    of heartbeats only the highest number counts here, not the times that they named.
    """
    held = [part for one in track.epochs if one.count.init and one.extent for part in one.extent.covered]
    due, covered, holes = _compare(track, held)
    coming = [span for one in track.epochs for span in _coming(one, track)] if holes else []
    starts = [one.count.epoch for one in track.epochs]
    return Summary(
        verdict=judge([one.count.whole for one in track.epochs], over=track.over, may_still_come=may_still_come),
        covered_ms=length(covered),
        due_ms=due[1] - due[0],
        gaps=sum(len(_explain(hole, coming, starts, track.due_from_ms)) for hole in holes),
    )


def _coming(tally: EpochTally, track: TrackTally) -> list[Interval]:
    """`_expected` of an epoch that was summed up."""
    count, extent = tally.count, tally.extent
    limit = _next_start(count.epoch, [one.count.epoch for one in track.epochs], track.due_to_ms)
    begin, lacking = (count.epoch, count.known) if extent is None else (extent.to_ms, count.known - extent.last_seq - 1)
    longest = limit if extent is None else extent.longest_ms
    tail = (begin, min(limit, begin + lacking * longest) if lacking > 0 else begin)
    if not count.init:
        heard = count.top > (-1 if extent is None else extent.last_seq)
        return [*(extent.covered if extent else []), *([tail] if heard else [])]
    spans = [tail]
    if extent is not None:
        spans += [space.interval for space in extent.spaces if space.lacking]
        if extent.first_seq > 0:
            spans.append((count.epoch, extent.from_ms))
    if count.declared is None and not track.over:
        spans.append((tail[0], max(tail) + LIVE_EDGE_MS))
    return spans
