"""What a candidate may do, a millisecond before, at and after every boundary of the timeline."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhishi.before.exams.rules import Timings, schedule_at
from zhishi.day.flow.rules import (
    Allowance,
    Facts,
    Page,
    Step,
    WhyNot,
    is_late,
    is_over,
    may_end,
    may_enter,
    may_read_paper,
    page_of,
    step_of,
)

T0 = datetime(2026, 5, 16, 6, 0, tzinfo=UTC)
MS = timedelta(milliseconds=1)
TIMES = schedule_at(T0, Timings())

OUTSIDE = Facts(
    entry_opens=TIMES.entry_opens,
    starts=TIMES.starts,
    login_closes=TIMES.login_closes,
    ends=TIMES.ends,
    entered_at=None,
    ended_at=None,
    departed_at=None,
)
ENTERED = replace(OUTSIDE, entered_at=T0 - timedelta(minutes=3))
ENDED = replace(ENTERED, ended_at=T0 + timedelta(minutes=8))
DEPARTED = replace(ENDED, departed_at=T0 + timedelta(minutes=9))

EARLY = Allowance(False, WhyNot.ENTRY_NOT_OPEN, since=TIMES.entry_opens)
OPEN = Allowance(True, until=TIMES.login_closes)
CLOSED = Allowance(False, WhyNot.ENTRY_CLOSED)
OVER = Allowance(False, WhyNot.ALREADY_OVER)
NOT_STARTED = Allowance(False, WhyNot.NOT_STARTED, since=T0)
RUNNING = Allowance(True, until=TIMES.ends)


@pytest.mark.parametrize(
    ("moment", "allowance", "late"),
    [
        (TIMES.login_opens, EARLY, False),
        (TIMES.entry_opens - MS, EARLY, False),
        (TIMES.entry_opens, OPEN, False),
        (TIMES.entry_opens + MS, OPEN, False),
        (T0 - MS, OPEN, False),
        (T0, OPEN, True),
        (T0 + MS, OPEN, True),
        (TIMES.login_closes - MS, OPEN, True),
        (TIMES.login_closes, CLOSED, True),
        (TIMES.login_closes + MS, CLOSED, True),
        (TIMES.ends - MS, CLOSED, True),
        (TIMES.ends, OVER, True),
        (TIMES.ends + MS, OVER, True),
    ],
)
def test_entry_is_open_from_its_time_until_login_closes_and_late_from_t0(
    moment: datetime, allowance: Allowance, late: bool
) -> None:
    assert may_enter(OUTSIDE, moment) == allowance
    assert is_late(OUTSIDE, moment) is late


@pytest.mark.parametrize("moment", [TIMES.entry_opens, T0, TIMES.ends - MS])
def test_who_has_entered_cannot_enter_again(moment: datetime) -> None:
    assert may_enter(ENTERED, moment) == Allowance(False, WhyNot.ALREADY_ENTERED)


@pytest.mark.parametrize(
    ("moment", "allowance"),
    [(T0 - MS, NOT_STARTED), (T0, RUNNING), (T0 + MS, RUNNING), (TIMES.ends - MS, RUNNING), (TIMES.ends, OVER)],
)
def test_ending_and_reading_the_paper_are_allowed_from_t0_until_the_end(moment: datetime, allowance: Allowance) -> None:
    assert may_end(ENTERED, moment) == allowance
    assert may_read_paper(ENTERED, moment) == allowance


@pytest.mark.parametrize("moment", [T0 - MS, T0, TIMES.ends - MS, TIMES.ends])
def test_who_has_not_entered_can_neither_end_nor_read(moment: datetime) -> None:
    assert may_end(OUTSIDE, moment) == Allowance(False, WhyNot.NOT_ENTERED)
    assert may_read_paper(OUTSIDE, moment) == Allowance(False, WhyNot.NOT_ENTERED)


@pytest.mark.parametrize("moment", [T0, T0 + timedelta(minutes=8), TIMES.ends - MS])
def test_after_an_early_end_nothing_is_allowed_any_more(moment: datetime) -> None:
    assert may_enter(ENDED, moment) == may_end(ENDED, moment) == may_read_paper(ENDED, moment) == OVER


@pytest.mark.parametrize(
    ("facts", "moment", "page", "step"),
    [
        (OUTSIDE, TIMES.login_opens, Page.ENTRY, Step.ENTRY),
        (OUTSIDE, TIMES.login_closes, Page.ENTRY, Step.ENTRY),
        (OUTSIDE, TIMES.ends - MS, Page.ENTRY, Step.ENTRY),
        (OUTSIDE, TIMES.ends, Page.HOME, Step.ENTRY),
        (ENTERED, T0 - MS, Page.COUNTDOWN, Step.ANSWERING),
        (ENTERED, T0, Page.ANSWERING, Step.ANSWERING),
        (ENTERED, TIMES.ends - MS, Page.ANSWERING, Step.ANSWERING),
        (ENTERED, TIMES.ends, Page.UPLOAD, Step.ENDING),
        (ENDED, T0 + timedelta(minutes=8), Page.UPLOAD, Step.ENDING),
        (ENDED, TIMES.ends + timedelta(days=1), Page.UPLOAD, Step.ENDING),
        (DEPARTED, TIMES.ends - MS, Page.HOME, Step.ENDING),
        (DEPARTED, TIMES.ends + timedelta(days=1), Page.HOME, Step.ENDING),
    ],
)
def test_every_moment_has_its_page_and_step(facts: Facts, moment: datetime, page: Page, step: Step) -> None:
    assert page_of(facts, moment) is page
    assert step_of(facts, moment) is step


def test_the_ten_steps_are_numbered_in_their_order() -> None:
    assert [step.number for step in Step] == list(range(1, 11))
    assert (Step.ENTRY.number, Step.ANSWERING.number, Step.ENDING.number) == (7, 9, 10)


_MOMENTS = st.integers(-40 * 60_000, 100 * 60_000).map(lambda ms: T0 + ms * MS)
_FACTS = st.sampled_from([OUTSIDE, ENTERED, ENDED, DEPARTED])


@given(_FACTS, _MOMENTS)
def test_whatever_is_refused_says_why_and_whatever_is_allowed_says_until_when(facts: Facts, moment: datetime) -> None:
    for allowance in (may_enter(facts, moment), may_end(facts, moment), may_read_paper(facts, moment)):
        assert allowance.allowed is (allowance.why is None)
        assert allowance.allowed is (allowance.until is not None)
        assert allowance.until is None or allowance.until > moment
        assert allowance.since is None or allowance.since > moment


@given(_FACTS, _MOMENTS, _MOMENTS)
def test_what_is_over_stays_over(facts: Facts, one: datetime, other: datetime) -> None:
    assert is_over(facts, max(one, other)) or not is_over(facts, min(one, other))
