"""The times of a sitting, at a millisecond before, at and after each boundary."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from zhishi.before.exams.rules import (
    LoginWindow,
    Schedule,
    Timings,
    login_window,
    rehearsal_schedule,
    schedule_at,
)

T0 = datetime(2026, 5, 16, 6, 0, tzinfo=UTC)
MS = timedelta(milliseconds=1)
DEFAULT = schedule_at(T0, Timings())


def test_the_default_times_are_those_of_the_regulation() -> None:
    assert (
        Schedule(
            login_opens=T0 - timedelta(minutes=30),  # F2.1
            entry_opens=T0 - timedelta(minutes=20),  # F7.1
            starts=T0,
            login_closes=T0 + timedelta(minutes=5),  # F9.4
            ends=T0 + timedelta(minutes=15),  # F9.2
            report_until=T0 + timedelta(minutes=45),  # R9
            phone_until=T0 + timedelta(minutes=75),  # F10.3
        )
        == DEFAULT
    )


def test_every_time_can_be_set() -> None:
    timings = Timings(
        login_opens_before_s=7,
        entry_opens_before_s=6,
        login_closes_after_s=5,
        answer_s=40,
        report_within_s=3,
        phone_within_s=2,
    )
    found = schedule_at(T0, timings)
    seconds = [(moment - T0).total_seconds() for moment in (found.login_opens, found.entry_opens, found.login_closes)]
    assert seconds == [-7, -6, 5]
    assert [(moment - T0).total_seconds() for moment in (found.ends, found.report_until, found.phone_until)] == [
        40,
        43,
        42,
    ]


@pytest.mark.parametrize(("answer_s", "closes_s"), [(299, 299), (300, 300), (301, 300)])
def test_login_never_closes_after_the_end(answer_s: int, closes_s: int) -> None:
    found = schedule_at(T0, Timings(answer_s=answer_s))
    assert (found.login_closes - T0).total_seconds() == closes_s


@pytest.mark.parametrize(
    ("moment", "window"),
    [
        (DEFAULT.login_opens - MS, LoginWindow.BEFORE),
        (DEFAULT.login_opens - timedelta(microseconds=1), LoginWindow.BEFORE),
        (DEFAULT.login_opens, LoginWindow.OPEN),
        (DEFAULT.login_opens + MS, LoginWindow.OPEN),
        (T0, LoginWindow.OPEN),
        (DEFAULT.login_closes - MS, LoginWindow.OPEN),
        (DEFAULT.login_closes - timedelta(microseconds=1), LoginWindow.OPEN),
        (DEFAULT.login_closes, LoginWindow.CLOSED),
        (DEFAULT.login_closes + MS, LoginWindow.CLOSED),
        (DEFAULT.ends, LoginWindow.CLOSED),
    ],
)
def test_login_is_open_from_its_first_moment_until_just_before_its_last(moment: datetime, window: LoginWindow) -> None:
    assert login_window(DEFAULT, moment) is window


def test_a_rehearsal_is_open_at_once_and_for_two_hours() -> None:
    """F1.2: entry waits for the candidate, whose steps take as long as they take."""
    found = rehearsal_schedule(T0, None, Timings())
    assert found.login_opens < T0
    assert found.entry_opens < T0
    assert found.login_closes == found.starts == T0 + timedelta(hours=2)
    assert found.ends == T0 + timedelta(hours=2, minutes=2)


@pytest.mark.parametrize("after", [timedelta(0), MS, timedelta(minutes=17), timedelta(hours=2) - MS])
def test_a_rehearsals_t0_is_a_minute_after_its_entry(after: timedelta) -> None:
    found = rehearsal_schedule(T0, T0 + after, Timings())
    assert found.starts == T0 + after + timedelta(minutes=1)
    assert found.ends == T0 + after + timedelta(minutes=3)
    assert found.entry_opens <= T0
    assert found.phone_until == found.ends + timedelta(hours=1)


def test_a_rehearsal_of_a_short_exam_is_no_longer_than_the_exam() -> None:
    found = rehearsal_schedule(T0, T0, Timings(answer_s=30))
    assert found.ends - found.starts == timedelta(seconds=30)
    assert found.login_closes == found.ends
