"""What the home page says is to be done now."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from zhishi.before.exams.rules import Timings, schedule_at
from zhishi.day.flow.homecoming import HomeFacts, NextAct, next_act

T0 = datetime(2026, 5, 16, 6, 0, tzinfo=UTC)
MS = timedelta(milliseconds=1)
TIMES = schedule_at(T0, Timings())
NEW = HomeFacts(
    TIMES, running=False, over=False, uploading=False, may_still_enter=False, prepared=False, rehearsed=False
)
READY = replace(NEW, prepared=True, rehearsed=True)
RUNNING = replace(READY, running=True)
OVER = replace(READY, over=True)


@pytest.mark.parametrize(
    ("facts", "act"),
    [
        (NEW, NextAct.PREPARE),
        (replace(NEW, rehearsed=True), NextAct.PREPARE),
        (replace(NEW, prepared=True), NextAct.REHEARSE),
        (READY, NextAct.WAIT_LOGIN),
    ],
)
@pytest.mark.parametrize("moment", [T0 - timedelta(days=7), TIMES.login_opens - MS])
def test_before_the_login_opens_one_prepares_rehearses_and_waits(
    facts: HomeFacts, act: NextAct, moment: datetime
) -> None:
    assert next_act(facts, moment) is act


@pytest.mark.parametrize("facts", [NEW, READY])
def test_an_open_door_comes_before_all_that_prepares(facts: HomeFacts) -> None:
    assert next_act(facts, TIMES.login_opens) is NextAct.LOG_IN
    assert next_act(facts, TIMES.login_closes - MS) is NextAct.LOG_IN
    assert next_act(facts, TIMES.login_closes) is NextAct.CLOSED


def test_whom_staff_let_in_longer_is_sent_to_the_door_though_it_has_closed_for_others() -> None:
    assert next_act(replace(READY, may_still_enter=True), TIMES.login_closes) is NextAct.LOG_IN


@pytest.mark.parametrize("moment", [TIMES.entry_opens, T0, TIMES.login_closes, TIMES.ends - MS])
def test_an_exam_that_runs_comes_before_everything(moment: datetime) -> None:
    assert next_act(replace(RUNNING, prepared=False, uploading=True), moment) is NextAct.CONTINUE


@pytest.mark.parametrize("moment", [T0 + timedelta(minutes=3), TIMES.ends, TIMES.phone_until + timedelta(days=9)])
def test_after_the_end_one_uploads_and_then_waits_for_the_results(moment: datetime) -> None:
    assert next_act(replace(OVER, uploading=True), moment) is NextAct.UPLOAD
    assert next_act(OVER, moment) is NextAct.WAIT_RESULTS
