"""Logging in to the home page with the one-time secret of the admission ticket (requirements, "Times")."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from zhishi.before.exams.rules import SittingKind
from zhishi.before.roster.actions import issue_home_secret, tie_home_secret
from zhishi.before.roster.models import Registration
from zhishi.before.roster.queries import (
    Enrolled,
    enrolled_by_ticket,
    home_secret_digest,
    id_tail_digest,
    registration_for_change,
)
from zhishi.day.attempts.queries import secret_sha256
from zhishi.day.attempts.rules import LOGIN_LENGTH
from zhishi.day.identity.applicants import keep_try
from zhishi.day.identity.models import HomeSession
from zhishi.day.identity.queries import address_digest, ticket_digest, wrong_guesses_since
from zhishi.day.identity.refusals import HomeLoginUnknown, HomeSecretUsed, LoginTooOften
from zhishi.day.identity.rules import GUESSES_PER_MINUTE
from zhishi.day.identity.schemas import Credentials, HomeLogin
from zhishi.foundation import audit
from zhishi.foundation.edge.services import Services
from zhishi.foundation.kernel.errors import Refusal
from zhishi.foundation.kernel.ids import new_secret


async def session_of_secret(session: AsyncSession, secret: str, *, now: datetime) -> HomeSession | None:
    """The session that a home cookie opens, if it runs."""
    return await session.scalar(
        select(HomeSession).where(
            HomeSession.secret_sha256 == secret_sha256(secret),
            HomeSession.ended_at.is_(None),
            HomeSession.expires_at > now,
        )
    )


async def log_in_home(services: Services, login: HomeLogin, *, address: str) -> tuple[str, str] | Refusal:
    """(registration, the cookie's secret), or why not. A refused try is on record, and guessing is limited."""
    form = Credentials(
        ticket=login.ticket,
        id_tail=login.id_tail,
        kind=SittingKind.REHEARSAL,
        device=login.device,
        take_over=False,
        address=address,
    )
    now = services.clock.now()
    async with services.database.writing() as work:
        refused = await _guessing_too_often(work, services, form, now=now)
        found = None if refused is not None else await _holder_of(work, services, login)
        if found is None:
            refused = refused or HomeLoginUnknown()
            keep_try(work, services, form, refused.code, at=now)
            return refused
        # Of two browsers that use it at once one comes second here.
        row = await registration_for_change(work, found.id)
        if row.home_device_id not in (None, login.device):
            keep_try(work, services, form, HomeSecretUsed.code, registration_id=row.id, at=now)
            return HomeSecretUsed()
        if row.home_device_id is None:
            await tie_home_secret(work, registration=row, device_id=login.device, at=now)
        secret = await _open_session(work, row, device_id=login.device, at=now)
        return row.id, secret


async def _guessing_too_often(
    session: AsyncSession, services: Services, form: Credentials, *, now: datetime
) -> Refusal | None:
    ticket, address = ticket_digest(services.keys, form.ticket), address_digest(services.keys, form.address)
    guesses = await wrong_guesses_since(session, ticket, address=address, since=now - timedelta(minutes=1))
    return LoginTooOften(retry_after_s=60) if guesses >= GUESSES_PER_MINUTE else None


async def _holder_of(session: AsyncSession, services: Services, login: HomeLogin) -> Registration | None:
    """Whose ticket it is. A ticket may serve several sittings; the secret tells which, the newest first."""
    people: list[Enrolled] = await enrolled_by_ticket(
        session, ticket=login.ticket, id_tail_digest=id_tail_digest(services.keys, login.id_tail)
    )
    digest = home_secret_digest(services.keys, login.secret)
    mine = [one.registration for one in people if one.registration.home_secret_digest == digest]
    return max(mine, key=lambda one: one.created_at, default=None)


async def _open_session(session: AsyncSession, row: Registration, *, device_id: str, at: datetime) -> str:
    secret = new_secret()
    session.add(
        HomeSession(
            secret_sha256=secret_sha256(secret),
            registration_id=row.id,
            device_id=device_id,
            created_at=at,
            expires_at=at + LOGIN_LENGTH,
        )
    )
    audit.record(
        session,
        at=at,
        actor=audit.Actor("candidate", row.id),
        action="home.logged_in",
        subject=("registration", row.id),
    )
    return secret


async def end_home_sessions(
    session: AsyncSession, *, registration_id: str, reason: str, actor: audit.Actor, at: datetime
) -> None:
    """End every home session of a registration."""
    await session.execute(
        update(HomeSession)
        .where(HomeSession.registration_id == registration_id, HomeSession.ended_at.is_(None))
        .values(ended_at=at, end_reason=reason)
    )
    audit.record(
        session,
        at=at,
        actor=actor,
        action="home.logged_out",
        subject=("registration", registration_id),
        reason=reason,
    )


async def renew_secret(
    session: AsyncSession, services: Services, *, registration_id: str, reason: str, actor: audit.Actor, at: datetime
) -> str:
    """Staff issue a new home secret; what the old one opened is closed. Returns it as it is printed."""
    row = await registration_for_change(session, registration_id)
    await end_home_sessions(session, registration_id=row.id, reason="renewed", actor=actor, at=at)
    return await issue_home_secret(session, keys=services.keys, registration=row, actor=actor, at=at, reason=reason)
