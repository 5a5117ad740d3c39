"""Which sitting a login means, and when it is refused before any face is looked at."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from zhishi.before.exams.rules import Timings, schedule_at
from zhishi.day.identity.rules import Admission, Candidacy, Standing, admit, choose_candidacy

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
    assert _admit(standing, TIMES.login_closes, take_over=take_over) is Admission.CLOSED


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
