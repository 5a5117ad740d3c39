"""Laws of intervals, compared with sets of whole milliseconds."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from zhishi.foundation.kernel.intervals import Interval, clip, gaps, length, runs, subtract, union

# Small numbers on purpose: intervals then overlap, touch and repeat all the time.
_pairs = st.tuples(st.integers(0, 60), st.integers(0, 60))
_intervals = st.lists(_pairs, max_size=12)
_bounds = _pairs.map(lambda pair: (min(pair), max(pair)))


def _points(intervals: list[Interval]) -> set[int]:
    return {point for start, end in intervals for point in range(start, end)}


def _is_normal(intervals: list[Interval]) -> bool:
    """Sorted, disjoint, not touching, none of them empty."""
    inside = all(start < end for start, end in intervals)
    between = all(a[1] < b[0] for a, b in itertools.pairwise(intervals))
    return inside and between


@given(_intervals)
def test_the_union_covers_exactly_what_its_parts_cover(intervals: list[Interval]) -> None:
    merged = union(intervals)
    assert _points(merged) == _points(intervals)
    assert _is_normal(merged)


@given(_intervals, st.randoms(use_true_random=False))
def test_order_and_repetition_never_change_a_union(intervals: list[Interval], random: object) -> None:
    shuffled = [*intervals, *intervals]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert union(shuffled) == union(intervals)


@given(_intervals)
def test_the_union_of_a_union_is_itself(intervals: list[Interval]) -> None:
    assert union(union(intervals)) == union(intervals)


@given(_intervals, st.integers(0, 5))
def test_a_tolerance_fills_spaces_up_to_itself_and_none_that_are_larger(
    intervals: list[Interval], tolerance: int
) -> None:
    exact, merged = union(intervals), union(intervals, tolerance=tolerance)
    filled = {
        point
        for (_, end), (start, _) in itertools.pairwise(exact)
        if start - end <= tolerance
        for point in range(end, start)
    }
    assert _points(merged) == _points(exact) | filled


@given(_intervals, _intervals)
def test_subtracting_leaves_exactly_what_the_holes_do_not_cover(
    intervals: list[Interval], holes: list[Interval]
) -> None:
    left = subtract(intervals, holes)
    assert _points(left) == _points(intervals) - _points(holes)
    assert _is_normal(left)


@given(_intervals, _bounds)
def test_clipping_keeps_exactly_what_lies_within_the_bounds(intervals: list[Interval], bounds: Interval) -> None:
    assert _points(clip(intervals, bounds)) == _points(intervals) & set(range(*bounds))


@given(_intervals, _bounds)
def test_gaps_and_what_is_covered_make_up_the_bounds_exactly(intervals: list[Interval], bounds: Interval) -> None:
    missing = gaps(intervals, bounds)
    assert _points(missing) == set(range(*bounds)) - _points(intervals)
    assert length(missing) + length(clip(intervals, bounds)) == bounds[1] - bounds[0]


def test_a_space_of_exactly_the_tolerance_is_no_gap_and_one_more_is() -> None:
    held = [(0, 100), (200, 300)]
    assert gaps(held, (0, 300), tolerance=100) == []
    assert gaps(held, (0, 301), tolerance=100) == []
    assert gaps([(0, 99), (200, 300)], (0, 300), tolerance=100) == [(99, 200)]


@given(_intervals)
def test_length_counts_overlaps_once(intervals: list[Interval]) -> None:
    assert length(intervals) == len(_points(intervals))


@given(st.lists(st.integers(0, 40), max_size=30))
def test_runs_name_every_number_once(numbers: list[int]) -> None:
    found = runs(numbers)
    assert [n for low, high in found for n in range(low, high + 1)] == sorted(set(numbers))
    assert all(a[1] + 1 < b[0] for a, b in itertools.pairwise(found))


def test_runs_are_inclusive() -> None:
    assert runs([5, 2, 0, 1, 2]) == [(0, 2), (5, 5)]
