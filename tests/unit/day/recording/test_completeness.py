"""What is due, held and missing, and why: exact, whatever the order of arrival."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhishi.day.recording.causes import REACTION_MS, Gap, GapCause, Trouble
from zhishi.day.recording.completeness import EpochFacts, TrackFacts, assess
from zhishi.day.recording.rules import (
    LIVE_EDGE_MS,
    STARTING_MS,
    TOLERANCE_MS,
    VERDICT_MOVES,
    WITNESS_AHEAD_MS,
    WITNESS_MS,
    CloseReason,
    Piece,
    Verdict,
    witnessed,
)
from zhishi.foundation.kernel.intervals import clip, length, union

START = 1_000_000
STEP = 2000


def pieces(count: int, *, start: int = START) -> list[Piece]:
    return [Piece(seq, start + seq * STEP, STEP) for seq in range(count)]


def epoch(
    held: Sequence[Piece],
    *,
    start: int = START,
    declared: int | None = None,
    noticed: Sequence[Piece] = (),
    init: bool = True,
    checked: bool = False,
    closed: CloseReason | None = None,
    undecodable: Sequence[int] = (),
    lost: Sequence[int] = (),
) -> EpochFacts:
    return EpochFacts(start, init, declared, held, noticed, checked, closed, frozenset(undecodable), frozenset(lost))


def track(epochs: Sequence[EpochFacts], *, seconds: float, over: bool = True) -> TrackFacts:
    """A track that was due from START for so long."""
    return TrackFacts(START, START + round(seconds * 1000), over, epochs)


def gaps_of(facts: TrackFacts) -> list[Gap]:
    return assess(facts, may_still_come=True).gaps


def test_a_track_that_holds_everything_has_no_gap() -> None:
    found = assess(track([epoch(pieces(5), declared=5)], seconds=10), may_still_come=True)
    assert found.covered == [(START, START + 10_000)]
    assert (found.covered_ms, found.due_ms, found.gaps, found.verdict) == (10_000, 10_000, [], Verdict.HELD)


@pytest.mark.parametrize("lost", range(5))
def test_a_lost_segment_is_exactly_its_own_gap_and_can_still_come(lost: int) -> None:
    held = [piece for piece in pieces(5) if piece.seq != lost]
    gap = Gap(START + lost * STEP, START + (lost + 1) * STEP, GapCause.NOT_YET_ARRIVED)
    assert gaps_of(track([epoch(held, declared=5)], seconds=10)) == [gap]


def test_a_segment_that_only_a_heartbeat_named_can_still_come() -> None:
    facts = track([epoch(pieces(4), noticed=pieces(5))], seconds=10)
    assert gaps_of(facts) == [Gap(START + 8000, START + 10_000, GapCause.NOT_YET_ARRIVED)]


def test_nobody_knows_of_what_was_neither_declared_nor_named() -> None:
    facts = track([epoch(pieces(4))], seconds=10)
    assert gaps_of(facts) == [Gap(START + 8000, START + 10_000, GapCause.UNKNOWN)]


def test_declared_segments_at_the_end_are_expected_for_as_long_as_segments_last() -> None:
    facts = track([epoch(pieces(3), declared=5)], seconds=20)
    assert gaps_of(facts) == [
        Gap(START + 6000, START + 10_000, GapCause.NOT_YET_ARRIVED),
        Gap(START + 10_000, START + 20_000, GapCause.UNKNOWN),
    ]


def test_the_live_edge_can_still_come_while_recording_goes_on() -> None:
    facts = track([epoch(pieces(2))], seconds=4 + LIVE_EDGE_MS / 1000 + 1, over=False)
    edge = START + 4000 + LIVE_EDGE_MS
    assert gaps_of(facts) == [
        Gap(START + 4000, edge, GapCause.NOT_YET_ARRIVED),
        Gap(edge, edge + 1000, GapCause.UNKNOWN),
    ]


@pytest.mark.parametrize(
    ("closed", "cause"),
    [
        (None, GapCause.UNKNOWN),
        (CloseReason.ENDED, GapCause.UNKNOWN),
        (CloseReason.DEVICE_LOST, GapCause.DEVICE_LOST),
        (CloseReason.FROZEN, GapCause.PICTURE_FROZEN),
        (CloseReason.CRASHED, GapCause.CRASHED),
        (CloseReason.PAGE_CLOSED, GapCause.PAGE_CLOSED),
        # To begin anew takes a moment; half a minute has another cause, and nobody knows it.
        (CloseReason.REPLACED, GapCause.UNKNOWN),
    ],
)
def test_the_time_between_two_starts_is_as_the_first_was_closed(closed: CloseReason | None, cause: GapCause) -> None:
    later = START + 30_000
    first, second = epoch(pieces(5), declared=5, closed=closed), epoch(pieces(5, start=later), start=later, declared=5)
    assert gaps_of(track([first, second], seconds=40)) == [Gap(START + 10_000, later, cause)]


@pytest.mark.parametrize("closed", CloseReason)
def test_how_an_epoch_ended_does_not_explain_a_stall_in_the_middle_of_it(closed: CloseReason) -> None:
    after = [Piece(piece.seq, piece.start_ms + 10_000, STEP) for piece in pieces(10)[5:]]
    stalled = epoch([*pieces(5), *after], declared=10, closed=closed)
    assert gaps_of(track([stalled], seconds=30)) == [Gap(START + 10_000, START + 20_000, GapCause.UNKNOWN)]


def test_declared_segments_can_still_come_also_where_the_init_is_missing() -> None:
    later = START + 10_000
    first = epoch(pieces(5), declared=5, closed=CloseReason.PAGE_CLOSED)
    second = epoch([], start=later, declared=5, init=False)
    assert gaps_of(track([first, second], seconds=20)) == [Gap(later, later + 10_000, GapCause.NOT_YET_ARRIVED)]


@pytest.mark.parametrize("may_still_come", [True, False])
def test_what_the_store_lost_is_told_from_what_never_came(may_still_come: bool) -> None:
    held = [piece for piece in pieces(5) if piece.seq not in (1, 3)]
    facts = track([epoch(held, declared=5, noticed=pieces(5), lost=[1])], seconds=10)
    never = GapCause.NOT_YET_ARRIVED if may_still_come else GapCause.NEVER_ARRIVED
    assert assess(facts, may_still_come=may_still_come).gaps == [
        Gap(START + 2000, START + 4000, GapCause.LOST_IN_STORE),
        Gap(START + 6000, START + 8000, never),
    ]


def test_nothing_declared_is_no_whole_epoch_where_something_is_held() -> None:
    facts = track([epoch(pieces(5), declared=0, init=False)], seconds=10)
    assert assess(facts, may_still_come=True).verdict is Verdict.UPLOADING


def test_to_begin_anew_takes_a_moment() -> None:
    later = START + 10_900
    first = epoch(pieces(5), declared=5, closed=CloseReason.REPLACED)
    second = epoch(pieces(5, start=later), start=later, declared=5)
    assert gaps_of(track([first, second], seconds=20.9)) == [Gap(START + 10_000, later, GapCause.RESTARTED)]


def troubled(
    *troubles: tuple[float, float, GapCause], closed: CloseReason | None = None
) -> list[tuple[float, float, str]]:
    """Seconds of the gaps of a track that was recorded from 0 to 10 s and from 30 to 40 s."""
    later = START + 30_000
    epochs = [epoch(pieces(5), declared=5, closed=closed), epoch(pieces(5, start=later), start=later, declared=5)]
    told = [Trouble(START + round(low * 1000), START + round(high * 1000), cause) for low, high, cause in troubles]
    facts = TrackFacts(START, START + 40_000, True, epochs, told)
    return [((gap.from_ms - START) / 1000, (gap.to_ms - START) / 1000, gap.cause.value) for gap in gaps_of(facts)]


def test_the_recorders_own_word_explains_a_gap() -> None:
    assert troubled((10, 30, GapCause.SHARE_STOPPED)) == [(10, 30, "share_stopped")]


def test_what_was_noticed_late_and_took_time_to_begin_again_is_part_of_the_trouble() -> None:
    assert troubled((13, 29, GapCause.PICTURE_FROZEN)) == [(10, 30, "picture_frozen")]


def test_a_time_that_no_trouble_explains_stays_unknown() -> None:
    edge = REACTION_MS / 1000
    assert troubled((10, 29 - edge, GapCause.DEVICE_LOST)) == [
        (10, 29 - edge, "device_lost"),
        (29 - edge, 30, "unknown"),
    ]


def test_a_gap_of_two_causes_is_two_gaps_and_the_narrower_one_explains_what_they_share() -> None:
    found = troubled((10, 22, GapCause.DEVICE_LOST), (20, 30, GapCause.PAGE_CLOSED))
    assert found == [(10, 22, "device_lost"), (22, 30, "page_closed")]


def test_what_has_a_picture_is_no_gap_whatever_the_recorder_said() -> None:
    assert troubled((0, 40, GapCause.DEVICE_MUTED)) == [(10, 30, "device_muted")]


def test_what_is_held_and_does_not_decode_is_a_gap_of_its_own() -> None:
    facts = track([epoch(pieces(5), declared=5, undecodable=[2])], seconds=10)
    found = assess(facts, may_still_come=True)
    assert found.gaps == [Gap(START + 4000, START + 6000, GapCause.UNDECODABLE)]
    assert (found.covered_ms, found.verdict) == (8000, Verdict.HELD)


def test_what_could_still_come_has_never_arrived_once_the_time_is_over() -> None:
    facts = track([epoch(pieces(5)[1:], declared=5)], seconds=10)
    found = assess(facts, may_still_come=False)
    assert found.gaps == [Gap(START, START + 2000, GapCause.NEVER_ARRIVED)]


@pytest.mark.parametrize(("late_ms", "cause"), [(STARTING_MS, GapCause.STARTING), (STARTING_MS + 1, GapCause.UNKNOWN)])
def test_a_recorder_may_take_some_time_to_start(late_ms: int, cause: GapCause) -> None:
    begin = START + late_ms
    facts = track([epoch(pieces(5, start=begin), start=begin, declared=5)], seconds=10)
    assert gaps_of(facts) == [Gap(START, begin, cause)]


@pytest.mark.parametrize(("space", "count"), [(TOLERANCE_MS, 0), (TOLERANCE_MS + 1, 1)])
def test_the_rounding_of_frame_times_is_no_gap(space: int, count: int) -> None:
    held = [Piece(0, START, STEP), Piece(1, START + STEP + space, STEP)]
    facts = track([epoch(held, declared=2)], seconds=(2 * STEP + space) / 1000)
    assert len(gaps_of(facts)) == count


def test_without_its_init_nothing_of_an_epoch_counts_and_all_of_it_can_still_come() -> None:
    facts = track([epoch(pieces(5), declared=5, init=False)], seconds=10)
    found = assess(facts, may_still_come=True)
    assert found.covered == []
    assert found.gaps == [Gap(START, START + 10_000, GapCause.NOT_YET_ARRIVED)]
    assert found.verdict is Verdict.UPLOADING


def test_what_was_recorded_outside_the_due_time_is_not_counted() -> None:
    facts = TrackFacts(START + 1000, START + 5000, True, [epoch(pieces(5), declared=5)])
    found = assess(facts, may_still_come=True)
    assert found.covered == [(START + 1000, START + 5000)]
    assert (found.covered_ms, found.due_ms, found.gaps) == (4000, 4000, [])


def test_a_track_on_which_nothing_ever_came_is_one_gap() -> None:
    assert gaps_of(track([], seconds=60)) == [Gap(START, START + 60_000, GapCause.UNKNOWN)]


def test_a_track_whose_end_lies_before_its_start_is_due_for_no_time() -> None:
    found = assess(TrackFacts(START, START - 5000, True, []), may_still_come=False)
    assert (found.due_ms, found.covered, found.gaps) == (0, [], [])


WHOLE = epoch(pieces(3), declared=3)
OPEN = epoch(pieces(3))
HOLED = epoch(pieces(3)[::2], declared=3)
NO_INIT = epoch(pieces(3), declared=3, init=False)
EMPTY = epoch([], declared=0, init=False)
CHECKED = epoch(pieces(3), declared=3, checked=True)


@pytest.mark.parametrize(
    ("epochs", "over", "may_still_come", "verdict"),
    [
        ([WHOLE], False, True, Verdict.RECORDING),
        ([], False, True, Verdict.RECORDING),
        ([WHOLE], True, True, Verdict.HELD),
        ([WHOLE], True, False, Verdict.HELD),
        ([CHECKED], True, True, Verdict.COMPLETE),
        ([CHECKED], True, False, Verdict.COMPLETE),
        ([CHECKED], False, True, Verdict.RECORDING),
        ([CHECKED, WHOLE], True, True, Verdict.HELD),
        ([CHECKED, EMPTY], True, True, Verdict.COMPLETE),
        ([WHOLE, EMPTY], True, True, Verdict.HELD),
        ([WHOLE, OPEN], True, True, Verdict.UPLOADING),
        ([OPEN], True, False, Verdict.INCOMPLETE),
        ([HOLED], True, True, Verdict.UPLOADING),
        ([HOLED], True, False, Verdict.INCOMPLETE),
        ([NO_INIT], True, True, Verdict.UPLOADING),
        ([NO_INIT], True, False, Verdict.INCOMPLETE),
        ([], True, True, Verdict.UPLOADING),
        ([], True, False, Verdict.INCOMPLETE),
    ],
)
def test_the_verdict_on_a_track(epochs: list[EpochFacts], over: bool, may_still_come: bool, verdict: Verdict) -> None:
    facts = track(epochs, seconds=6, over=over)
    assert assess(facts, may_still_come=may_still_come).verdict is verdict


@pytest.mark.parametrize(
    ("held", "noticed", "declared", "missing"),
    [
        ([0, 1, 2], [], 3, []),
        ([0, 2], [], 3, [1]),
        ([2], [], None, [0, 1]),
        ([], [4], None, [0, 1, 2, 3, 4]),
        ([0, 1], [], 5, [2, 3, 4]),
        ([0, 5], [], 3, [1, 2, 3, 4]),
        ([], [], 0, []),
        ([], [], None, []),
    ],
)
def test_numbers_have_no_holes_so_whatever_lies_below_a_known_number_exists(
    held: list[int], noticed: list[int], declared: int | None, missing: list[int]
) -> None:
    known = pieces(6)
    facts = epoch([known[n] for n in held], noticed=[known[n] for n in noticed], declared=declared)
    assert facts.missing == missing


@pytest.mark.parametrize(
    ("heard_after_end_ms", "held_ms"),
    [
        (-WITNESS_AHEAD_MS - 1, 0),
        (-WITNESS_AHEAD_MS, STEP),
        (0, STEP),
        (WITNESS_MS, STEP),
        (WITNESS_MS + 1, 0),
    ],
)
def test_a_segment_is_witnessed_if_it_was_heard_of_within_seconds_of_its_end(
    heard_after_end_ms: int, held_ms: int
) -> None:
    assert length(witnessed([(Piece(0, START, STEP), START + STEP + heard_after_end_ms)])) == held_ms


@dataclass(frozen=True)
class Arrivals:
    """What came of a recording: (epoch, seq) in some order, some more than once, some never."""

    epochs: tuple[EpochFacts, ...]
    seconds: float
    over: bool
    troubles: tuple[Trouble, ...]

    @property
    def facts(self) -> TrackFacts:
        return replace(track(self.epochs, seconds=self.seconds, over=self.over), troubles=self.troubles)


@st.composite
def arrivals(draw: st.DrawFn) -> Arrivals:
    """A recorder that starts some times; of each start any part arrives, in any order, any number of times."""
    found, at = [], START + draw(st.integers(0, 6000))
    for _ in range(draw(st.integers(0, 3))):
        count = draw(st.integers(0, 8))
        recorded, begin = [], at
        for seq in range(count):
            duration = draw(st.sampled_from([400, 1933, 2000, 2067, 4000]))
            recorded.append(Piece(seq, at, duration))
            at += duration + draw(st.integers(0, TOLERANCE_MS))
        came = draw(st.lists(st.sampled_from(recorded), max_size=20)) if recorded else []
        named = draw(st.lists(st.sampled_from(recorded), max_size=6)) if recorded else []
        declared = draw(st.sampled_from([None, count]))
        closed = None if declared is None else draw(st.sampled_from(list(CloseReason)))
        dark = draw(st.lists(st.integers(0, count), max_size=2))
        found.append(
            epoch(
                came,
                start=begin,
                declared=declared,
                noticed=named,
                init=draw(st.booleans()),
                closed=closed,
                undecodable=dark,
            )
        )
        at += draw(st.integers(200, 20_000))
    seconds = max(0, at - START + draw(st.integers(-3000, 20_000))) / 1000
    troubles = [
        Trouble(begin, begin + draw(st.integers(0, 30_000)), draw(st.sampled_from(list(GapCause))))
        for begin in draw(st.lists(st.integers(START - 5000, START + 60_000), max_size=4))
    ]
    return Arrivals(tuple(found), seconds, draw(st.booleans()), tuple(troubles))


@given(arrivals(), st.randoms(use_true_random=False))
def test_the_order_and_number_of_arrivals_never_change_the_assessment(found: Arrivals, random: object) -> None:
    def shuffled(one: EpochFacts) -> EpochFacts:
        held, noticed = [*one.held, *one.held], [*one.noticed, *one.noticed]
        random.shuffle(held)  # type: ignore[attr-defined]
        random.shuffle(noticed)  # type: ignore[attr-defined]
        return replace(one, held=held, noticed=noticed)

    epochs = [shuffled(one) for one in found.epochs]
    random.shuffle(epochs)  # type: ignore[attr-defined]
    again = replace(found.facts, epochs=epochs)
    assert assess(again, may_still_come=True) == assess(found.facts, may_still_come=True)


@given(arrivals())
def test_what_is_covered_is_what_is_held_and_playable(found: Arrivals) -> None:
    held = [
        piece.interval for one in found.epochs if one.init for piece in one.held if piece.seq not in one.undecodable
    ]
    facts = found.facts
    due = (facts.due_from_ms, facts.due_to_ms)
    assessment = assess(facts, may_still_come=True)
    assert assessment.covered == clip(union(held, tolerance=TOLERANCE_MS), due)
    assert assessment.covered_ms == length(assessment.covered)


@given(arrivals())
def test_covered_time_and_gaps_never_overlap_and_make_up_the_due_time(found: Arrivals) -> None:
    facts = found.facts
    assessment = assess(facts, may_still_come=True)
    spans = sorted([*assessment.covered, *((gap.from_ms, gap.to_ms) for gap in assessment.gaps)])
    assert all(low < high for low, high in spans)
    edges = [(facts.due_from_ms, facts.due_from_ms), *spans, (facts.due_to_ms, facts.due_to_ms)]
    between = [later[0] - earlier[1] for earlier, later in itertools.pairwise(edges)]
    # Spaces of at most the tolerance do not count as gaps; nothing else is left out, and nothing counts twice.
    assert all(0 <= space <= TOLERANCE_MS for space in between)


@given(arrivals(), st.data())
def test_a_loss_never_adds_to_what_is_covered(found: Arrivals, data: st.DataObject) -> None:
    facts = found.facts
    fewer = [
        replace(one, held=data.draw(st.sampled_from([list(one.held[:k]) for k in range(len(one.held) + 1)])))
        for one in facts.epochs
    ]
    before = assess(facts, may_still_come=True)
    after = assess(replace(facts, epochs=fewer), may_still_come=True)
    assert after.covered_ms <= before.covered_ms
    assert clip(after.covered, (facts.due_from_ms, facts.due_to_ms)) == after.covered
    assert length([*before.covered, *after.covered]) == before.covered_ms


@given(arrivals())
def test_what_is_complete_lacks_no_number_that_is_known(found: Arrivals) -> None:
    verdict = assess(found.facts, may_still_come=True).verdict
    whole = bool(found.epochs) and all(
        one.declared is not None and not one.missing and (one.init or not one.declared) for one in found.epochs
    )
    assert (verdict in (Verdict.HELD, Verdict.COMPLETE)) is (found.over and whole)


@given(arrivals(), st.booleans(), st.data())
def test_one_new_fact_moves_a_verdict_as_the_table_says(found: Arrivals, late: bool, data: st.DataObject) -> None:
    before = found.facts
    changed = data.draw(st.sampled_from(["over", "late", "closed", "checked", "lost"]))
    after, still_later = before, late
    if changed == "over":
        after = replace(before, over=True)
    elif changed == "late":
        still_later = True
    else:
        which = data.draw(st.integers(0, max(0, len(before.epochs) - 1)))
        facts = {"closed": {"declared": 8}, "checked": {"checked": True}, "lost": {"held": []}}[changed]
        epochs = [replace(one, **facts) if index == which else one for index, one in enumerate(before.epochs)]
        after = replace(before, epochs=epochs)
    first = assess(before, may_still_come=not late).verdict
    assert assess(after, may_still_come=not still_later).verdict in VERDICT_MOVES[first]
