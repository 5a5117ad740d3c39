"""Which step an attempt is at, what is allowed now, why not, and until when: a pure function of facts and time.

No timer must fire for the exam to move, and a restarted server is right at once (law 2).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
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


# What is done between login and entry, in its order. Face login lies before: without it there is no attempt.
BEFORE_ENTRY = (Step.DEVICES_PREPARED, Step.PROCEDURE, Step.BINDING, Step.LOT, Step.ATTACHMENTS)


class Page(StrEnum):
    """Which page the candidate is on."""

    PREPARATION = "preparation"
    PROCEDURE = "procedure"
    BINDING = "binding"
    LOT = "lot"
    ATTACHMENTS = "attachments"
    ENTRY = "entry"
    DEVICES = "devices"
    COUNTDOWN = "countdown"
    ANSWERING = "answering"
    UPLOAD = "upload"
    HOME = "home"


_PAGES = {
    Step.DEVICES_PREPARED: Page.PREPARATION,
    Step.PROCEDURE: Page.PROCEDURE,
    Step.BINDING: Page.BINDING,
    Step.LOT: Page.LOT,
    Step.ATTACHMENTS: Page.ATTACHMENTS,
    Step.ENTRY: Page.ENTRY,
}


class WhyNot(StrEnum):
    """Why something is not allowed now."""

    ENTRY_NOT_OPEN = "entry_not_open"
    ENTRY_CLOSED = "entry_closed"
    STEPS_MISSING = "steps_missing"
    NOT_ENTERED = "not_entered"
    ALREADY_ENTERED = "already_entered"
    ALREADY_OVER = "already_over"
    ALREADY_DONE = "already_done"
    NOT_STARTED = "not_started"
    NOT_OVER = "not_over"
    PHONE_REQUIRED = "phone_required"
    PHONE_OFF = "phone_off"
    STAFF_NEEDED = "staff_needed"
    NOT_NEEDED = "not_needed"


class PhoneDemand(StrEnum):
    """What a missing phone means for this attempt: the exam's policy, softened where nothing is at stake."""

    REQUIRED = "required"
    ADVISED = "advised"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Facts:
    """What the rooms know of an attempt, and its schedule.

    `phone_bound` stays true once a phone was bound: losing it later never blocks entry. `entry_until` is set where
    staff decided a request made in time, or let the candidate back in. A rehearsal's entry has no fixed opening.
    """

    entry_opens: datetime
    starts: datetime
    login_closes: datetime
    ends: datetime
    entered_at: datetime | None
    ended_at: datetime | None
    departed_at: datetime | None
    prepared: bool = False
    procedure_read: bool = False
    attachments_read: bool = False
    phone: PhoneDemand = PhoneDemand.ADVISED
    phone_bound: bool = False
    phone_waived: bool = False
    binding_passed: bool = False
    lot_drawn: bool = False
    lot_passed: bool = False
    devices_confirmed: bool = False
    entry_until: datetime | None = None

    @property
    def entry_closes(self) -> datetime:
        """F9.4, or later where staff took their time over a request made before (F2.3); never past the end."""
        if self.entry_until is None:
            return self.login_closes
        return min(max(self.login_closes, self.entry_until), self.ends)


@dataclass(frozen=True, slots=True)
class Allowance:
    """Whether something is allowed; if so until when, if not why, and from when if that is known.

    `step` is the step that must be done first, where that is why.
    """

    allowed: bool
    why: WhyNot | None = None
    since: datetime | None = None
    until: datetime | None = None
    step: Step | None = None


def is_over(facts: Facts, now: datetime) -> bool:
    """F10.1: ended by the candidate, or by the time that is the same for everyone."""
    return facts.ended_at is not None or now >= facts.ends


def is_done(facts: Facts, step: Step, now: datetime) -> bool:
    """Whether a step before entry is done."""
    return {
        Step.DEVICES_PREPARED: facts.prepared,
        Step.PROCEDURE: facts.procedure_read,
        Step.BINDING: _binding_done(facts),
        # F5.2: who has not drawn is assigned a lot; after T0 nobody loses time over cards.
        Step.LOT: facts.lot_drawn or facts.lot_passed or now >= facts.starts,
        Step.ATTACHMENTS: facts.attachments_read,
    }[step]


def _binding_done(facts: Facts) -> bool:
    if facts.phone is PhoneDemand.OFF or facts.phone_bound or facts.phone_waived:
        return True
    return facts.binding_passed and facts.phone is PhoneDemand.ADVISED


def missing_step(facts: Facts, now: datetime) -> Step | None:
    """The first step before entry that is not done; None if all are."""
    return next((step for step in BEFORE_ENTRY if not is_done(facts, step, now)), None)


def step_of(facts: Facts, now: datetime) -> Step:
    """The step that belongs to the moment."""
    if facts.entered_at is None:
        return (None if now >= facts.entry_closes else missing_step(facts, now)) or Step.ENTRY
    if is_over(facts, now):
        return Step.ENDING
    # F8 never stands between a candidate and the question: from T0 on it is over, and devices change while answering.
    return Step.DEVICES_CONFIRMED if now < facts.starts and not facts.devices_confirmed else Step.ANSWERING


def page_of(facts: Facts, now: datetime) -> Page:
    """The page that belongs to the moment."""
    if facts.departed_at is not None:
        return Page.HOME
    step = step_of(facts, now)
    if facts.entered_at is None:
        return Page.HOME if is_over(facts, now) else _PAGES[step]
    if step is Step.ENDING:
        return Page.UPLOAD
    if step is Step.DEVICES_CONFIRMED:
        return Page.DEVICES
    return Page.COUNTDOWN if now < facts.starts else Page.ANSWERING


def may_enter(facts: Facts, now: datetime) -> Allowance:
    """F7.1: from the opening of entry until it closes, when every step before is done."""
    if is_over(facts, now):
        return Allowance(False, WhyNot.ALREADY_OVER)
    if facts.entered_at is not None:
        return Allowance(False, WhyNot.ALREADY_ENTERED)
    if now >= facts.entry_closes:
        return Allowance(False, WhyNot.ENTRY_CLOSED)
    missing = missing_step(facts, now)
    if missing is not None:
        return Allowance(False, WhyNot.STEPS_MISSING, until=facts.entry_closes, step=missing)
    if now < facts.entry_opens:
        return Allowance(False, WhyNot.ENTRY_NOT_OPEN, since=facts.entry_opens)
    return Allowance(True, until=facts.entry_closes)


def may_do(facts: Facts, step: Step, now: datetime) -> Allowance:
    """A step before entry: once what comes before it is done, and until entry. Done once, it may be done again where
    that harms nothing; the room says whether it does."""
    if facts.entered_at is not None:
        return Allowance(False, WhyNot.ALREADY_ENTERED)
    if now >= facts.entry_closes:
        return Allowance(False, WhyNot.ENTRY_CLOSED)
    for before in BEFORE_ENTRY[: BEFORE_ENTRY.index(step)]:
        if not is_done(facts, before, now):
            return Allowance(False, WhyNot.STEPS_MISSING, until=facts.entry_closes, step=before)
    return Allowance(True, until=facts.entry_closes)


def may_draw(facts: Facts, now: datetime) -> Allowance:
    """F5.1: one draw, before entry."""
    if facts.lot_drawn:
        return Allowance(False, WhyNot.ALREADY_DONE)
    return may_do(facts, Step.LOT, now)


def may_pass_binding(facts: Facts, now: datetime) -> Allowance:
    """Go on without a phone, where the organiser lets it."""
    if facts.phone is PhoneDemand.REQUIRED and not facts.phone_waived:
        return Allowance(False, WhyNot.PHONE_REQUIRED)
    return may_do(facts, Step.BINDING, now)


def may_bind(facts: Facts, now: datetime, *, rebind_allowed: bool) -> Allowance:
    """F4: a phone can be bound from step 4 on and until the end. After entry another phone than the first needs the
    leave of staff; a first one is welcome at any time."""
    if facts.phone is PhoneDemand.OFF:
        return Allowance(False, WhyNot.ALREADY_DONE)
    if is_over(facts, now):
        return Allowance(False, WhyNot.ALREADY_OVER)
    if facts.entered_at is None:
        return may_do(facts, Step.BINDING, now)
    if facts.phone_bound and not rebind_allowed:
        return Allowance(False, WhyNot.STAFF_NEEDED, until=facts.ends)
    return Allowance(True, until=facts.ends)


def may_confirm_devices(facts: Facts, now: datetime) -> Allowance:
    """F8: from entry on; a change while answering is one more confirmation."""
    if facts.entered_at is None:
        return Allowance(False, WhyNot.NOT_ENTERED)
    if is_over(facts, now):
        return Allowance(False, WhyNot.ALREADY_OVER)
    return Allowance(True, until=facts.ends)


def may_stop_phone(facts: Facts, now: datetime) -> Allowance:
    """F4.4: by hand, after this candidate's end, and not before."""
    if not is_over(facts, now):
        return Allowance(False, WhyNot.NOT_OVER, since=facts.ends)
    return Allowance(True)


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


def copies_released(*, over: bool, rehearsal: bool, published: bool) -> bool:
    """F10.4: copies stay until the results of the exam are published, those of a rehearsal until it is over."""
    return over and (rehearsal or published)


# What staff may do for a candidate. Long enough to start another computer and log in by face; still an exception.
READMIT_FOR = timedelta(minutes=15)


def may_waive(facts: Facts, now: datetime) -> Allowance:
    """Staff lift the demand for a phone, from a candidate whom it keeps from entering."""
    if is_over(facts, now):
        return Allowance(False, WhyNot.ALREADY_OVER)
    if facts.entered_at is not None:
        return Allowance(False, WhyNot.ALREADY_ENTERED)
    if facts.phone is PhoneDemand.OFF:
        return Allowance(False, WhyNot.PHONE_OFF)
    if facts.phone_waived:
        return Allowance(False, WhyNot.ALREADY_DONE)
    if facts.phone_bound:
        return Allowance(False, WhyNot.NOT_NEEDED)
    if now >= facts.entry_closes:
        return Allowance(False, WhyNot.ENTRY_CLOSED)
    return Allowance(True, until=facts.entry_closes)


def may_allow_rebinding(facts: Facts, now: datetime) -> Allowance:
    """Staff let a candidate bind another phone: only after entry does that need leave, see `may_bind`."""
    if is_over(facts, now):
        return Allowance(False, WhyNot.ALREADY_OVER)
    if facts.phone is PhoneDemand.OFF:
        return Allowance(False, WhyNot.PHONE_OFF)
    if facts.entered_at is None or not facts.phone_bound:
        return Allowance(False, WhyNot.NOT_NEEDED)
    return Allowance(True, until=facts.ends)


def may_readmit(facts: Facts, now: datetime, *, rehearsal: bool) -> Allowance:
    """Staff let a candidate back in for a while: on another device who had entered, past the closing of entry who had
    not; never past the end (R10). A rehearsal can be begun again instead."""
    if is_over(facts, now):
        return Allowance(False, WhyNot.ALREADY_OVER)
    until = min(now + READMIT_FOR, facts.ends)
    if rehearsal or (facts.entered_at is None and until <= facts.entry_closes):
        return Allowance(False, WhyNot.NOT_NEEDED, until=facts.entry_closes)
    return Allowance(True, until=until)
