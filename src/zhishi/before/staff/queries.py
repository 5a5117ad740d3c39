"""Reading about staff."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from zhishi.before.staff.models import StaffAccount, StaffLoginFailure, StaffSession
from zhishi.before.staff.rules import FAILURE_WINDOW, Role


def secret_sha256(secret: str) -> str:
    """How a session's secret is kept."""
    return hashlib.sha256(secret.encode()).hexdigest()


async def account_of_secret(session: AsyncSession, secret: str, *, now: datetime) -> StaffAccount | None:
    """The active account behind a cookie, if its session runs."""
    return await session.scalar(
        select(StaffAccount)
        .join(StaffSession, StaffSession.staff_id == StaffAccount.id)
        .where(
            StaffSession.secret_sha256 == secret_sha256(secret),
            StaffSession.ended_at.is_(None),
            StaffSession.expires_at > now,
            StaffAccount.active,
        )
    )


async def account_by_username(session: AsyncSession, username: str) -> StaffAccount | None:
    return await session.scalar(select(StaffAccount).where(StaffAccount.username == username))


async def accounts_in_role(session: AsyncSession, role: Role) -> list[StaffAccount]:
    found = await session.scalars(select(StaffAccount).where(StaffAccount.role == role).order_by(StaffAccount.username))
    return list(found)


async def names_among(session: AsyncSession, staff_ids: Collection[str]) -> dict[str, str]:
    """How accounts are called, by id."""
    found = await session.execute(
        select(StaffAccount.id, StaffAccount.display_name).where(StaffAccount.id.in_(staff_ids))
    )
    return {row[0]: row[1] for row in found}


async def recent_failures(session: AsyncSession, username: str, *, address: str, now: datetime) -> int:
    """Refused logins of a username from an address within the window."""
    count = await session.scalar(
        select(func.count())
        .select_from(StaffLoginFailure)
        .where(
            StaffLoginFailure.username == username,
            StaffLoginFailure.address == address,
            StaffLoginFailure.at > now - FAILURE_WINDOW,
        )
    )
    return count or 0
