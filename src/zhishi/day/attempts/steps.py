"""What an attempt leaves behind on its way to entry: checks of the device, texts accepted, steps passed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from zhishi.before.exams.models import Attachment
from zhishi.day.attempts.actions import by_candidate, note, topic_of_sitting
from zhishi.day.attempts.models import Acceptance, Attempt, Preparation
from zhishi.day.attempts.rules import ServerEvent
from zhishi.foundation import audit
from zhishi.foundation.adapters.database import after_commit
from zhishi.foundation.kernel.ids import new_id


async def keep_preparation(
    session: AsyncSession,
    *,
    registration_id: str,
    device_id: str,
    report: Mapping[str, Any],
    attempt: Attempt | None,
    at: datetime,
) -> Preparation:
    """F1.3: keep what a check of the device found. During an attempt it is an event of it, too."""
    row = Preparation(id=new_id(), registration_id=registration_id, device_id=device_id, at=at, report=dict(report))
    session.add(row)
    states = {str(item["key"]): item["state"] for item in report["items"]}
    if attempt is not None:
        note(session, attempt.id, ServerEvent.PREPARED, at=at, **states)
        _tell(session, attempt)
    audit.record(
        session,
        at=at,
        actor=audit.Actor("candidate", registration_id),
        action="device.checked",
        subject=("registration", registration_id),
        preparation=row.id,
    )
    await session.flush()
    return row


async def record_acceptance(
    session: AsyncSession,
    *,
    registration_id: str,
    attempt: Attempt | None,
    attachment: Attachment,
    reading_ms: int,
    at: datetime,
) -> None:
    """F6.2: a text was accepted, in this version, at this time."""
    session.add(
        Acceptance(
            id=new_id(),
            registration_id=registration_id,
            attempt_id=None if attempt is None else attempt.id,
            attachment_id=attachment.id,
            version=attachment.version,
            accepted_at=at,
            reading_ms=reading_ms,
        )
    )
    if attempt is not None:
        kind = ServerEvent.CONSENT_GIVEN if attachment.kind == "consent" else ServerEvent.TEXT_ACCEPTED
        note(session, attempt.id, kind, at=at, text=attachment.kind, version=attachment.version, reading_ms=reading_ms)
        _tell(session, attempt)
    audit.record(
        session,
        at=at,
        actor=audit.Actor("candidate", registration_id),
        action="text.accepted",
        subject=("attachment", attachment.id),
        version=attachment.version,
        attempt=None if attempt is None else attempt.id,
    )
    await session.flush()


async def pass_binding(session: AsyncSession, *, attempt: Attempt, at: datetime) -> None:
    """The candidate goes on without a phone. Again changes nothing."""
    if attempt.binding_passed_at is None:
        attempt.binding_passed_at = at
        _keep(session, attempt, ServerEvent.BINDING_PASSED, at=at)


async def pass_lot(session: AsyncSession, *, attempt: Attempt, at: datetime) -> None:
    """F5.2: the candidate leaves the lot to the system. Again changes nothing."""
    if attempt.lot_passed_at is None:
        attempt.lot_passed_at = at
        _keep(session, attempt, ServerEvent.LOT_PASSED, at=at)


async def confirm_devices(
    session: AsyncSession, *, attempt: Attempt, camera: str, microphone: str, at: datetime
) -> None:
    """F8.1: camera and microphone are chosen, by their labels. Each choice is on record; the first is the step."""
    attempt.devices_confirmed_at = attempt.devices_confirmed_at or at
    _keep(session, attempt, ServerEvent.DEVICES_CONFIRMED, at=at, camera=camera, microphone=microphone)


def _keep(session: AsyncSession, attempt: Attempt, event: ServerEvent, *, at: datetime, **detail: Any) -> None:
    note(session, attempt.id, event, at=at, **detail)
    audit.record(
        session,
        at=at,
        actor=by_candidate(attempt),
        action=f"attempt.{event}",
        subject=("attempt", attempt.id),
    )
    _tell(session, attempt)


def _tell(session: AsyncSession, attempt: Attempt) -> None:
    after_commit(session, topic_of_sitting(attempt.sitting_id), attempt_id=attempt.id)
