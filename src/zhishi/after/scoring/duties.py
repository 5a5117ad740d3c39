"""Sheets that are owed: one for every examiner of the panel and every attempt that was entered and is over."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from zhishi.after.scoring import queries
from zhishi.after.scoring.actions import open_sheet
from zhishi.after.scoring.models import PanelMember, Sheet
from zhishi.before.exams.queries import all_sittings
from zhishi.before.exams.rules import SittingKind
from zhishi.day.attempts.queries import entered_attempts
from zhishi.foundation.adapters.database import Database
from zhishi.foundation.kernel.clock import Clock

Owed = tuple[str, str, str]  # (exam, attempt, examiner)


class SheetAllocation:
    """Every examiner scores every attempt of a real sitting.."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def due(self) -> Sequence[Owed]:
        """Sheets that should exist and do not."""
        now = self._clock.now()
        found: list[Owed] = []
        async with self._database.reading() as session:
            for held_in in await all_sittings(session):
                schedule = held_in.schedule
                if held_in.kind is not SittingKind.REAL or schedule is None or now < schedule.starts:
                    continue
                panel = await queries.panel_of(session, held_in.exam.id)
                found += await self._owed_of(session, held_in.sitting.id, panel)
        return found

    async def _owed_of(self, session: AsyncSession, sitting_id: str, panel: Sequence[PanelMember]) -> list[Owed]:
        now = self._clock.now()
        over = [
            facts for facts in await entered_attempts(session, sitting_id=sitting_id) if facts.ended_at(now) is not None
        ]
        ids = [facts.attempt.id for facts in over]
        rows = await session.execute(select(Sheet.attempt_id, Sheet.staff_id).where(Sheet.attempt_id.in_(ids)))
        have = {tuple(row) for row in rows}
        return [
            (facts.held_in.exam.id, facts.attempt.id, member.staff_id)
            for facts in over
            for member in panel
            if (facts.attempt.id, member.staff_id) not in have
        ]

    async def allocate(self, owed: Owed) -> None:
        """Open one owed sheet."""
        exam_id, attempt_id, staff_id = owed
        async with self._database.writing() as session:
            await open_sheet(session, exam_id=exam_id, attempt_id=attempt_id, staff_id=staff_id, at=self._clock.now())
