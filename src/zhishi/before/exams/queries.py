"""Reading about exams."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from zhishi.before.exams.models import Attachment, Exam, Sitting
from zhishi.before.exams.rules import AttachmentKind, Schedule, SittingKind, schedule_at
from zhishi.foundation.kernel.errors import NotFound


@dataclass(frozen=True, slots=True)
class SittingFacts:
    """A sitting with its exam."""

    sitting: Sitting
    exam: Exam

    @property
    def kind(self) -> SittingKind:
        return SittingKind(self.sitting.kind)

    @property
    def schedule(self) -> Schedule | None:
        """None for a rehearsal, whose times belong to the attempt."""
        starts = self.sitting.starts_at
        return None if starts is None else schedule_at(starts, self.exam.timings)


async def exam(session: AsyncSession, exam_id: str) -> Exam:
    """One exam. Raises `NotFound`."""
    found = await session.get(Exam, exam_id)
    if found is None:
        raise NotFound()
    return found


async def exam_for_change(session: AsyncSession, exam_id: str) -> Exam:
    """One exam; one transaction at a time changes it. Raises `NotFound`."""
    found = await session.get(Exam, exam_id, with_for_update=True)
    if found is None:
        raise NotFound()
    return found


async def sitting_facts(session: AsyncSession, sitting_id: str) -> SittingFacts:
    """One sitting. Raises `NotFound`."""
    row = (
        await session.execute(
            select(Sitting, Exam).join(Exam, Exam.id == Sitting.exam_id).where(Sitting.id == sitting_id)
        )
    ).one_or_none()
    if row is None:
        raise NotFound()
    return SittingFacts(*row)


async def all_sittings(session: AsyncSession) -> list[SittingFacts]:
    """Every sitting, the latest T0 first, rehearsals last."""
    rows = await session.execute(
        select(Sitting, Exam)
        .join(Exam, Exam.id == Sitting.exam_id)
        .order_by(Sitting.starts_at.is_(None), Sitting.starts_at.desc(), Sitting.id)
    )
    return [SittingFacts(*row) for row in rows]


async def real_sittings_of(session: AsyncSession, exam_id: str) -> list[SittingFacts]:
    """The sittings of an exam that have a T0, in the order of time."""
    rows = await session.execute(
        select(Sitting, Exam)
        .join(Exam, Exam.id == Sitting.exam_id)
        .where(Sitting.exam_id == exam_id, Sitting.kind == SittingKind.REAL)
        .order_by(Sitting.starts_at, Sitting.id)
    )
    return [SittingFacts(*row) for row in rows]


async def rehearsal_of(session: AsyncSession, exam_id: str) -> SittingFacts | None:
    """The rehearsal sitting of an exam, if it has one."""
    row = (
        await session.execute(
            select(Sitting, Exam)
            .join(Exam, Exam.id == Sitting.exam_id)
            .where(Sitting.exam_id == exam_id, Sitting.kind == SittingKind.REHEARSAL)
            .limit(1)
        )
    ).one_or_none()
    return None if row is None else SittingFacts(*row)


async def sittings_around(session: AsyncSession, *, after: datetime, limit: int = 20) -> list[SittingFacts]:
    """Real sittings whose T0 is later than `after`, nearest first, and all rehearsals behind them."""
    rows = await session.execute(
        select(Sitting, Exam)
        .join(Exam, Exam.id == Sitting.exam_id)
        .where((Sitting.starts_at > after) | Sitting.starts_at.is_(None))
        .order_by(Sitting.starts_at.is_(None), Sitting.starts_at, Sitting.id)
        .limit(limit)
    )
    return [SittingFacts(*row) for row in rows]


async def consent_of(session: AsyncSession, exam_id: str) -> Attachment | None:
    """The newest text by which candidates agree to the processing of their face, if the exam has one."""
    texts = await attachments_of(session, exam_id)
    return next((one for one in texts if one.kind == AttachmentKind.CONSENT), None)


async def attachments_of(session: AsyncSession, exam_id: str) -> list[Attachment]:
    """The newest version of each text of an exam, in reading order."""
    rows = await session.scalars(
        select(Attachment)
        .where(Attachment.exam_id == exam_id)
        .order_by(Attachment.position, Attachment.kind, Attachment.version.desc())
    )
    newest: dict[str, Attachment] = {}
    for attachment in rows:
        newest.setdefault(attachment.kind, attachment)
    return list(newest.values())


async def attachments_among(session: AsyncSession, attachment_ids: Collection[str]) -> dict[str, Attachment]:
    """Texts of any version, by id."""
    found = await session.scalars(select(Attachment).where(Attachment.id.in_(attachment_ids)))
    return {one.id: one for one in found}
