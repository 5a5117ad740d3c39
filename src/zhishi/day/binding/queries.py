"""Reading bindings."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from zhishi.day.attempts.models import Attempt
from zhishi.day.binding.models import Binding, BindingPermit
from zhishi.day.binding.rules import BindingFacts, PhoneStatus, status_of
from zhishi.day.binding.schemas import PhoneState
from zhishi.foundation.kernel.clock import optional_ms
from zhishi.foundation.kernel.errors import NotFound
from zhishi.foundation.kernel.ids import as_made


def code_sha256(code: str) -> str:
    """How a code is kept; what was typed is read as it was shown."""
    return hashlib.sha256(as_made(code).encode()).hexdigest()


async def binding(session: AsyncSession, binding_id: str, *, for_change: bool = False) -> Binding:
    """One binding. Raises `NotFound`."""
    found = await session.get(Binding, binding_id, with_for_update=for_change)
    if found is None:
        raise NotFound()
    return found


async def binding_of_code(session: AsyncSession, code: str, *, now: datetime) -> Binding | None:
    """The unused binding that a code opens, if it has not expired."""
    return await session.scalar(
        select(Binding)
        .where(
            Binding.code_sha256 == code_sha256(code),
            Binding.bound_at.is_(None),
            Binding.ended_at.is_(None),
            Binding.code_expires_at > now,
        )
        .with_for_update()
    )


async def binding_again(session: AsyncSession, code: str, *, device_id: str) -> Binding | None:
    """The binding that a code has opened already for the very phone that gives it back: its answer was lost."""
    return await session.scalar(
        select(Binding).where(
            Binding.code_sha256 == code_sha256(code), Binding.device_id == device_id, Binding.ended_at.is_(None)
        )
    )


async def phone_state(session: AsyncSession, attempt: Attempt, *, now: datetime) -> PhoneState:
    """The phone of an attempt now."""
    return (await phone_states(session, [attempt], now=now))[attempt.id]


async def phone_states(session: AsyncSession, attempts: Sequence[Attempt], *, now: datetime) -> dict[str, PhoneState]:
    """The same for many attempts, in two queries."""
    ids = [attempt.id for attempt in attempts]
    rows = await session.scalars(
        select(Binding).where(Binding.attempt_id.in_(ids), Binding.bound_at.is_not(None)).order_by(Binding.bound_at)
    )
    newest = {row.attempt_id: row for row in rows}
    permits = await session.scalars(
        select(BindingPermit.attempt_id).where(BindingPermit.attempt_id.in_(ids), BindingPermit.until > now)
    )
    permitted = set(permits)
    return {
        attempt.id: _present(
            newest.get(attempt.id),
            waived=attempt.binding_waived_at is not None,
            permit=attempt.id in permitted,
            now=now,
        )
        for attempt in attempts
    }


def _present(row: Binding | None, *, waived: bool, permit: bool, now: datetime) -> PhoneState:
    if row is None:
        return PhoneState(state=status_of(None, now), waived=waived, rebind_allowed=permit)
    told = row.state or {}
    level = told.get("level")
    return PhoneState(
        state=phone_status(row, now),
        bound_ms=optional_ms(row.bound_at),
        heard_ms=optional_ms(row.last_heard_at),
        stopped_ms=optional_ms(row.stopped_at),
        label=row.label,
        battery=None if level is None else round(level * 100),
        charging=told.get("charging"),
        visible=told.get("visible"),
        pending_segments=told.get("pending"),
        waived=waived,
        rebind_allowed=permit,
    )


def phone_status(row: Binding, now: datetime) -> PhoneStatus:
    """Where one phone is, be it the newest or one that was replaced."""
    return status_of(BindingFacts(row.bound_at, row.last_heard_at, row.stopped_at, row.ended_at is not None), now)
