"""What to do now, for who comes to the home page at any time: pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from zhishi.before.exams.rules import LoginWindow, Schedule, login_window


class NextAct(StrEnum):
    """One thing to do, or to wait for."""

    CONTINUE = "continue"
    UPLOAD = "upload"
    WAIT_RESULTS = "wait_results"
    LOG_IN = "log_in"
    CLOSED = "closed"
    PREPARE = "prepare"
    REHEARSE = "rehearse"
    WAIT_LOGIN = "wait_login"


@dataclass(frozen=True, slots=True)
class HomeFacts:
    """What is known of a registration. `uploading`: recordings of the computer may still come; what never came is for
    people to judge. `may_still_enter`: staff keep the entry open beyond the login's closing. `rehearsed`: a rehearsal
    was gone through, or the exam offers none."""

    schedule: Schedule
    running: bool
    over: bool
    uploading: bool
    may_still_enter: bool
    prepared: bool
    rehearsed: bool


def next_act(facts: HomeFacts, now: datetime) -> NextAct:
    """The most pressing thing: an exam that runs, recordings on their way, a door that is open; then what prepares."""
    if facts.running:
        return NextAct.CONTINUE
    if facts.over:
        return NextAct.UPLOAD if facts.uploading else NextAct.WAIT_RESULTS
    window = login_window(facts.schedule, now)
    if window is LoginWindow.OPEN or facts.may_still_enter:
        return NextAct.LOG_IN
    if window is LoginWindow.CLOSED:
        return NextAct.CLOSED
    if not facts.prepared:
        return NextAct.PREPARE
    return NextAct.WAIT_LOGIN if facts.rehearsed else NextAct.REHEARSE
