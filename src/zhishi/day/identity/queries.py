"""Reading verifications."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from zhishi.day.identity.models import Verification, VerificationRequest
from zhishi.day.identity.refusals import LoginUnknown
from zhishi.foundation.kernel.sealing import keyed_digest
from zhishi.foundation.settings import Keys


def ticket_digest(keys: Keys, ticket: str) -> str:
    """How a typed ticket number is kept with a try, right or wrong."""
    return keyed_digest(keys.people, "ticket", ticket)


def address_digest(keys: Keys, address: str) -> str:
    """How the address that a try came from is kept."""
    return keyed_digest(keys.people, "address", address)


async def wrong_guesses_since(session: AsyncSession, ticket: str, *, address: str, since: datetime) -> int:
    """How often a ticket was typed with a wrong ID number's tail from an address (digests) since a moment."""
    count = await session.scalar(
        select(func.count())
        .select_from(Verification)
        .where(
            Verification.ticket_digest == ticket,
            Verification.address_digest == address,
            Verification.outcome == LoginUnknown.code,
            Verification.at > since,
        )
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


async def waiting_in(session: AsyncSession, sitting_id: str) -> dict[str, VerificationRequest]:
    """The requests of a sitting that wait for staff, by registration; of several by one person the oldest."""
    rows = await session.scalars(
        select(VerificationRequest)
        .where(VerificationRequest.sitting_id == sitting_id, VerificationRequest.state == "waiting")
        .order_by(VerificationRequest.asked_at.desc(), VerificationRequest.id.desc())
    )
    return {row.registration_id: row for row in rows}
