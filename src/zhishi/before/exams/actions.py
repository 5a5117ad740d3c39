"""What happens to exams."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from zhishi.before.exams.models import Attachment, Exam, Sitting
from zhishi.before.exams.rules import AttachmentKind, PhonePolicy, PhotoPolicy, SittingKind, Timings
from zhishi.foundation import audit
from zhishi.foundation.audit import Actor
from zhishi.foundation.kernel.ids import new_id


async def create_exam(
    session: AsyncSession,
    *,
    title: str,
    time_zone: str,
    timings: Timings,
    photo_policy: PhotoPolicy,
    phone_policy: PhonePolicy = PhonePolicy.ADVISED,
    actor: Actor,
    at: datetime,
) -> Exam:
    """Announce an exam."""
    exam = Exam(
        id=new_id(),
        title=title,
        time_zone=time_zone,
        photo_policy=photo_policy,
        phone_policy=phone_policy,
        created_at=at,
        **asdict(timings),
    )
    session.add(exam)
    audit.record(session, at=at, actor=actor, action="exam.created", subject=("exam", exam.id))
    await session.flush()
    return exam


async def publish_results(
    session: AsyncSession, *, exam: Exam, incomplete: int, open_reports: int, actor: Actor, at: datetime
) -> None:
    """The results of an exam are public, which cannot be taken back. How many recordings were incomplete and how many
    reports of failed uploads were open is kept with it."""
    exam.results_published_at = at
    audit.record(
        session,
        at=at,
        actor=actor,
        action="results.published",
        subject=("exam", exam.id),
        incomplete=incomplete,
        open_reports=open_reports,
    )


async def create_sitting(
    session: AsyncSession,
    *,
    exam: Exam,
    kind: SittingKind,
    name: str,
    starts_at: datetime | None,
    actor: Actor,
    at: datetime,
) -> Sitting:
    """Set a sitting: a real one with its T0, a rehearsal without."""
    if (starts_at is None) != (kind is SittingKind.REHEARSAL):
        raise ValueError("a real sitting has a T0, a rehearsal has none")
    sitting = Sitting(id=new_id(), exam_id=exam.id, kind=kind, name=name, starts_at=starts_at, created_at=at)
    session.add(sitting)
    audit.record(session, at=at, actor=actor, action="sitting.created", subject=("sitting", sitting.id), kind=kind)
    await session.flush()
    return sitting


async def attach(
    session: AsyncSession,
    *,
    exam: Exam,
    kind: AttachmentKind,
    position: int,
    title: str,
    text: str,
    actor: Actor,
    at: datetime,
) -> Attachment:
    """Attach the first version of a text."""
    attachment = Attachment(
        id=new_id(),
        exam_id=exam.id,
        kind=kind,
        position=position,
        title=title,
        text=text,
        version=1,
        created_at=at,
    )
    session.add(attachment)
    audit.record(session, at=at, actor=actor, action="attachment.added", subject=("attachment", attachment.id))
    await session.flush()
    return attachment
