"""Asking the rooms where an attempt stands."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from zhishi.before.exams.rules import Schedule, SittingKind
from zhishi.before.roster.queries import enrolled
from zhishi.day.attempts.queries import AttemptFacts, interruptions_in
from zhishi.day.attempts.rules import EndReason
from zhishi.day.flow.rules import (
    Allowance,
    Facts,
    is_over,
    may_end,
    may_enter,
    may_read_paper,
    page_of,
    step_of,
)
from zhishi.day.flow.schemas import (
    AllowanceView,
    May,
    PersonView,
    Situation,
    StepView,
    Times,
    TrackRef,
)
from zhishi.day.lots.queries import REHEARSAL_LOT, lot_of
from zhishi.day.recording.access import upload_token
from zhishi.day.recording.queries import tracks_of
from zhishi.day.recording.rules import TrackKind
from zhishi.foundation.edge.services import Services
from zhishi.foundation.kernel.clock import to_ms


def facts_of(attempt: AttemptFacts) -> Facts:
    """What the rules need to know of an attempt."""
    schedule, row = attempt.schedule, attempt.attempt
    return Facts(
        entry_opens=schedule.entry_opens,
        starts=schedule.starts,
        login_closes=schedule.login_closes,
        ends=schedule.ends,
        entered_at=row.entered_at,
        ended_at=row.ended_at,
        departed_at=row.departed_at,
    )


async def situation(session: AsyncSession, services: Services, attempt: AttemptFacts, *, now: datetime) -> Situation:
    """Where an attempt stands now, for the candidate's page."""
    row, facts, exam = attempt.attempt, facts_of(attempt), attempt.held_in.exam
    who = await enrolled(session, row.registration_id)
    entered = row.entered_at is not None
    step, ended = step_of(facts, now), attempt.ended_at(now) if entered else row.ended_at
    counts = await interruptions_in(session, [row.id])
    return Situation(
        attempt_id=row.id,
        kind=attempt.kind,
        exam_title=exam.title,
        sitting_name=attempt.held_in.sitting.name,
        time_zone=exam.time_zone,
        hotline=services.settings.hotline,
        hotline_hours=services.settings.hotline_hours,
        now_ms=to_ms(now),
        step=StepView(number=step.number, key=step),
        page=page_of(facts, now),
        may=May(
            enter=_allowance(may_enter(facts, now)),
            end=_allowance(may_end(facts, now)),
            read_paper=_allowance(may_read_paper(facts, now)),
        ),
        times=present_times(attempt.schedule),
        entered_ms=_ms(row.entered_at),
        late=row.late,
        ended_ms=_ms(ended),
        end_reason=_end_reason(row.end_reason, over=entered and is_over(facts, now)),
        lot=REHEARSAL_LOT if attempt.kind is SittingKind.REHEARSAL else await lot_of(session, row.id),
        post=who.registration.post,
        mark=row.mark,
        # Law 9: from entry on the screen is recorded, so the page gets no name at all.
        person=None if entered else PersonView(name=who.person.name),
        interruptions=counts.get(row.id, 0),
        tracks=[TrackRef(track_id=one.id, kind=TrackKind(one.kind)) for one in await tracks_of(session, row.id)],
        upload_token=(upload_token(services, attempt_id=row.id, since=row.entered_at) if row.entered_at else None),
    )


def present_times(schedule: Schedule) -> Times:
    """A schedule in Unix ms."""
    return Times(
        login_opens_ms=to_ms(schedule.login_opens),
        entry_opens_ms=to_ms(schedule.entry_opens),
        starts_ms=to_ms(schedule.starts),
        login_closes_ms=to_ms(schedule.login_closes),
        ends_ms=to_ms(schedule.ends),
        report_until_ms=to_ms(schedule.report_until),
        phone_until_ms=to_ms(schedule.phone_until),
        answer_s=int((schedule.ends - schedule.starts).total_seconds()),
    )


def _end_reason(stored: str | None, *, over: bool) -> EndReason | None:
    if stored is not None:
        return EndReason(stored)
    return EndReason.TIME if over else None


def _ms(moment: datetime | None) -> int | None:
    return None if moment is None else to_ms(moment)


def _allowance(allowance: Allowance) -> AllowanceView:
    return AllowanceView(
        allowed=allowance.allowed,
        why=allowance.why,
        from_ms=_ms(allowance.since),
        until_ms=_ms(allowance.until),
    )
