"""What happens to an attempt."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from zhishi.before.exams.rules import SittingKind
from zhishi.day.attempts import queries
from zhishi.day.attempts.models import Attempt, AttemptEvent, AttemptLogin
from zhishi.day.attempts.rules import BACK_WITHIN, LOGIN_LENGTH, SILENT_AFTER, ClientEvent, EndReason, ServerEvent
from zhishi.foundation import audit
from zhishi.foundation.adapters.database import after_commit
from zhishi.foundation.kernel.clock import optional_ms, to_ms
from zhishi.foundation.kernel.ids import new_id, new_secret, readable_code


def topic_of_sitting(sitting_id: str) -> str:
    """The bus topic on which changes to a sitting's attempts are told."""
    return f"sitting:{sitting_id}"


def note(
    session: AsyncSession,
    attempt_id: str,
    kind: ServerEvent | ClientEvent,
    *,
    at: datetime,
    received_at: datetime | None = None,
    device_ms: int | None = None,
    **detail: Any,
) -> None:
    """Write an event into an attempt's record."""
    session.add(
        AttemptEvent(
            id=new_id(),
            attempt_id=attempt_id,
            kind=kind,
            at=at,
            device_ms=device_ms,
            received_at=received_at or at,
            detail=detail,
        )
    )


def by_candidate(attempt: Attempt) -> audit.Actor:
    """The candidate of an attempt as the actor of an audit row."""
    return audit.Actor("candidate", attempt.registration_id)


async def begin_attempt(
    session: AsyncSession,
    *,
    sitting_id: str,
    registration_id: str,
    kind: SittingKind,
    ordinal: int,
    device_id: str,
    at: datetime,
) -> Attempt:
    """Open an attempt at its first login."""
    attempt = Attempt(
        id=new_id(),
        sitting_id=sitting_id,
        registration_id=registration_id,
        ordinal=ordinal,
        kind=kind,
        mark=readable_code(4),
        device_id=device_id,
        created_at=at,
    )
    session.add(attempt)
    await session.flush()
    audit.record(session, at=at, actor=by_candidate(attempt), action="attempt.begun", subject=("attempt", attempt.id))
    return attempt


async def open_login(session: AsyncSession, *, attempt: Attempt, device_id: str, at: datetime, **detail: Any) -> str:
    """Log a device in to an attempt, ending any other login (F2.4). Returns the cookie's secret."""
    await end_logins(session, attempt=attempt, reason="replaced", at=at)
    secret = new_secret()
    session.add(
        AttemptLogin(
            secret_sha256=queries.secret_sha256(secret),
            attempt_id=attempt.id,
            device_id=device_id,
            created_at=at,
            expires_at=at + LOGIN_LENGTH,
        )
    )
    attempt.device_id = device_id
    note(session, attempt.id, ServerEvent.LOGGED_IN, at=at, device=device_id, **detail)
    audit.record(
        session,
        at=at,
        actor=by_candidate(attempt),
        action="attempt.logged_in",
        subject=("attempt", attempt.id),
    )
    after_commit(session, topic_of_sitting(attempt.sitting_id), attempt_id=attempt.id)
    return secret


async def end_logins(session: AsyncSession, *, attempt: Attempt, reason: str, at: datetime) -> None:
    """End every login of an attempt that runs."""
    ended = await session.scalars(
        update(AttemptLogin)
        .where(AttemptLogin.attempt_id == attempt.id, AttemptLogin.ended_at.is_(None))
        .values(ended_at=at, end_reason=reason)
        .returning(AttemptLogin.device_id)
    )
    for device_id in ended:
        note(session, attempt.id, ServerEvent.LOGIN_ENDED, at=at, device=device_id, reason=reason)
        audit.record(
            session,
            at=at,
            actor=by_candidate(attempt),
            action="attempt.login_ended",
            subject=("attempt", attempt.id),
            reason=reason,
        )


async def enter(session: AsyncSession, *, attempt: Attempt, late: bool, at: datetime, **detail: Any) -> None:
    """Mark an attempt as entered. Entry after T0 is recorded as late."""
    attempt.entered_at = at
    attempt.late = late
    note(session, attempt.id, ServerEvent.ENTERED, at=at, late=late, **detail)
    audit.record(
        session,
        at=at,
        actor=by_candidate(attempt),
        action="attempt.entered",
        subject=("attempt", attempt.id),
        late=late,
    )
    after_commit(session, topic_of_sitting(attempt.sitting_id), attempt_id=attempt.id)


async def end(session: AsyncSession, *, attempt: Attempt, reason: EndReason, at: datetime) -> None:
    """End an attempt. Ending again changes nothing."""
    if attempt.ended_at is not None:
        return
    attempt.ended_at = at
    attempt.end_reason = reason
    note(session, attempt.id, ServerEvent.ENDED, at=at, reason=reason)
    audit.record(
        session,
        at=at,
        actor=by_candidate(attempt) if reason is EndReason.CANDIDATE else audit.SYSTEM,
        action="attempt.ended",
        subject=("attempt", attempt.id),
        reason=reason,
    )
    after_commit(session, topic_of_sitting(attempt.sitting_id), attempt_id=attempt.id)


async def depart(session: AsyncSession, *, attempt: Attempt, at: datetime, complete: bool) -> None:
    """The candidate left the upload page for the home page."""
    if attempt.departed_at is not None:
        return
    attempt.departed_at = at
    note(session, attempt.id, ServerEvent.DEPARTED, at=at, complete=complete)
    audit.record(
        session,
        at=at,
        actor=by_candidate(attempt),
        action="attempt.departed",
        subject=("attempt", attempt.id),
        complete=complete,
    )


async def readmit(
    session: AsyncSession, *, attempt: Attempt, reason: str, actor: audit.Actor, until: datetime, at: datetime
) -> None:
    """Staff let a candidate back in until a moment: one who had entered, from another device; else past the closing of
    entry. Leave that was given for longer stays."""
    if attempt.entered_at is None:
        attempt.entry_until = max(until, attempt.entry_until or until)
    else:
        attempt.move_allowed_until = max(until, attempt.move_allowed_until or until)
    note(session, attempt.id, ServerEvent.READMITTED, at=at, reason=reason, until_ms=to_ms(until))
    audit.record(
        session,
        at=at,
        actor=actor,
        action="attempt.readmitted",
        subject=("attempt", attempt.id),
        reason=reason,
        until_ms=to_ms(until),
    )
    after_commit(session, topic_of_sitting(attempt.sitting_id), attempt_id=attempt.id)


async def note_interruption(session: AsyncSession, *, attempt: Attempt, at: datetime) -> None:
    """A running attempt came back: whatever the cause, the record says from when to when.

    One silence is one interruption, though both the new login and the loaded page tell of it.
    """
    since = attempt.last_heard_at or attempt.entered_at
    if attempt.silent_until is not None and at < attempt.silent_until + BACK_WITHIN:
        # The heartbeat of the page that came back was faster than its report: the silence before it is meant.
        since = attempt.silent_from
    last_heard_ms = optional_ms(since)
    if last_heard_ms in await queries.interrupted_since(session, attempt.id):
        return
    note(session, attempt.id, ServerEvent.INTERRUPTED, at=at, last_heard_ms=last_heard_ms)
    await session.flush()


async def note_heard(session: AsyncSession, attempt_ids: Collection[str], *, at: datetime) -> None:
    """Remember when attempts were last heard of, and the silence that this ends, if there was one.

    No event and no audit row: it happens every four seconds.
    """
    heard = update(Attempt).where(Attempt.id.in_(attempt_ids))
    silent = heard.where(Attempt.last_heard_at < at - SILENT_AFTER)
    await session.execute(silent.values(silent_from=Attempt.last_heard_at, silent_until=at))
    await session.execute(heard.values(last_heard_at=at))
