"""The times of a sitting, computed from T0 (requirements, "Times"). Nothing is scheduled, everything is computed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class SittingKind(StrEnum):
    REAL = "real"
    REHEARSAL = "rehearsal"


class AttachmentKind(StrEnum):
    """What a text is for. The consent is given before login, the procedure is step 3, the others are step 6."""

    CONSENT = "consent"
    PROCEDURE = "procedure"
    PLEDGE = "pledge"
    NOTICE = "notice"
    RULES = "rules"
    OTHER = "other"


class PhotoPolicy(StrEnum):
    """What happens at the login of a registration without a photograph."""

    REQUIRED = "required"
    # 自助采集, approved at once: for demonstrations only, since it would register whoever comes first.
    SELF_CAPTURE = "self_capture"


class PhonePolicy(StrEnum):
    """Whether a phone must be bound before entry (F4). Without one R7 may apply, which people judge."""

    REQUIRED = "required"
    ADVISED = "advised"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Timings:
    """Distances from T0 in seconds, set per exam."""

    login_opens_before_s: int = 30 * 60  # F2.1
    entry_opens_before_s: int = 20 * 60  # F7.1
    login_closes_after_s: int = 5 * 60  # F9.4
    answer_s: int = 15 * 60  # F9.2
    report_within_s: int = 30 * 60  # R9
    phone_within_s: int = 60 * 60  # F10.3


@dataclass(frozen=True, slots=True)
class Schedule:
    """The moments of one sitting (or of one rehearsal attempt). Each interval contains its start, not its end."""

    login_opens: datetime
    entry_opens: datetime
    starts: datetime
    login_closes: datetime
    ends: datetime
    report_until: datetime
    phone_until: datetime


def schedule_at(starts: datetime, timings: Timings) -> Schedule:
    """The moments that follow from T0."""
    ends = starts + timedelta(seconds=timings.answer_s)
    return Schedule(
        login_opens=starts - timedelta(seconds=timings.login_opens_before_s),
        entry_opens=starts - timedelta(seconds=timings.entry_opens_before_s),
        starts=starts,
        # An answering time shorter than the login window ends the login with it.
        login_closes=min(starts + timedelta(seconds=timings.login_closes_after_s), ends),
        ends=ends,
        report_until=ends + timedelta(seconds=timings.report_within_s),
        phone_until=ends + timedelta(seconds=timings.phone_within_s),
    )


# A rehearsal's T0 belongs to the attempt: it is a minute after entry, time to confirm the devices and to see the
# countdown; then a short answer. Who has not entered two hours after login begins another one.
REHEARSAL_LEAD_S = 60
REHEARSAL_ANSWER_S = 120
REHEARSAL_OPEN_S = 2 * 60 * 60


def rehearsal_schedule(began: datetime, entered: datetime | None, timings: Timings) -> Schedule:
    """The moments of a rehearsal that a candidate began and, perhaps, entered (F1.2); provisional until entry."""
    starts = (
        began + timedelta(seconds=REHEARSAL_OPEN_S)
        if entered is None
        else entered + timedelta(seconds=REHEARSAL_LEAD_S)
    )
    before = int((starts - began).total_seconds()) + 1
    short = Timings(
        login_opens_before_s=before,
        entry_opens_before_s=before,
        login_closes_after_s=timings.login_closes_after_s if entered is not None else 0,
        answer_s=min(timings.answer_s, REHEARSAL_ANSWER_S),
        report_within_s=timings.report_within_s,
        phone_within_s=timings.phone_within_s,
    )
    return schedule_at(starts, short)


class LoginWindow(StrEnum):
    BEFORE = "before"
    OPEN = "open"
    CLOSED = "closed"


def login_window(schedule: Schedule, now: datetime) -> LoginWindow:
    """F2.1: from 30 minutes before T0; F9.4: until 5 minutes after it."""
    if now < schedule.login_opens:
        return LoginWindow.BEFORE
    return LoginWindow.OPEN if now < schedule.login_closes else LoginWindow.CLOSED
