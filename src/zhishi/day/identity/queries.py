"""Reading verifications."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from zhishi.day.identity.models import Verification
from zhishi.foundation.kernel.sealing import keyed_digest
from zhishi.foundation.settings import Keys


def ticket_digest(keys: Keys, ticket: str) -> str:
    """How a typed ticket number is kept with a try, right or wrong."""
    return keyed_digest(keys.people, "ticket", ticket)


async def tries_since(session: AsyncSession, digest: str, *, since: datetime) -> int:
    """How many tries a ticket number saw since a moment."""
    count = await session.scalar(
        select(func.count())
        .select_from(Verification)
        .where(Verification.ticket_digest == digest, Verification.at > since)
    )
    return count or 0


async def face_failures(session: AsyncSession, registration_id: str, *, now: datetime) -> int:
    """How often the face was not accepted in the last half hour."""
    count = await session.scalar(
        select(func.count())
        .select_from(Verification)
        .where(
            Verification.registration_id == registration_id,
            Verification.outcome.startswith("face_"),
            Verification.at > now - timedelta(minutes=30),
        )
    )
    return count or 0
