"""Reporting that an upload failed, and settling it (R9)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from zhishi.day.attempts.actions import by_candidate, topic_of_sitting
from zhishi.day.attempts.models import Attempt
from zhishi.day.attempts.queries import AttemptFacts
from zhishi.day.rescue import queries
from zhishi.day.rescue.models import UploadReport
from zhishi.day.rescue.rules import (
    Outcome,
    Reporter,
    ReportState,
    ReportWindow,
    can_have_called,
    may_close,
    report_window,
)
from zhishi.foundation import audit
from zhishi.foundation.adapters.database import after_commit
from zhishi.foundation.kernel.clock import from_ms, optional_ms, to_ms
from zhishi.foundation.kernel.errors import refusal
from zhishi.foundation.kernel.ids import new_id

ReportTooEarly = refusal(
    "report_too_early",
    409,
    "考试还没有结束，录像正在边录边传，现在不需要报告；需要帮助请用【求助】。",
    "The exam is not over and the recording is still on its way: there is nothing to report yet. The chat has help.",
)
ReportTooLate = refusal(
    "report_too_late",
    409,
    "在页面上报告上传失败的时间已过。请立即拨打技术服务电话说明情况；不要清除浏览器数据，录像仍在本机，还可以补传。",
    "The time for reports on this page is over: call the hotline now. Do not clear the browser's data: "
    "the recording is still on this device and can still be taken from it.",
)
CallTimeInvalid = refusal(
    "call_time_invalid",
    422,
    "来电时间不能早于这次应试开始，也不能晚于现在。请填写考生打来电话的时间。",
    "The call cannot have been before this attempt began or in the future: give the time at which it came.",
)
ReportClosed = refusal(
    "report_closed",
    409,
    "这条上传失败报告已经办结；如果又有新情况，请另记一条。",
    "This report is already closed: if something new has come up, log another one.",
)


async def report_failure(
    session: AsyncSession, *, attempt: AttemptFacts, note: str, ledger: dict[str, Any], at: datetime
) -> UploadReport:
    """The candidate's button. While a report is open there is no second one. The attempt is locked by the caller.

    Raises `ReportTooEarly`, `ReportTooLate`.
    """
    known = await queries.open_report(session, attempt.attempt.id)
    if known is not None:
        return known
    until_ms = to_ms(attempt.schedule.report_until)
    window = report_window(ended=attempt.ended_at(at) is not None, until_ms=until_ms, now_ms=to_ms(at))
    if window is ReportWindow.BEFORE:
        raise ReportTooEarly()
    if window is ReportWindow.OVER:
        raise ReportTooLate(until_ms=until_ms)
    return await _open(
        session,
        attempt.attempt,
        by=Reporter.CANDIDATE,
        note=note,
        ledger=ledger,
        actor=by_candidate(attempt.attempt),
        at=at,
    )


async def log_call(
    session: AsyncSession,
    *,
    attempt: AttemptFacts,
    called_ms: int,
    note: str,
    ledger: dict[str, Any],
    staff_id: str,
    at: datetime,
) -> UploadReport:
    """F10.5: a call to the hotline, as a report at the time of the call. The same call is logged once. The attempt is
    locked by the caller. Raises `CallTimeInvalid`."""
    began_ms = to_ms(attempt.attempt.entered_at or attempt.attempt.created_at)
    if not can_have_called(called_ms, began_ms=began_ms, now_ms=to_ms(at)):
        raise CallTimeInvalid(began_ms=began_ms)
    known = await queries.open_report(session, attempt.attempt.id, called_at=from_ms(called_ms))
    if known is not None:
        return known
    return await _open(
        session,
        attempt.attempt,
        by=Reporter.PHONE_CALL,
        note=note,
        ledger=ledger,
        actor=audit.Actor("staff", staff_id),
        at=at,
        called_at=from_ms(called_ms),
    )


async def _open(
    session: AsyncSession,
    attempt: Attempt,
    *,
    by: Reporter,
    note: str,
    ledger: dict[str, Any],
    actor: audit.Actor,
    at: datetime,
    called_at: datetime | None = None,
) -> UploadReport:
    report = UploadReport(
        id=new_id(),
        attempt_id=attempt.id,
        at=at,
        by=by,
        staff_id=actor.id if by is Reporter.PHONE_CALL else None,
        called_at=called_at,
        note=note,
        ledger=ledger,
        state=ReportState.OPEN,
    )
    session.add(report)
    # The note may hold a name or a number to call back: it is in the report, not in the log.
    audit.record(
        session,
        at=at,
        actor=actor,
        action="upload_report.opened",
        subject=("attempt", attempt.id),
        report=report.id,
        by=by,
        called_ms=optional_ms(called_at),
    )
    after_commit(session, topic_of_sitting(attempt.sitting_id), attempt_id=attempt.id)
    await session.flush()
    return report


async def close_report(
    session: AsyncSession,
    *,
    report: UploadReport,
    attempt: Attempt,
    outcome: Outcome,
    note: str,
    staff_id: str,
    at: datetime,
) -> None:
    """A report is settled. The report is locked by the caller. Raises `ReportClosed`."""
    if not may_close(ReportState(report.state)):
        raise ReportClosed(outcome=report.outcome)
    report.state, report.outcome, report.closing_note = ReportState.CLOSED, outcome, note
    report.closed_by, report.closed_at = staff_id, at
    audit.record(
        session,
        at=at,
        actor=audit.Actor("staff", staff_id),
        action="upload_report.closed",
        subject=("attempt", attempt.id),
        report=report.id,
        outcome=outcome,
    )
    after_commit(session, topic_of_sitting(attempt.sitting_id), attempt_id=attempt.id)
