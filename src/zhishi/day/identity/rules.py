"""Which registration and which attempt a login means, and when it is refused: pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from zhishi.before.exams.rules import LoginWindow, Schedule, login_window

# Guessing the tail of an ID number takes a million tries; a nervous person needs two or three. Only wrong numbers
# count, and only from one address, so that nobody can keep a candidate out from elsewhere.
GUESSES_PER_MINUTE = 10


@dataclass(frozen=True, slots=True)
class Candidacy:
    """A registration that the credentials open, with its sitting's schedule.

    `running`: it was entered on the device that asks and is not over.
    """

    registration_id: str
    schedule: Schedule
    running: bool = False


def choose_candidacy(candidacies: Sequence[Candidacy], now: datetime) -> Candidacy:
    """The sitting that a person means: the running one, else the open one (the latest, if several), else the next,
    else the last."""
    order = sorted(candidacies, key=lambda one: one.schedule.starts)
    running = [one for one in order if one.running]
    if running:
        return running[-1]
    opened = [one for one in order if login_window(one.schedule, now) is LoginWindow.OPEN]
    if opened:
        return opened[-1]
    coming = [one for one in order if login_window(one.schedule, now) is LoginWindow.BEFORE]
    return coming[0] if coming else order[-1]


class Admission(StrEnum):
    """What a login may do with an attempt that exists."""

    GRANTED = "granted"
    NOT_OPEN = "not_open"
    CLOSED = "closed"
    # F2.4: refused, or when the candidate confirms, it ends the first.
    ELSEWHERE = "elsewhere"
    MOVED_AFTER_ENTRY = "moved_after_entry"


@dataclass(frozen=True, slots=True)
class Standing:
    """The attempt that exists already: its device, whether a login runs, whether it was entered and is over.

    `entry_until`: entry stays open until then by an act of staff. `move_allowed_until`: until then another device may
    take over what was entered.
    """

    device_id: str
    logged_in: bool
    entered: bool
    over: bool = False
    entry_until: datetime | None = None
    move_allowed_until: datetime | None = None


def admit(
    schedule: Schedule, standing: Standing | None, *, device_id: str, take_over: bool, now: datetime
) -> Admission:
    """Whether a real sitting may be logged in to, before any face is looked at.

    A running attempt resumes on the same device after the window closed: that is an interruption, not a login.
    """
    window = login_window(schedule, now)
    if window is LoginWindow.BEFORE:
        return Admission.NOT_OPEN
    if standing is not None and standing.entered:
        return _admit_entered(standing, device_id=device_id, window=window, now=now)
    readmitted = (
        standing is not None and standing.entry_until is not None and now < min(standing.entry_until, schedule.ends)
    )
    if window is LoginWindow.CLOSED and not readmitted:
        return Admission.CLOSED
    if standing is None or standing.device_id == device_id:
        return Admission.GRANTED
    return Admission.ELSEWHERE if standing.logged_in and not take_over else Admission.GRANTED


def _admit_entered(standing: Standing, *, device_id: str, window: LoginWindow, now: datetime) -> Admission:
    """After entry only staff can move an attempt to another device (F2.4)."""
    if standing.device_id == device_id:
        return Admission.GRANTED
    if standing.over and window is LoginWindow.CLOSED:
        return Admission.CLOSED
    may_move = standing.move_allowed_until is not None and now < standing.move_allowed_until
    return Admission.GRANTED if may_move and not standing.over else Admission.MOVED_AFTER_ENTRY


class VerificationState(StrEnum):
    """Where a request for manual verification stands."""

    WAITING = "waiting"
    GRANTED = "granted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    USED = "used"


_NEXT: Mapping[VerificationState, frozenset[VerificationState]] = {
    VerificationState.WAITING: frozenset(
        {VerificationState.GRANTED, VerificationState.REFUSED, VerificationState.WITHDRAWN}
    ),
    VerificationState.GRANTED: frozenset({VerificationState.USED, VerificationState.WITHDRAWN}),
    VerificationState.REFUSED: frozenset(),
    VerificationState.WITHDRAWN: frozenset(),
    VerificationState.USED: frozenset(),
}


def may_become(state: VerificationState, to: VerificationState) -> bool:
    """Whether a request may go from one state to another."""
    return to in _NEXT[state]


@dataclass(frozen=True, slots=True)
class Grant:
    """What staff granted, and what the device that asked had confirmed. `moves`: the exam was entered on another device
    when they did, and they let this one go on with it."""

    device_id: str
    take_over: bool
    decided_at: datetime
    moves: bool

    @property
    def leaves_until(self) -> datetime:
        """Until when entry stays open at least."""
        return self.decided_at + GRANT_LEAVES


def admit_granted(schedule: Schedule, standing: Standing | None, grant: Grant, now: datetime) -> Admission:
    """Whether a granted device gets in now: by the same rules of one device as a face login (F2.4), with what staff
    opened for it."""
    before = standing or Standing(grant.device_id, logged_in=False, entered=False)
    opened = replace(
        before,
        entry_until=max(grant.leaves_until, before.entry_until or grant.leaves_until),
        move_allowed_until=grant.decided_at + GRANT_LIVES if grant.moves else before.move_allowed_until,
    )
    return admit(schedule, opened, device_id=grant.device_id, take_over=grant.take_over, now=now)


# Whom staff let in late still has to read and to share the screen: so much time from the decision at least.
GRANT_LEAVES = timedelta(minutes=10)
# The page goes in by itself within seconds; a grant that nobody used is no key for another day.
GRANT_LIVES = timedelta(minutes=15)
# An answer that was lost on the way may be asked for again.
USED_AGAIN_FOR = timedelta(minutes=2)
# What is told as the usual wait is the median of the sitting's last decisions.
WAITS_COUNTED = 20
