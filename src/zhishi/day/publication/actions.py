"""Publishing the results of an exam."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from zhishi.before.exams import actions as exams
from zhishi.before.exams.models import Exam
from zhishi.day.publication.queries import standing_of
from zhishi.day.publication.schemas import Lacking
from zhishi.foundation.audit import Actor
from zhishi.foundation.kernel.errors import refusal

ResultsTooEarly = refusal(
    "results_too_early",
    409,
    "还有场次的录像上传时间没有结束，现在不能公布成绩：公布后考生的录像副本会自动删除。请等到最晚一场的上传截止之后。",
    "The time for uploads is not over in all sittings, so results cannot be published yet: publication lets the "
    "candidates' copies go. Wait until the last sitting's time for uploads is over.",
)
ResultsUnconfirmed = refusal(
    "results_unconfirmed",
    409,
    "还有录像不完整，或上传失败报告没有办结，与您确认的数目不符。请看最新的数目，补传或办结之后，或确认之后再公布。",
    "Recordings are incomplete or reports of failed uploads are open, more than you confirmed. Look at the numbers as "
    "they are now, and publish once that is settled or confirmed.",
)


async def publish_results(session: AsyncSession, *, exam: Exam, confirmed: Lacking, actor: Actor, at: datetime) -> None:
    """The results of an exam are public. Said again, nothing changes; it cannot be taken back. The exam is locked by
    the caller. `confirmed`: what is known to be lacking. Raises `ResultsTooEarly`, `ResultsUnconfirmed`."""
    if exam.results_published_at is not None:
        return
    standing = await standing_of(session, exam, now=at)
    if standing.waiting:
        raise ResultsTooEarly(until_ms=max(one.until_ms for one in standing.waiting))
    lacking = standing.lacking
    if lacking.incomplete > confirmed.incomplete or lacking.open_reports > confirmed.open_reports:
        raise ResultsUnconfirmed(**lacking.model_dump())
    await exams.publish_results(
        session, exam=exam, incomplete=lacking.incomplete, open_reports=lacking.open_reports, actor=actor, at=at
    )
