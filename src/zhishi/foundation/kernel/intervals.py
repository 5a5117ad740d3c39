"""Half-open intervals of integer milliseconds: what was recorded, what is missing.

A set of intervals is a list of (start, end) with start < end, sorted, disjoint and not touching. All
functions take any iterable of pairs and return such a list; order, overlap and repetition of the input
never change the result.
"""

from __future__ import annotations

from collections.abc import Iterable

Interval = tuple[int, int]


def union(intervals: Iterable[Interval], *, tolerance: int = 0) -> list[Interval]:
    """The union; two intervals at most `tolerance` ms apart count as touching and the space between as covered.

    The tolerance absorbs the rounding of frame times at segment borders; a real loss is a whole segment.
    """
    merged: list[Interval] = []
    for start, end in sorted(pair for pair in intervals if pair[0] < pair[1]):
        if merged and start <= merged[-1][1] + tolerance:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def clip(intervals: Iterable[Interval], bounds: Interval) -> list[Interval]:
    """What of the intervals lies within `bounds`."""
    low, high = bounds
    return union((max(start, low), min(end, high)) for start, end in intervals)


def subtract(intervals: Iterable[Interval], holes: Iterable[Interval]) -> list[Interval]:
    """The intervals without the holes."""
    left: list[Interval] = []
    cut = union(holes)
    for start, end in union(intervals):
        at = start
        for low, high in cut:
            if high <= at or low >= end:
                continue
            if low > at:
                left.append((at, low))
            at = max(at, high)
        if at < end:
            left.append((at, end))
    return left


def gaps(intervals: Iterable[Interval], bounds: Interval, *, tolerance: int = 0) -> list[Interval]:
    """What of `bounds` the intervals leave uncovered; spaces of at most `tolerance` ms do not count."""
    missing = subtract([bounds], intervals)
    return [(start, end) for start, end in missing if end - start > tolerance]


def length(intervals: Iterable[Interval]) -> int:
    """Milliseconds covered, overlaps counted once."""
    return sum(end - start for start, end in union(intervals))


def runs(numbers: Iterable[int]) -> list[Interval]:
    """Sequence numbers as inclusive runs: {0, 1, 2, 5} → [(0, 2), (5, 5)]."""
    result: list[Interval] = []
    for number in sorted(set(numbers)):
        if result and number == result[-1][1] + 1:
            result[-1] = (result[-1][0], number)
        else:
            result.append((number, number))
    return result
