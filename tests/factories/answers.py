"""Reading what the server said, and what it wrote down."""

from __future__ import annotations

from typing import Any

from httpx import Response
from sqlalchemy import select

from tests.factories.day import Day
from tests.factories.devices import Candidate
from zhishi.day.attempts.models import AttemptEvent
from zhishi.foundation.audit.models import AuditEntry


def refused(answer: Response) -> tuple[int, str, dict[str, Any]]:
    """Status, code and detail of a refusal. Fails for an answer that is none."""
    error = answer.json()["error"]
    return answer.status_code, error["code"], error["detail"] or {}


def given(answer: Response, status: int = 200) -> dict[str, Any]:
    """The body of an answer that is no refusal."""
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def events_of(day: Day, candidate: Candidate, *kinds: str) -> list[dict[str, Any]]:
    """The details of an attempt's events of some kinds, in their order."""
    async with day.house.services.database.reading() as session:
        rows = await session.scalars(
            select(AttemptEvent)
            .where(AttemptEvent.attempt_id == candidate.attempt_id, AttemptEvent.kind.in_(kinds))
            .order_by(AttemptEvent.at, AttemptEvent.id)
        )
        return [row.detail for row in rows]


async def acts_of(day: Day, *, after: int = 0) -> list[AuditEntry]:
    """The rows of the audit log in the order in which they were written, without the first so many.

    Not by the house's clock, which a test may have put before the day on which the world was seeded.
    """
    async with day.house.services.database.reading() as session:
        rows = await session.scalars(select(AuditEntry).order_by(AuditEntry.id))
        return list(rows)[after:]


async def stored(day: Day, table: Any) -> list[Any]:
    """Every row of a table."""
    async with day.house.services.database.reading() as session:
        return list(await session.scalars(select(table)))
