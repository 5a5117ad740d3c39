"""The candidate's line by example, with the numbers of the requirements."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.unit.day.flow.timeline import (
    DECIDED,
    DEPARTED,
    ENDED,
    ENTERED,
    LEFT_AT_THE_END,
    MS,
    NEW,
    READY,
    T0,
    TIMES,
)
from zhishi.before.exams.rules import REHEARSAL_ANSWER_S, REHEARSAL_LEAD_S, Timings, rehearsal_schedule, schedule_at
from zhishi.day.flow.rules import (
    Allowance,
    Facts,
    Page,
    PhoneDemand,
    Step,
    WhyNot,
    copies_released,
    is_late,
    may_bind,
    may_confirm_devices,
    may_do,
    may_draw,
    may_end,
    may_enter,
    may_pass_binding,
    may_read_paper,
    may_stop_phone,
    page_of,
    step_of,
)

MINUTE = timedelta(minutes=1)
EARLY = Allowance(False, WhyNot.ENTRY_NOT_OPEN, since=TIMES.entry_opens)
OPEN = Allowance(True, until=TIMES.login_closes)
CLOSED = Allowance(False, WhyNot.ENTRY_CLOSED)
OVER = Allowance(False, WhyNot.ALREADY_OVER)
NOT_STARTED = Allowance(False, WhyNot.NOT_STARTED, since=T0)
RUNNING = Allowance(True, until=TIMES.ends)
CONFIRMED = replace(ENTERED, devices_confirmed=True)


def missing(step: Step) -> Allowance:
    return Allowance(False, WhyNot.STEPS_MISSING, until=TIMES.login_closes, step=step)


def test_the_ten_steps_are_numbered_in_their_order() -> None:
    assert [step.number for step in Step] == list(range(1, 11))
    assert [step.number for step in (Step.FACE_LOGIN, Step.BINDING, Step.LOT, Step.ENTRY)] == [2, 4, 5, 7]
    assert (Step.DEVICES_CONFIRMED.number, Step.ANSWERING.number, Step.ENDING.number) == (8, 9, 10)


@pytest.mark.parametrize(
    ("moment", "allowance", "late"),
    [
        (TIMES.login_opens, EARLY, False),
        (TIMES.entry_opens - MS, EARLY, False),
        (TIMES.entry_opens, OPEN, False),  # F7.1
        (T0 - MS, OPEN, False),
        (T0, OPEN, True),
        (TIMES.login_closes - MS, OPEN, True),
        (TIMES.login_closes, CLOSED, True),  # F9.4
        (TIMES.ends - MS, CLOSED, True),
        (TIMES.ends, OVER, True),
    ],
)
def test_entry_is_open_from_its_time_until_login_closes_and_late_from_t0(
    moment: datetime, allowance: Allowance, late: bool
) -> None:
    assert may_enter(READY, moment) == allowance
    assert is_late(READY, moment) is late


def test_a_candidate_walks_from_step_to_step() -> None:
    """F1 to F7: each step is where the candidate is until it is done, and entry names it as what is missing."""
    now, facts = TIMES.entry_opens, NEW
    walk: list[tuple[dict[str, Any], Step, Page]] = [
        ({}, Step.DEVICES_PREPARED, Page.PREPARATION),
        ({"prepared": True}, Step.PROCEDURE, Page.PROCEDURE),
        ({"procedure_read": True}, Step.BINDING, Page.BINDING),
        ({"phone_bound": True}, Step.LOT, Page.LOT),
        ({"lot_drawn": True}, Step.ATTACHMENTS, Page.ATTACHMENTS),
    ]
    for done, step, page in walk:
        facts = replace(facts, **done)
        assert (step_of(facts, now), page_of(facts, now)) == (step, page)
        assert may_enter(facts, now) == missing(step)
    facts = replace(facts, attachments_read=True)
    assert (step_of(facts, now), page_of(facts, now), may_enter(facts, now)) == (Step.ENTRY, Page.ENTRY, OPEN)


def test_a_late_candidate_gets_in_until_five_minutes_after_t0() -> None:
    """F9.4: who is ready a minute after T0 enters, late; six minutes after it, nobody does."""
    facts = replace(READY, lot_drawn=False)
    assert may_enter(facts, T0 - MS) == missing(Step.LOT)
    assert may_enter(facts, T0 + MINUTE) == OPEN  # F5.2: nobody loses time over cards after T0
    assert is_late(facts, T0 + MINUTE)
    assert may_enter(facts, T0 + 6 * MINUTE) == CLOSED
    assert page_of(facts, T0 + 6 * MINUTE) is Page.ENTRY
    assert page_of(facts, TIMES.ends) is Page.HOME


def test_who_is_late_still_does_every_other_step() -> None:
    """F3, F4, F6: lateness lifts the draw only."""
    undone: dict[Step, dict[str, Any]] = {
        Step.PROCEDURE: {"procedure_read": False},
        Step.BINDING: {"binding_passed": False},
        Step.ATTACHMENTS: {"attachments_read": False},
    }
    for step, without in undone.items():
        assert may_enter(replace(READY, **without), T0 + MINUTE) == missing(step)


def test_a_request_made_in_time_enters_when_staff_have_decided() -> None:
    """F2.3: however long staff take; and the end stays where it is (R10)."""
    facts = replace(READY, entry_until=T0 + 10 * MINUTE)
    assert may_enter(facts, T0 + 9 * MINUTE) == Allowance(True, until=T0 + 10 * MINUTE)
    assert may_enter(facts, T0 + 10 * MINUTE) == CLOSED
    entered = replace(facts, entered_at=T0 + 9 * MINUTE)
    assert may_end(entered, T0 + 9 * MINUTE) == RUNNING


@pytest.mark.parametrize(
    ("until", "closes"),
    [
        (None, TIMES.login_closes),
        (T0 + 4 * MINUTE, TIMES.login_closes),  # nobody's time becomes shorter by a decision
        (DECIDED, DECIDED),
        (TIMES.ends, TIMES.ends),
        (T0 + 20 * MINUTE, TIMES.ends),  # R10
    ],
)
def test_entry_closes_with_login_or_later_by_decision_but_never_after_the_end(
    until: datetime | None, closes: datetime
) -> None:
    assert replace(READY, entry_until=until).entry_closes == closes


def test_a_sitting_shorter_than_the_login_window_closes_entry_with_its_end() -> None:
    times = schedule_at(T0, Timings(answer_s=120))
    facts = replace(READY, login_closes=times.login_closes, ends=times.ends)
    assert may_enter(facts, T0 + 2 * MINUTE - MS) == Allowance(True, until=T0 + 2 * MINUTE)
    assert may_enter(facts, T0 + 2 * MINUTE) == OVER


@pytest.mark.parametrize(
    ("known", "done"),
    [
        ({"phone": PhoneDemand.OFF}, True),
        ({"phone": PhoneDemand.ADVISED}, False),
        ({"phone": PhoneDemand.ADVISED, "binding_passed": True}, True),
        ({"phone": PhoneDemand.ADVISED, "phone_bound": True}, True),
        ({"phone": PhoneDemand.REQUIRED, "phone_bound": True}, True),
        ({"phone": PhoneDemand.REQUIRED, "binding_passed": True}, False),
        ({"phone": PhoneDemand.REQUIRED, "phone_waived": True}, True),
    ],
)
def test_a_missing_phone_means_what_the_organiser_says(known: dict[str, Any], done: bool) -> None:
    """F4, R7: staff can lift the demand from one candidate."""
    facts = replace(replace(READY, binding_passed=False), **known)
    assert may_enter(facts, TIMES.entry_opens) == (OPEN if done else missing(Step.BINDING))


def test_a_required_phone_cannot_be_passed_by_unless_it_was_waived() -> None:
    at_binding = replace(READY, binding_passed=False, phone=PhoneDemand.REQUIRED)
    now = TIMES.entry_opens
    assert may_pass_binding(at_binding, now) == Allowance(False, WhyNot.PHONE_REQUIRED)
    assert may_pass_binding(replace(at_binding, phone_waived=True), now) == OPEN
    assert may_pass_binding(replace(at_binding, phone=PhoneDemand.ADVISED), now) == OPEN


def test_a_phone_is_bound_from_step_four_until_the_end() -> None:
    """F4: a first phone is welcome at any time, also while answering."""
    assert may_bind(replace(NEW, prepared=True), TIMES.login_opens, rebind_allowed=False) == missing(Step.PROCEDURE)
    at_binding = replace(NEW, prepared=True, procedure_read=True)
    assert may_bind(at_binding, TIMES.login_opens, rebind_allowed=False) == OPEN
    for now in (TIMES.entry_opens, T0, TIMES.ends - MS):
        assert may_bind(ENTERED, now, rebind_allowed=False) == RUNNING
    assert may_bind(ENTERED, TIMES.ends, rebind_allowed=True) == OVER
    assert may_bind(ENDED, T0 + 2 * MINUTE, rebind_allowed=True) == OVER


def test_before_entry_another_phone_may_replace_the_first_and_after_it_with_leave_only() -> None:
    bound = replace(READY, phone_bound=True)
    assert may_bind(bound, TIMES.entry_opens, rebind_allowed=False) == OPEN
    entered = replace(bound, entered_at=TIMES.entry_opens)
    refused = Allowance(False, WhyNot.STAFF_NEEDED, until=TIMES.ends)
    assert may_bind(entered, T0, rebind_allowed=False) == refused
    assert may_bind(entered, T0, rebind_allowed=True) == RUNNING


def test_where_no_phone_is_wanted_none_is_bound() -> None:
    facts = replace(READY, phone=PhoneDemand.OFF)
    assert may_bind(facts, TIMES.entry_opens, rebind_allowed=True) == Allowance(False, WhyNot.ALREADY_DONE)


def test_one_draw_only_but_who_passed_may_still_draw() -> None:
    """F5.1."""
    now = TIMES.entry_opens
    assert may_draw(READY, now) == Allowance(False, WhyNot.ALREADY_DONE)
    assert may_draw(replace(READY, lot_drawn=False, lot_passed=True), now) == OPEN
    assert may_draw(replace(READY, lot_drawn=False), T0 + MINUTE) == OPEN
    assert may_draw(replace(READY, lot_drawn=False), TIMES.login_closes) == CLOSED
    assert may_draw(replace(ENTERED, lot_drawn=False), T0) == Allowance(False, WhyNot.ALREADY_ENTERED)


@pytest.mark.parametrize("step", [Step.DEVICES_PREPARED, Step.PROCEDURE, Step.LOT, Step.ATTACHMENTS])
def test_what_is_done_can_be_done_again_before_entry_only(step: Step) -> None:
    assert may_do(READY, step, TIMES.entry_opens) == OPEN
    assert may_do(ENTERED, step, TIMES.entry_opens) == Allowance(False, WhyNot.ALREADY_ENTERED)


@pytest.mark.parametrize(
    ("facts", "moment", "page", "step"),
    [
        (NEW, TIMES.login_opens, Page.PREPARATION, Step.DEVICES_PREPARED),
        (NEW, TIMES.login_closes - MS, Page.PREPARATION, Step.DEVICES_PREPARED),
        (NEW, TIMES.login_closes, Page.ENTRY, Step.ENTRY),
        (READY, TIMES.login_opens, Page.ENTRY, Step.ENTRY),
        (READY, TIMES.ends - MS, Page.ENTRY, Step.ENTRY),
        (READY, TIMES.ends, Page.HOME, Step.ENTRY),
        (ENTERED, TIMES.entry_opens, Page.DEVICES, Step.DEVICES_CONFIRMED),
        (ENTERED, T0 - MS, Page.DEVICES, Step.DEVICES_CONFIRMED),
        (ENTERED, T0, Page.ANSWERING, Step.ANSWERING),  # F9.1: the question appears by itself
        (CONFIRMED, T0 - MS, Page.COUNTDOWN, Step.ANSWERING),
        (CONFIRMED, T0, Page.ANSWERING, Step.ANSWERING),
        (CONFIRMED, TIMES.ends - MS, Page.ANSWERING, Step.ANSWERING),
        (CONFIRMED, TIMES.ends, Page.UPLOAD, Step.ENDING),  # F10.1
        (ENDED, T0 + MINUTE, Page.UPLOAD, Step.ENDING),  # F9.10
        (ENDED, TIMES.ends + timedelta(days=1), Page.UPLOAD, Step.ENDING),
        (DEPARTED, T0 + 2 * MINUTE, Page.HOME, Step.ENDING),  # F10.2
        (LEFT_AT_THE_END, TIMES.ends, Page.HOME, Step.ENDING),
        (DEPARTED, TIMES.ends + timedelta(days=1), Page.HOME, Step.ENDING),
    ],
)
def test_every_moment_has_its_page_and_step(facts: Facts, moment: datetime, page: Page, step: Step) -> None:
    assert page_of(facts, moment) is page
    assert step_of(facts, moment) is step


@pytest.mark.parametrize(
    ("moment", "allowance"),
    [(T0 - MS, NOT_STARTED), (T0, RUNNING), (TIMES.ends - MS, RUNNING), (TIMES.ends, OVER)],
)
def test_ending_and_reading_the_paper_are_allowed_from_t0_until_the_end(moment: datetime, allowance: Allowance) -> None:
    """D2, F9.2, F9.10; whether the devices were confirmed or not (F8)."""
    for facts in (ENTERED, CONFIRMED):
        assert may_end(facts, moment) == allowance
        assert may_read_paper(facts, moment) == allowance


def test_devices_are_confirmed_from_entry_until_the_end_as_often_as_needed() -> None:
    """F8.1."""
    assert may_confirm_devices(READY, T0) == Allowance(False, WhyNot.NOT_ENTERED)
    for facts in (ENTERED, CONFIRMED):
        assert may_confirm_devices(facts, T0 - MS) == may_confirm_devices(facts, TIMES.ends - MS) == RUNNING
        assert may_confirm_devices(facts, TIMES.ends) == OVER


def test_who_has_not_entered_can_neither_end_nor_read() -> None:
    for moment in (T0 - MS, T0, TIMES.ends - MS, TIMES.ends):
        assert may_end(READY, moment) == may_read_paper(READY, moment) == Allowance(False, WhyNot.NOT_ENTERED)


def test_after_an_early_end_nothing_is_allowed_but_stopping_the_phone() -> None:
    for moment in (T0 + MINUTE, TIMES.ends - MS, TIMES.ends):
        assert may_enter(ENDED, moment) == may_end(ENDED, moment) == may_read_paper(ENDED, moment) == OVER
        assert may_confirm_devices(ENDED, moment) == OVER
        assert may_stop_phone(ENDED, moment) == Allowance(True)


def test_the_phone_records_until_the_candidates_end() -> None:
    """F4.4: without a break, until it is stopped by hand after the interview."""
    for facts in (READY, ENTERED, CONFIRMED):
        assert may_stop_phone(facts, TIMES.ends - MS) == Allowance(False, WhyNot.NOT_OVER, since=TIMES.ends)
        assert may_stop_phone(facts, TIMES.ends) == Allowance(True)


def rehearsed(began: datetime, entered: datetime | None) -> Facts:
    times = rehearsal_schedule(began, entered, Timings())
    return replace(
        READY,
        entry_opens=times.entry_opens,
        starts=times.starts,
        login_closes=times.login_closes,
        ends=times.ends,
        entered_at=entered,
    )


def test_a_rehearsal_waits_for_its_candidate() -> None:
    """F1.2: entry is open from login on, for two hours, and needs the same steps as the exam."""
    began = T0 - timedelta(days=3)
    facts = rehearsed(began, None)
    closes = began + timedelta(hours=2)
    for now in (began, began + 45 * MINUTE, closes - MS):
        assert may_enter(facts, now) == Allowance(True, until=closes)
        assert may_enter(replace(facts, lot_drawn=False), now).step is Step.LOT
        assert not is_late(facts, now)
    assert may_enter(facts, closes) == CLOSED


def test_a_rehearsals_t0_follows_its_entry() -> None:
    began = T0 - timedelta(days=3)
    entered = began + 17 * MINUTE
    facts = rehearsed(began, entered)
    starts = entered + timedelta(seconds=REHEARSAL_LEAD_S)
    ends = starts + timedelta(seconds=REHEARSAL_ANSWER_S)
    pages = [page_of(facts, now) for now in (entered, starts - MS, starts, ends - MS, ends)]
    assert pages == [Page.DEVICES, Page.DEVICES, Page.ANSWERING, Page.ANSWERING, Page.UPLOAD]
    assert page_of(replace(facts, devices_confirmed=True), starts - MS) is Page.COUNTDOWN
    assert may_end(facts, starts) == Allowance(True, until=ends)


@pytest.mark.parametrize(
    ("over", "rehearsal", "published", "may"),
    [
        (False, False, False, False),
        (False, False, True, False),
        (False, True, False, False),
        (False, True, True, False),
        (True, False, False, False),
        (True, False, True, True),
        (True, True, False, True),
        (True, True, True, True),
    ],
)
def test_copies_stay_until_results_are_published_and_those_of_a_rehearsal_until_its_end(
    over: bool, rehearsal: bool, published: bool, may: bool
) -> None:
    assert copies_released(over=over, rehearsal=rehearsal, published=published) is may
