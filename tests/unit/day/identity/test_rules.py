"""Which sitting a login means, and when it is refused before any face is looked at."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from zhishi.before.exams.rules import Timings, schedule_at
from zhishi.day.identity.rules import (
    GRANT_LEAVES,
    GRANT_LIVES,
    Admission,
    Candidacy,
    Grant,
    Standing,
    VerificationState,
    admit,
    admit_granted,
    choose_candidacy,
    may_become,
)

T0 = datetime(2026, 5, 16, 6, 0, tzinfo=UTC)
MS = timedelta(milliseconds=1)
TIMES = schedule_at(T0, Timings())
HERE, THERE = "device-here", "device-there"

NEW = None
LOGGED_IN_HERE = Standing(HERE, logged_in=True, entered=False)
LOGGED_OUT_HERE = Standing(HERE, logged_in=False, entered=False)
LOGGED_IN_THERE = Standing(THERE, logged_in=True, entered=False)
LOGGED_OUT_THERE = Standing(THERE, logged_in=False, entered=False)
ENTERED_HERE = Standing(HERE, logged_in=True, entered=True)
ENTERED_HERE_LOGGED_OUT = Standing(HERE, logged_in=False, entered=True)
ENTERED_THERE = Standing(THERE, logged_in=True, entered=True)
ENTERED_THERE_LOGGED_OUT = Standing(THERE, logged_in=False, entered=True)


def _admit(standing: Standing | None, moment: datetime, *, take_over: bool = False) -> Admission:
    return admit(TIMES, standing, device_id=HERE, take_over=take_over, now=moment)


@pytest.mark.parametrize(
    ("moment", "admission"),
    [
        (TIMES.login_opens - MS, Admission.NOT_OPEN),
        (TIMES.login_opens, Admission.GRANTED),
        (T0, Admission.GRANTED),
        (TIMES.login_closes - MS, Admission.GRANTED),
        (TIMES.login_closes, Admission.CLOSED),
        (TIMES.ends, Admission.CLOSED),
    ],
)
@pytest.mark.parametrize("standing", [NEW, LOGGED_IN_HERE, LOGGED_OUT_HERE])
def test_a_login_is_granted_within_its_window_only(
    standing: Standing | None, moment: datetime, admission: Admission
) -> None:
    assert _admit(standing, moment) is admission


@pytest.mark.parametrize("standing", [ENTERED_HERE, ENTERED_HERE_LOGGED_OUT])
@pytest.mark.parametrize("moment", [T0, TIMES.login_closes, TIMES.ends - MS, TIMES.phone_until + timedelta(days=1)])
def test_an_entered_attempt_resumes_on_its_device_whenever(standing: Standing, moment: datetime) -> None:
    assert _admit(standing, moment) is Admission.GRANTED


@pytest.mark.parametrize("moment", [TIMES.login_opens, T0, TIMES.login_closes - MS])
def test_a_second_device_is_asked_to_confirm_before_entry(moment: datetime) -> None:
    assert _admit(LOGGED_IN_THERE, moment) is Admission.ELSEWHERE
    assert _admit(LOGGED_IN_THERE, moment, take_over=True) is Admission.GRANTED


def test_a_device_that_has_logged_out_need_not_be_taken_over() -> None:
    assert _admit(LOGGED_OUT_THERE, T0) is Admission.GRANTED


@pytest.mark.parametrize("standing", [ENTERED_THERE, ENTERED_THERE_LOGGED_OUT])
@pytest.mark.parametrize("take_over", [False, True])
def test_after_entry_no_other_device_gets_in_by_itself(standing: Standing, take_over: bool) -> None:
    assert _admit(standing, T0, take_over=take_over) is Admission.MOVED_AFTER_ENTRY
    assert _admit(standing, TIMES.login_closes, take_over=take_over) is Admission.MOVED_AFTER_ENTRY
    assert _admit(replace(standing, over=True), TIMES.ends, take_over=take_over) is Admission.CLOSED


@pytest.mark.parametrize("moment", [T0 - MS, TIMES.login_closes, TIMES.ends - MS])
def test_another_device_takes_over_what_was_entered_while_staff_allow_it(moment: datetime) -> None:
    allowed = replace(ENTERED_THERE, move_allowed_until=moment + MS)
    assert _admit(allowed, moment) is Admission.GRANTED
    assert _admit(replace(allowed, move_allowed_until=moment), moment) is Admission.MOVED_AFTER_ENTRY


def test_nothing_is_moved_after_the_end() -> None:
    allowed = replace(ENTERED_THERE, over=True, move_allowed_until=TIMES.ends + timedelta(hours=1))
    assert _admit(allowed, T0) is Admission.MOVED_AFTER_ENTRY, "ended early: the login window is still open"
    assert _admit(allowed, TIMES.ends) is Admission.CLOSED


@pytest.mark.parametrize("standing", [LOGGED_IN_HERE, LOGGED_OUT_HERE, LOGGED_OUT_THERE])
def test_who_was_given_more_time_to_enter_is_let_in_until_then_and_never_past_the_end(standing: Standing) -> None:
    later = replace(standing, entry_until=TIMES.login_closes + timedelta(minutes=3))
    assert _admit(later, TIMES.login_closes + timedelta(minutes=3) - MS) is Admission.GRANTED
    assert _admit(later, TIMES.login_closes + timedelta(minutes=3)) is Admission.CLOSED
    endless = replace(standing, entry_until=TIMES.ends + timedelta(minutes=3))
    assert _admit(endless, TIMES.ends - MS) is Admission.GRANTED
    assert _admit(endless, TIMES.ends) is Admission.CLOSED


def test_more_time_to_enter_does_not_let_a_second_device_in_unasked() -> None:
    later = replace(LOGGED_IN_THERE, entry_until=TIMES.ends)
    assert _admit(later, TIMES.login_closes) is Admission.ELSEWHERE
    assert _admit(later, TIMES.login_closes, take_over=True) is Admission.GRANTED


def _granted(
    standing: Standing | None,
    moment: datetime,
    *,
    decided_at: datetime = TIMES.login_closes,
    take_over: bool = False,
    moves: bool = False,
) -> Admission:
    return admit_granted(TIMES, standing, Grant(HERE, take_over, decided_at, moves), moment)


@pytest.mark.parametrize("standing", [NEW, LOGGED_IN_HERE, LOGGED_OUT_THERE])
def test_whom_staff_granted_late_has_ten_minutes_and_never_past_the_end(standing: Standing | None) -> None:
    decided = TIMES.login_closes - timedelta(minutes=1)
    assert _granted(standing, decided + GRANT_LEAVES - MS, decided_at=decided) is Admission.GRANTED
    assert _granted(standing, decided + GRANT_LEAVES, decided_at=decided) is Admission.CLOSED
    late = TIMES.ends - timedelta(minutes=1)
    assert _granted(standing, TIMES.ends - MS, decided_at=late) is Admission.GRANTED
    assert _granted(standing, TIMES.ends, decided_at=late) is Admission.CLOSED


def test_a_grant_does_not_push_another_device_out_unless_the_candidate_confirmed() -> None:
    assert _granted(LOGGED_IN_THERE, TIMES.login_closes) is Admission.ELSEWHERE
    assert _granted(LOGGED_IN_THERE, TIMES.login_closes, take_over=True) is Admission.GRANTED


def test_a_grant_moves_what_was_entered_only_if_staff_knew_of_it() -> None:
    moment = TIMES.login_closes + timedelta(minutes=2)
    assert _granted(ENTERED_THERE, moment, take_over=True) is Admission.MOVED_AFTER_ENTRY
    assert _granted(ENTERED_THERE, moment, moves=True) is Admission.GRANTED
    assert _granted(ENTERED_HERE, moment) is Admission.GRANTED
    assert _granted(ENTERED_THERE, TIMES.login_closes + GRANT_LIVES, moves=True) is Admission.MOVED_AFTER_ENTRY
    assert _granted(replace(ENTERED_THERE, over=True), moment, moves=True) is Admission.CLOSED


def test_a_request_goes_from_state_to_state_by_the_table_and_in_no_other_way() -> None:
    allowed = {
        (one.value, other.value) for one in VerificationState for other in VerificationState if may_become(one, other)
    }
    assert allowed == {
        ("waiting", "granted"),
        ("waiting", "refused"),
        ("waiting", "withdrawn"),
        ("granted", "used"),
        ("granted", "withdrawn"),
    }


def _candidacy(name: str, hours: float) -> Candidacy:
    return Candidacy(name, schedule_at(T0 + timedelta(hours=hours), Timings()))


def test_of_several_sittings_the_open_one_is_meant() -> None:
    sittings = [_candidacy("past", -3), _candidacy("open", 0), _candidacy("next", 3)]
    assert choose_candidacy(sittings, T0).registration_id == "open"


def test_of_two_open_sittings_the_later_is_meant() -> None:
    sittings = [_candidacy("later", 0.25), _candidacy("earlier", 0)]
    assert choose_candidacy(sittings, T0).registration_id == "later"


def test_between_sittings_the_next_one_is_meant() -> None:
    sittings = [_candidacy("last", 9), _candidacy("past", -3), _candidacy("next", 3)]
    assert choose_candidacy(sittings, T0).registration_id == "next"


def test_after_all_sittings_the_last_one_is_meant() -> None:
    sittings = [_candidacy("first", -9), _candidacy("last", -3), _candidacy("second", -6)]
    assert choose_candidacy(sittings, T0).registration_id == "last"
