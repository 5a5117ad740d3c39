"""Reading reports of failed uploads."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from zhishi.before.roster.queries import Enrolled, enrolled_among, enrolled_under
from zhishi.before.staff.queries import names_among
from zhishi.day.attempts.queries import AttemptFacts, attempts_among, attempts_by
from zhishi.day.interruptions.presenting import present_ledger
from zhishi.day.interruptions.queries import ledger_of
from zhishi.day.recording.presenting import present_completeness
from zhishi.day.recording.queries import held_tracks
from zhishi.day.rescue.models import UploadReport
from zhishi.day.rescue.rules import Outcome, Reporter, ReportState, is_in_time
from zhishi.day.rescue.schemas import Caller, MyReport, ReportView, Snapshot
from zhishi.foundation.kernel.clock import optional_ms, to_ms
from zhishi.foundation.kernel.errors import NotFound


async def snapshot(session: AsyncSession, attempt: AttemptFacts, *, now: datetime) -> dict[str, Any]:
    """What a report keeps of an attempt, as JSON: what is held now, gap by gap, and the ledger of interruptions."""
    held = await held_tracks(session, attempt, now=now)
    rows = await ledger_of(session, attempt, now=now, held=held)
    taken = Snapshot(
        completeness=present_completeness(attempt, held, now=now),
        interruptions=present_ledger(attempt, rows).interruptions,
    )
    return taken.model_dump(mode="json")


async def callers(session: AsyncSession, ticket: str, *, now: datetime) -> list[Caller]:
    """The attempts under a ticket number, for whoever takes a call."""
    people = {one.registration.id: one for one in await enrolled_under(session, ticket)}
    return [
        _present_caller(attempt, people[attempt.attempt.registration_id], now=now)
        for attempt in await attempts_by(session, people)
    ]


def _present_caller(attempt: AttemptFacts, who: Enrolled, *, now: datetime) -> Caller:
    return Caller(
        attempt_id=attempt.attempt.id,
        ticket=who.registration.ticket,
        name=who.person.name,
        exam_title=attempt.held_in.exam.title,
        sitting_name=attempt.held_in.sitting.name,
        kind=attempt.kind,
        time_zone=attempt.held_in.exam.time_zone,
        ended_ms=optional_ms(attempt.ended_at(now)),
        report_until_ms=to_ms(attempt.schedule.report_until),
    )


async def open_report(
    session: AsyncSession, attempt_id: str, *, called_at: datetime | None = None
) -> UploadReport | None:
    """The newest report of an attempt that is open, any or the one on a call at this moment."""
    chosen = select(UploadReport).where(UploadReport.attempt_id == attempt_id, UploadReport.state == ReportState.OPEN)
    if called_at is not None:
        chosen = chosen.where(UploadReport.called_at == called_at)
    return await session.scalar(chosen.order_by(UploadReport.at.desc(), UploadReport.id.desc()).limit(1))


async def reported_among(session: AsyncSession, attempt_ids: Collection[str]) -> set[str]:
    """Those of the attempts whose upload is reported as failed and not yet settled."""
    chosen = UploadReport.attempt_id.in_(attempt_ids) & (UploadReport.state == ReportState.OPEN)
    return set(await session.scalars(select(UploadReport.attempt_id).where(chosen)))


async def newest_of(session: AsyncSession, attempt_id: str) -> MyReport | None:
    """The newest report of an attempt, as its candidate sees it."""
    found = await session.scalar(
        select(UploadReport)
        .where(UploadReport.attempt_id == attempt_id)
        .order_by(UploadReport.at.desc(), UploadReport.id.desc())
        .limit(1)
    )
    return None if found is None else present_mine(found)


async def report_for_change(session: AsyncSession, report_id: str) -> UploadReport:
    """A report that one transaction at a time looks at and changes. Raises `NotFound`."""
    found = await session.get(UploadReport, report_id, with_for_update=True)
    if found is None:
        raise NotFound()
    return found


async def counts(session: AsyncSession) -> tuple[int, int]:
    """(all reports, those that are open)."""
    rows = await session.execute(select(UploadReport.state, func.count()).group_by(UploadReport.state))
    found = {row[0]: row[1] for row in rows}
    return sum(found.values()), found.get(ReportState.OPEN, 0)


async def open_reports_among(session: AsyncSession, attempt_ids: Sequence[str]) -> int:
    """How many reports on these attempts are open."""
    found = await session.scalar(
        select(func.count()).where(UploadReport.attempt_id.in_(attempt_ids), UploadReport.state == ReportState.OPEN)
    )
    return found or 0


async def page_of_reports(session: AsyncSession, *, offset: int, limit: int) -> Sequence[UploadReport]:
    """Open reports, the oldest first, since it has waited longest; then those that are closed, the newest first."""
    found = await session.scalars(
        select(UploadReport)
        .order_by(UploadReport.closed_at.is_not(None), UploadReport.closed_at.desc(), UploadReport.at, UploadReport.id)
        .offset(offset)
        .limit(limit)
    )
    return list(found)


def present_mine(report: UploadReport) -> MyReport:
    """A report as its candidate sees it."""
    return MyReport(
        report_id=report.id,
        at_ms=to_ms(report.at),
        by=Reporter(report.by),
        called_at_ms=optional_ms(report.called_at),
        state=ReportState(report.state),
        closed_ms=optional_ms(report.closed_at),
        outcome=None if report.outcome is None else Outcome(report.outcome),
    )


async def present_reports(session: AsyncSession, reports: Sequence[UploadReport]) -> list[ReportView]:
    """Reports as staff see them, with whose they are."""
    attempts = await attempts_among(session, {one.attempt_id for one in reports})
    people = await enrolled_among(session, {one.attempt.registration_id for one in attempts.values()})
    known = {one.registration.id: one for one in people}
    staff = await names_among(
        session, {one for report in reports for one in (report.staff_id, report.closed_by) if one}
    )
    return [
        _present(report, attempts[report.attempt_id], known[attempts[report.attempt_id].attempt.registration_id], staff)
        for report in reports
    ]


def _present(report: UploadReport, attempt: AttemptFacts, who: Enrolled, staff: Mapping[str, str]) -> ReportView:
    reported_ms, until_ms = to_ms(report.called_at or report.at), to_ms(attempt.schedule.report_until)
    return ReportView(
        **present_mine(report).model_dump(),
        attempt_id=report.attempt_id,
        sitting_id=attempt.attempt.sitting_id,
        sitting_name=attempt.held_in.sitting.name,
        time_zone=attempt.held_in.exam.time_zone,
        ticket=who.registration.ticket,
        name=who.person.name,
        in_time=is_in_time(reported_ms, until_ms=until_ms),
        report_until_ms=until_ms,
        note=report.note,
        logged_by=None if report.staff_id is None else staff[report.staff_id],
        ledger=Snapshot.model_validate(report.ledger),
        closed_by=None if report.closed_by is None else staff[report.closed_by],
        closing_note=report.closing_note,
    )
