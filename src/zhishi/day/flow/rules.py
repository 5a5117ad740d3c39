"""Which step an attempt is at, what is allowed now, why not, and until when: a pure function of facts and time.

No timer must fire for the exam to move, and a restarted server is right at once (law 2).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Step(StrEnum):
    """The ten steps in their order (requirements, "Flow")."""

    DEVICES_PREPARED = "devices_prepared"
    FACE_LOGIN = "face_login"
    PROCEDURE = "procedure"
    BINDING = "binding"
    LOT = "lot"
    ATTACHMENTS = "attachments"
    ENTRY = "entry"
    DEVICES_CONFIRMED = "devices_confirmed"
    ANSWERING = "answering"
    ENDING = "ending"

    @property
    def number(self) -> int:
        """1 to 10."""
        return list(Step).index(self) + 1


class Page(StrEnum):
    """Which page the candidate is on."""

    ENTRY = "entry"
    COUNTDOWN = "countdown"
    ANSWERING = "answering"
    UPLOAD = "upload"
    HOME = "home"


class WhyNot(StrEnum):
    """Why something is not allowed now."""

    ENTRY_NOT_OPEN = "entry_not_open"
    ENTRY_CLOSED = "entry_closed"
    NOT_ENTERED = "not_entered"
    ALREADY_ENTERED = "already_entered"
    ALREADY_OVER = "already_over"
    NOT_STARTED = "not_started"


@dataclass(frozen=True, slots=True)
class Facts:
    """What the rooms know of an attempt, and its schedule."""

    entry_opens: datetime
    starts: datetime
    login_closes: datetime
    ends: datetime
    entered_at: datetime | None
    ended_at: datetime | None
    departed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Allowance:
    """Whether something is allowed; if so until when, if not why, and from when if that is known."""

    allowed: bool
    why: WhyNot | None = None
    since: datetime | None = None
    until: datetime | None = None


def is_over(facts: Facts, now: datetime) -> bool:
    """F10.1: ended by the candidate, or by the time that is the same for everyone."""
    return facts.ended_at is not None or now >= facts.ends


def page_of(facts: Facts, now: datetime) -> Page:
    """The page that belongs to the moment."""
    if facts.departed_at is not None:
        return Page.HOME
    if facts.entered_at is None:
        return Page.HOME if now >= facts.ends else Page.ENTRY
    if is_over(facts, now):
        return Page.UPLOAD
    return Page.COUNTDOWN if now < facts.starts else Page.ANSWERING


def step_of(facts: Facts, now: datetime) -> Step:
    """The step that belongs to the moment."""
    if facts.entered_at is None:
        return Step.ENTRY
    return Step.ENDING if is_over(facts, now) else Step.ANSWERING


def may_enter(facts: Facts, now: datetime) -> Allowance:
    """F7.1: from the opening of entry; F9.4: until login closes. Entering again is allowed while it runs."""
    if is_over(facts, now):
        return Allowance(False, WhyNot.ALREADY_OVER)
    if facts.entered_at is not None:
        return Allowance(False, WhyNot.ALREADY_ENTERED)
    if now < facts.entry_opens:
        return Allowance(False, WhyNot.ENTRY_NOT_OPEN, since=facts.entry_opens)
    if now >= facts.login_closes:
        return Allowance(False, WhyNot.ENTRY_CLOSED)
    return Allowance(True, until=facts.login_closes)


def may_end(facts: Facts, now: datetime) -> Allowance:
    """F9.10: an entered attempt may be ended early, from T0 on."""
    if facts.entered_at is None:
        return Allowance(False, WhyNot.NOT_ENTERED)
    if is_over(facts, now):
        return Allowance(False, WhyNot.ALREADY_OVER)
    if now < facts.starts:
        return Allowance(False, WhyNot.NOT_STARTED, since=facts.starts)
    return Allowance(True, until=facts.ends)


def may_read_paper(facts: Facts, now: datetime) -> Allowance:
    """D2: entered, from T0 on, and until this candidate's end."""
    if facts.entered_at is None:
        return Allowance(False, WhyNot.NOT_ENTERED)
    if is_over(facts, now):
        return Allowance(False, WhyNot.ALREADY_OVER)
    if now < facts.starts:
        return Allowance(False, WhyNot.NOT_STARTED, since=facts.starts)
    return Allowance(True, until=facts.ends)


def is_late(facts: Facts, now: datetime) -> bool:
    """Entry after T0 is recorded as late (requirements, "Times")."""
    return now >= facts.starts
