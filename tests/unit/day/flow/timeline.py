"""One sitting's timeline and everything that the rooms may know of an attempt in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

from zhishi.before.exams.rules import Timings, schedule_at
from zhishi.day.flow.rules import Facts, PhoneDemand, Step

T0 = datetime(2026, 5, 16, 6, 0, tzinfo=UTC)
MS = timedelta(milliseconds=1)
TIMES = schedule_at(T0, Timings())

# Where staff decided late: within the usual time, after it, and beyond the end, which stays the same for everybody.
DECIDED = T0 + timedelta(minutes=9)
ENTRY_UNTIL: tuple[datetime | None, ...] = (None, T0 + timedelta(minutes=4), DECIDED, T0 + timedelta(minutes=20))
BOUNDARIES = (TIMES.entry_opens, T0, TIMES.login_closes, *(one for one in ENTRY_UNTIL if one), TIMES.ends)
MOMENTS = sorted(
    {TIMES.login_opens, TIMES.ends + timedelta(days=60)}
    | {at + beside for at in BOUNDARIES for beside in (-MS, 0 * MS, MS)}
)

NEW = Facts(
    entry_opens=TIMES.entry_opens,
    starts=TIMES.starts,
    login_closes=TIMES.login_closes,
    ends=TIMES.ends,
    entered_at=None,
    ended_at=None,
    departed_at=None,
)
# All that lies before entry is done, the phone is advised and was passed by.
READY = replace(NEW, prepared=True, procedure_read=True, binding_passed=True, lot_drawn=True, attachments_read=True)
ENTERED = replace(READY, entered_at=TIMES.entry_opens)
ENDED = replace(ENTERED, ended_at=T0 + timedelta(minutes=1))
DEPARTED = replace(ENDED, departed_at=T0 + timedelta(minutes=2))
LEFT_AT_THE_END = replace(ENTERED, departed_at=TIMES.ends)

# The facts that are gathered before entry; `devices_confirmed` comes after it.
BEFORE = (
    "prepared",
    "procedure_read",
    "phone_bound",
    "phone_waived",
    "binding_passed",
    "lot_drawn",
    "lot_passed",
    "attachments_read",
)


def gathered(base: Facts) -> Iterator[Facts]:
    """Every combination of what is gathered before entry, on top of the life of an attempt."""
    for phone, until, flags in product(PhoneDemand, ENTRY_UNTIL, product((False, True), repeat=len(BEFORE))):
        known: dict[str, Any] = dict(zip(BEFORE, flags, strict=True))
        yield replace(base, phone=phone, entry_until=until, **known)


OUTSIDE = list(gathered(NEW))


@dataclass(frozen=True, slots=True)
class Life:
    """An attempt after entry and the moments that it can be asked about: none before what has happened to it."""

    facts: Facts
    moments: tuple[datetime, ...]


def _life(facts: Facts) -> Life:
    since = max(at for at in (facts.entered_at, facts.ended_at, facts.departed_at) if at is not None)
    return Life(facts, tuple(at for at in [since, *MOMENTS] if at >= since))


LIVES = [
    _life(replace(one, devices_confirmed=confirmed))
    for one in (ENTERED, ENDED, DEPARTED, LEFT_AT_THE_END)
    for confirmed in (False, True)
]


def undone(facts: Facts, now: datetime) -> list[Step]:
    """The steps before entry that are not done, said again in the words of the requirements."""
    phone = {
        # F4: an exam may do without a phone; may ask for one and let the candidate go on; or insist on one.
        PhoneDemand.OFF: True,
        PhoneDemand.ADVISED: facts.phone_bound or facts.phone_waived or facts.binding_passed,
        PhoneDemand.REQUIRED: facts.phone_bound or facts.phone_waived,
    }[facts.phone]
    drawn = facts.lot_drawn or facts.lot_passed
    done = (
        (Step.DEVICES_PREPARED, facts.prepared),  # F1
        (Step.PROCEDURE, facts.procedure_read),  # F3
        (Step.BINDING, phone),  # F4
        (Step.LOT, drawn or now >= facts.starts),  # F5.2: from T0 on the system assigns it
        (Step.ATTACHMENTS, facts.attachments_read),  # F6
    )
    return [step for step, is_done in done if not is_done]
