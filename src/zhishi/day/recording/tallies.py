"""Recordings in numbers: what lists say of a track, from sums instead of segments. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from zhishi.day.recording.completeness import compare, next_start, split
from zhishi.day.recording.rules import LIVE_EDGE_MS, Verdict, judge
from zhishi.foundation.kernel.intervals import Interval, length, subtract


@dataclass(frozen=True, slots=True)
class EpochCount:
    """The numbers of an epoch, counted and not listed: how many are held, and the highest held or heard of (or -1).

    `heard_to_ms` is the end of the last segment that heartbeats spoke of.
    """

    epoch: int
    init: bool
    declared: int | None
    held: int
    top: int
    checked: bool = False
    heard_to_ms: int | None = None

    @property
    def known(self) -> int:
        """How many segments exist by the recorder's own word: numbers have no holes."""
        return max(self.declared or 0, self.top + 1)

    @property
    def whole(self) -> bool:
        """The same as `EpochFacts.whole`: a number is held once, so as many as are known means all of them."""
        if self.declared is None or self.held < self.known:
            return False
        return self.init or self.empty

    @property
    def empty(self) -> bool:
        """The same as `EpochFacts.empty`."""
        return self.declared == 0 and self.held == 0


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
    """`Assessment` without its intervals. `gaps` counts what may come and what was not recorded."""

    verdict: Verdict
    covered_ms: int
    due_ms: int
    gaps: int


def judge_counts(counts: Sequence[EpochCount], *, over: bool, may_still_come: bool) -> Verdict:
    """The verdict on a track from the numbers of its epochs."""
    return judge(
        [count.whole for count in counts],
        [count.checked or count.empty for count in counts],
        over=over,
        may_still_come=may_still_come,
    )


def summarise(track: TrackTally, *, may_still_come: bool) -> Summary:
    """What `assess` says, for lists.

    The verdict is always the same. Time and gaps are the same as long as segments follow each other without overlap
    and decode; of heartbeats only the highest number counts here, not the times that they named, and of gaps not why.
    """
    held = [part for one in track.epochs if one.count.init and one.extent for part in one.extent.covered]
    due, covered, holes = compare(track.due_from_ms, track.due_to_ms, held)
    coming = [span for one in track.epochs for span in _coming(one, track)] if holes else []
    return Summary(
        verdict=judge_counts([one.count for one in track.epochs], over=track.over, may_still_come=may_still_come),
        covered_ms=length(covered),
        due_ms=due[1] - due[0],
        gaps=sum(len(split(hole, coming)) for hole in holes),
    )


def _coming(tally: EpochTally, track: TrackTally) -> list[Interval]:
    """Times of an epoch that was summed up whose segments exist and are not held."""
    count, extent = tally.count, tally.extent
    limit = next_start(count.epoch, [one.count.epoch for one in track.epochs], track.due_to_ms)
    begin, last, longest = (
        (count.epoch, -1, limit) if extent is None else (extent.to_ms, extent.last_seq, extent.longest_ms)
    )
    if count.heard_to_ms is not None and count.heard_to_ms > begin:
        end, lacking = count.heard_to_ms, count.known - count.top - 1
    else:
        end, lacking = begin, count.known - last - 1
    tail = (begin, max(end, min(limit, end + lacking * longest)))
    spans = [tail]
    if extent is not None and not count.init:
        spans += extent.covered
    if extent is not None:
        spans += [space.interval for space in extent.spaces if space.lacking]
        if extent.first_seq > 0:
            spans.append((count.epoch, extent.from_ms))
    if count.declared is None and not track.over:
        spans.append((tail[0], max(tail) + LIVE_EDGE_MS))
    return spans
