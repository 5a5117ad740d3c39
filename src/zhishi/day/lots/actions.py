"""Drawing and assigning lots."""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from zhishi.day.attempts.actions import by_candidate
from zhishi.day.attempts.models import Attempt
from zhishi.day.lots.models import Lot
from zhishi.day.lots.queries import label, lot_of
from zhishi.foundation import audit


async def assign_lot(session: AsyncSession, *, attempt: Attempt, registered: int, at: datetime) -> str:
    """Give an attempt a lot by chance if it has none (F5.2). Returns it as people see it.

    Numbers run from 1 to `registered`. Two that enter at once are kept apart by SQLite's single writer, and on
    PostgreSQL by the unique constraint, where the second one's request is answered as busy and repeats.
    """
    held = await lot_of(session, attempt.id)
    if held is not None:
        return held
    taken = set(await session.scalars(select(Lot.number).where(Lot.sitting_id == attempt.sitting_id)))
    free = [number for number in range(1, max(registered, len(taken) + 1) + 1) if number not in taken]
    number = secrets.choice(free)
    session.add(
        Lot(
            attempt_id=attempt.id,
            sitting_id=attempt.sitting_id,
            number=number,
            drawn_by="system",
            drawn_at=at,
        )
    )
    audit.record(
        session,
        at=at,
        actor=by_candidate(attempt),
        action="lot.assigned",
        subject=("attempt", attempt.id),
        drawn_by="system",
    )
    await session.flush()
    return label(number)
