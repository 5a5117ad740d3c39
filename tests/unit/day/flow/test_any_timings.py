"""The same rules under whatever times an organiser sets, at moments that nobody thought of."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tests.unit.day.flow.timeline import BEFORE, MS, T0, undone
from zhishi.before.exams.rules import Timings, schedule_at
from zhishi.day.flow.rules import (
    Allowance,
    Facts,
    Page,
    PhoneDemand,
    Step,
    is_over,
    may_end,
    may_enter,
    may_read_paper,
    page_of,
    step_of,
)

_MOMENTS = st.integers(-3 * 3_600_000, 3 * 3_600_000).map(lambda ms: T0 + ms * MS)
_TIMINGS = st.builds(
    Timings,
    entry_opens_before_s=st.integers(1, 7200),
    login_closes_after_s=st.integers(0, 3600),
    answer_s=st.integers(1, 7200),
)


@st.composite
def attempts(draw: st.DrawFn) -> Facts:
    """An attempt in a sitting with any times, at any place on its way."""
    times = schedule_at(T0, draw(_TIMINGS))
    entered = draw(st.none() | st.just(times.entry_opens) | st.just(T0))
    ended = draw(st.none() | _MOMENTS) if entered is not None else None
    return Facts(
        entry_opens=times.entry_opens,
        starts=times.starts,
        login_closes=times.login_closes,
        ends=times.ends,
        entered_at=entered,
        ended_at=ended,
        departed_at=draw(st.none() | _MOMENTS) if ended is not None else None,
        phone=draw(st.sampled_from(PhoneDemand)),
        entry_until=draw(st.none() | _MOMENTS),
        devices_confirmed=draw(st.booleans()),
        **{name: draw(st.booleans()) for name in BEFORE},
    )


def _asked(facts: Facts, now: datetime) -> list[Allowance]:
    return [may_enter(facts, now), may_end(facts, now), may_read_paper(facts, now)]


@given(attempts(), _MOMENTS)
def test_entry_is_allowed_exactly_when_it_is_open_and_nothing_is_missing(facts: Facts, now: datetime) -> None:
    may = (
        facts.entered_at is None
        and facts.entry_opens <= now < facts.entry_closes
        and not undone(facts, now)
        and not is_over(facts, now)
    )
    assert may_enter(facts, now).allowed is may
    assert facts.entry_closes <= facts.ends


@given(attempts(), _MOMENTS)
def test_the_times_that_are_told_are_true(facts: Facts, now: datetime) -> None:
    for place, found in enumerate(_asked(facts, now)):
        assert found.allowed is (found.why is None)
        if found.allowed and found.until is not None:
            assert _asked(facts, found.until - MS)[place].allowed
            assert not _asked(facts, found.until)[place].allowed
        elif found.since is not None:
            assert not _asked(facts, found.since - MS)[place].allowed
            assert _asked(facts, found.since)[place].allowed


@given(attempts(), _MOMENTS, st.timedeltas(timedelta(0), timedelta(hours=3)))
def test_time_alone_never_moves_a_page_back(facts: Facts, now: datetime, later: timedelta) -> None:
    order = list(Page)
    assert order.index(page_of(facts, now)) <= order.index(page_of(facts, now + later))
    assert step_of(facts, now).number <= step_of(facts, now + later).number
    assert not is_over(facts, now) or is_over(facts, now + later)


@given(attempts(), _MOMENTS)
def test_the_question_is_on_the_page_exactly_while_the_paper_may_be_read(facts: Facts, now: datetime) -> None:
    """F9.1, F9.2: from T0 on whatever else was done or not, until the end."""
    at_home = facts.departed_at is not None
    assert (page_of(facts, now) is Page.ANSWERING) is (may_read_paper(facts, now).allowed and not at_home)


@given(attempts(), _MOMENTS)
def test_who_has_entered_is_never_led_back_before_entry(facts: Facts, now: datetime) -> None:
    after = step_of(facts, now).number > Step.ENTRY.number
    assert after is (facts.entered_at is not None)
