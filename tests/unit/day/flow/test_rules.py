"""The rules of the flow, asked about everything that can be known at every boundary of the timeline.

What is sampled here is nothing: every combination of facts, a millisecond before, at and after each boundary.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import pairwise, product
from typing import Any

import pytest

from tests.unit.day.flow.timeline import (
    ENTRY_UNTIL,
    LIVES,
    MOMENTS,
    MS,
    OUTSIDE,
    T0,
    TIMES,
    Life,
    gathered,
    undone,
)
from zhishi.day.flow.rules import (
    BEFORE_ENTRY,
    Allowance,
    Facts,
    Page,
    PhoneDemand,
    Step,
    WhyNot,
    is_late,
    is_over,
    may_allow_rebinding,
    may_bind,
    may_confirm_devices,
    may_do,
    may_draw,
    may_end,
    may_enter,
    may_pass_binding,
    may_read_paper,
    may_stop_phone,
    may_waive,
    page_of,
    step_of,
)

Ask = Callable[[Facts, datetime], Allowance]

# Which pages belong to which step; a real sitting's home page may come at any of the steps at which it can be missed.
PAGES = {
    Step.DEVICES_PREPARED: {Page.PREPARATION},
    Step.PROCEDURE: {Page.PROCEDURE},
    Step.BINDING: {Page.BINDING},
    Step.LOT: {Page.LOT},
    Step.ATTACHMENTS: {Page.ATTACHMENTS},
    Step.ENTRY: {Page.ENTRY, Page.HOME},
    Step.DEVICES_CONFIRMED: {Page.DEVICES},
    Step.ANSWERING: {Page.COUNTDOWN, Page.ANSWERING},
    Step.ENDING: {Page.UPLOAD, Page.HOME},
}

ASKED: dict[str, Ask] = {
    "prepare": lambda facts, now: may_do(facts, Step.DEVICES_PREPARED, now),
    "read the procedure": lambda facts, now: may_do(facts, Step.PROCEDURE, now),
    "pass binding": may_pass_binding,
    "draw": may_draw,
    "read the attachments": lambda facts, now: may_do(facts, Step.ATTACHMENTS, now),
    "bind": lambda facts, now: may_bind(facts, now, rebind_allowed=False),
    "bind with leave": lambda facts, now: may_bind(facts, now, rebind_allowed=True),
    "enter": may_enter,
    "confirm the devices": may_confirm_devices,
    "read the paper": may_read_paper,
    "end": may_end,
    "stop the phone": may_stop_phone,
    "waive the phone": may_waive,
    "allow another phone": may_allow_rebinding,
}
BY_NAME = pytest.mark.parametrize("ask", ASKED.values(), ids=ASKED.keys())


# What may still happen to somebody who could enter.
MORE: list[dict[str, Any]] = [
    {"phone_bound": True},
    {"phone_waived": True},
    {"lot_drawn": True},
    {"lot_passed": True},
]


def everything() -> list[tuple[Facts, Sequence[datetime]]]:
    """Whoever is outside in every combination, and every life after entry with every phone."""
    inside = [
        (replace(life.facts, phone=phone, phone_bound=bound), life.moments)
        for life, phone, bound in product(LIVES, PhoneDemand, (False, True))
    ]
    return [*((facts, MOMENTS) for facts in OUTSIDE), *inside]


EVERYTHING = everything()


def test_the_grid_is_as_large_as_it_says() -> None:
    assert len(OUTSIDE) == 3 * 4 * 2**8
    assert len(MOMENTS) == 3 * 7 + 2
    assert len(LIVES) == 4 * 2


def test_every_moment_has_one_page_that_belongs_to_its_step() -> None:
    for facts, moments in EVERYTHING:
        for now in moments:
            page, step = page_of(facts, now), step_of(facts, now)
            assert page in PAGES[step], (facts, now)


def test_who_is_outside_is_at_the_first_step_that_is_not_done() -> None:
    for facts in OUTSIDE:
        for now in MOMENTS:
            # F9.4: after the time for entering nothing that lies before it can matter any more.
            missing = undone(facts, now) if now < facts.entry_closes else []
            assert step_of(facts, now) is (missing[0] if missing else Step.ENTRY), (facts, now)


def test_time_alone_never_moves_a_page_or_a_step_back() -> None:
    order = list(Page)
    for facts, moments in EVERYTHING:
        pages = [order.index(page_of(facts, now)) for now in moments]
        steps = [step_of(facts, now).number for now in moments]
        assert pages == sorted(pages), facts
        assert steps == sorted(steps), facts


def test_entry_is_allowed_exactly_when_it_is_open_and_nothing_is_missing() -> None:
    """F7.1 and F9.4; and that no step before entry can be skipped (F1, F3, F4, F5, F6)."""
    for facts in OUTSIDE:
        for now in MOMENTS:
            allowance = may_enter(facts, now)
            is_open = TIMES.entry_opens <= now < facts.entry_closes
            assert allowance.allowed is (is_open and not undone(facts, now)), (facts, now)


def test_what_keeps_from_entering_is_said_in_the_order_in_which_it_can_be_mended() -> None:
    for facts in OUTSIDE:
        for now in MOMENTS:
            missing = undone(facts, now)
            if now >= TIMES.ends:
                expected = Allowance(False, WhyNot.ALREADY_OVER)
            elif now >= facts.entry_closes:
                expected = Allowance(False, WhyNot.ENTRY_CLOSED)
            elif missing:
                expected = Allowance(False, WhyNot.STEPS_MISSING, until=facts.entry_closes, step=missing[0])
            elif now < TIMES.entry_opens:
                expected = Allowance(False, WhyNot.ENTRY_NOT_OPEN, since=TIMES.entry_opens)
            else:
                expected = Allowance(True, until=facts.entry_closes)
            assert may_enter(facts, now) == expected, (facts, now)


@pytest.mark.parametrize("step", BEFORE_ENTRY)
def test_a_step_can_be_done_once_all_before_it_are_and_until_entry_closes(step: Step) -> None:
    before = set(BEFORE_ENTRY[: BEFORE_ENTRY.index(step)])
    for facts in OUTSIDE:
        for now in MOMENTS:
            allowance = may_do(facts, step, now)
            missing = [one for one in undone(facts, now) if one in before]
            assert allowance.allowed is (now < facts.entry_closes and not missing), (facts, now)
            if missing and now < facts.entry_closes:
                assert (allowance.why, allowance.step) == (WhyNot.STEPS_MISSING, missing[0]), (facts, now)


def test_the_step_that_a_candidate_is_at_can_always_be_done() -> None:
    """Nobody stands before a page whose only button is refused, but for the phone that an exam insists on."""
    for facts in OUTSIDE:
        for now in MOMENTS:
            step = step_of(facts, now)
            if step is Step.BINDING:
                assert may_bind(facts, now, rebind_allowed=False).allowed, (facts, now)
            elif step is Step.LOT:
                assert may_draw(facts, now).allowed, (facts, now)
            elif step in BEFORE_ENTRY:
                assert may_do(facts, step, now).allowed, (facts, now)


@BY_NAME
def test_whatever_is_asked_is_allowed_or_refused_with_a_reason(ask: Ask) -> None:
    for facts, moments in EVERYTHING:
        for now in moments:
            found = ask(facts, now)
            assert found.allowed is (found.why is None), (facts, now)
            assert (found.step is not None) is (found.why is WhyNot.STEPS_MISSING), (facts, now)
            assert found.since is None or not found.allowed, (facts, now)


@BY_NAME
def test_until_and_since_are_true(ask: Ask) -> None:
    """Allowed until then and not after; refused before since, and allowed at it. Other facts stay as they are."""
    for facts, moments in EVERYTHING:
        for now in moments:
            found = ask(facts, now)
            assert found.until is None or found.until > now, (facts, now)
            if found.allowed and found.until is not None:
                assert ask(facts, found.until - MS).allowed, (facts, now)
                assert not ask(facts, found.until).allowed, (facts, now)
            elif found.since is not None:
                assert found.since > now, (facts, now)
                assert not ask(facts, found.since - MS).allowed, (facts, now)
                assert ask(facts, found.since).allowed, (facts, now)


@BY_NAME
def test_what_is_allowed_without_an_end_stays_allowed(ask: Ask) -> None:
    for facts, moments in EVERYTHING:
        for now, later in pairwise(moments):
            found = ask(facts, now)
            if found.allowed and found.until is None:
                assert ask(facts, later).allowed, (facts, now)


@BY_NAME
def test_what_is_allowed_once_is_allowed_without_a_hole(ask: Ask) -> None:
    """Time alone opens and closes everything at most once."""
    for facts, moments in EVERYTHING:
        answers = [ask(facts, now).allowed for now in moments]
        turns = sum(one is not other for one, other in pairwise([False, *answers, False]))
        assert turns <= 2, facts


@pytest.mark.parametrize("life", LIVES)
def test_after_entry_only_the_clock_the_devices_the_end_and_the_departure_matter(life: Life) -> None:
    asks = (may_enter, may_confirm_devices, may_read_paper, may_end, may_stop_phone)

    def answers(facts: Facts) -> list[object]:
        return [
            (page_of(facts, now), step_of(facts, now), is_over(facts, now), [ask(facts, now) for ask in asks])
            for now in life.moments
        ]

    usual = answers(life.facts)
    for facts in gathered(life.facts):
        assert answers(facts) == usual, facts


@pytest.mark.parametrize("life", LIVES)
def test_after_entry_no_step_before_it_can_be_done_any_more(life: Life) -> None:
    for facts in gathered(life.facts):
        assert may_do(facts, Step.ATTACHMENTS, life.moments[0]).why is WhyNot.ALREADY_ENTERED
        assert not may_draw(facts, life.moments[0]).allowed
        assert not may_pass_binding(facts, life.moments[0]).allowed
        assert not may_enter(facts, life.moments[0]).allowed


def test_the_end_is_the_same_for_everyone() -> None:
    """R10: whenever and however somebody entered, answering is over at one moment, or before it by their own hand."""
    entries = [at for at in MOMENTS if TIMES.entry_opens <= at < TIMES.ends]
    for at, until in product(entries, ENTRY_UNTIL):
        facts = replace(LIVES[0].facts, entered_at=at, entry_until=until)
        assert not is_over(facts, TIMES.ends - MS)
        assert is_over(facts, TIMES.ends)
        for ask in (may_end, may_read_paper, may_confirm_devices):
            assert ask(facts, TIMES.ends - MS) == Allowance(True, until=TIMES.ends)
            assert ask(facts, TIMES.ends) == Allowance(False, WhyNot.ALREADY_OVER)
    for facts in OUTSIDE:
        assert facts.entry_closes <= TIMES.ends
        assert not is_over(facts, TIMES.ends - MS)
        assert is_over(facts, TIMES.ends)


def test_the_paper_is_read_and_ended_from_t0_until_the_own_end_only() -> None:
    """D2 and F9.10."""
    for facts, moments in EVERYTHING:
        for now in moments:
            own_end = min(facts.ended_at or TIMES.ends, TIMES.ends)
            running = facts.entered_at is not None and T0 <= now < own_end
            assert may_read_paper(facts, now).allowed is running, (facts, now)
            assert may_end(facts, now).allowed is running, (facts, now)


def test_losing_the_phone_never_blocks_entry() -> None:
    """F4.6: what is known is that a phone was bound once; there is no fact by which its loss could be told."""
    bound = [facts for facts in OUTSIDE if facts.phone_bound]
    for facts in bound:
        for now in MOMENTS:
            assert Step.BINDING not in {step_of(facts, now), may_enter(facts, now).step}, (facts, now)
    assert len(bound) == len(OUTSIDE) / 2


def test_more_done_never_means_less_allowed() -> None:
    """Doing one more thing before entry never takes entry away."""
    for facts in OUTSIDE:
        for now in (TIMES.entry_opens, T0 - MS, T0, TIMES.login_closes - MS):
            if may_enter(facts, now).allowed:
                for more in MORE:
                    assert may_enter(replace(facts, **more), now).allowed, (facts, now, more)


def test_late_is_who_enters_from_t0_on() -> None:
    for facts in OUTSIDE[:: len(OUTSIDE) // 16]:
        assert [is_late(facts, now) for now in MOMENTS] == [now >= T0 for now in MOMENTS]
