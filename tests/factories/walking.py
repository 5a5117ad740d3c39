"""Candidates who have logged in without a face, through the rooms' own actions."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from tests.factories.devices import REPORT
from tests.factories.world import World
from zhishi.before.exams.queries import attachments_of
from zhishi.before.exams.rules import SittingKind
from zhishi.day.attempts import actions as attempts
from zhishi.day.attempts import steps
from zhishi.day.attempts.models import Attempt
from zhishi.foundation.edge.services import Services


async def begin(
    services: Services,
    world: World,
    index: int,
    *,
    device: str,
    kind: SittingKind = SittingKind.REAL,
    ordinal: int = 1,
    walked: bool = True,
) -> tuple[str, str]:
    """(attempt id, the cookie's secret) of a candidate who has just logged in; `walked`: ready to enter."""
    now = services.clock.now()
    async with services.database.writing() as session:
        attempt = await attempts.begin_attempt(
            session,
            sitting_id=world.sitting_id if kind is SittingKind.REAL else world.rehearsal_id,
            registration_id=world.candidates[index].registration_id,
            kind=kind,
            ordinal=ordinal,
            device_id=device,
            at=now,
        )
        secret = await attempts.open_login(session, attempt=attempt, device_id=device, at=now)
        if walked:
            await _walk(session, services, world, attempt)
    return attempt.id, secret


async def _walk(session: AsyncSession, services: Services, world: World, attempt: Attempt) -> None:
    """The steps before entry: checked, read, without a phone, the lot left open."""
    now, registration_id = services.clock.now(), attempt.registration_id
    await steps.keep_preparation(
        session,
        registration_id=registration_id,
        device_id=attempt.device_id,
        report=REPORT,
        attempt=attempt,
        at=now,
    )
    for text in await attachments_of(session, world.exam_id):
        await steps.record_acceptance(
            session,
            registration_id=registration_id,
            attempt=attempt,
            attachment=text,
            reading_ms=60_000,
            at=now,
        )
    await steps.pass_binding(session, attempt=attempt, at=now)
    await steps.pass_lot(session, attempt=attempt, at=now)
