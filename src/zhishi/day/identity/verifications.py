"""Manual verification (F2.3): asking, showing oneself, the decision of staff, going in.

The moment of asking counts, however long staff take. Pictures are blobs under keys that are never written twice; the
first and the last one before the decision stay as evidence.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from zhishi.before.exams.queries import sitting_facts
from zhishi.before.roster.queries import enrolled
from zhishi.day.attempts import actions as attempts
from zhishi.day.attempts.models import Attempt
from zhishi.day.attempts.queries import AttemptFacts, attempts_of, secret_sha256
from zhishi.day.attempts.rules import ServerEvent
from zhishi.day.identity import refusals
from zhishi.day.identity.applicants import Applicant, find_applicant, keep_try, note_refused_elsewhere, open_for
from zhishi.day.identity.models import VerificationRequest
from zhishi.day.identity.rules import GRANT_LEAVES, GRANT_LIVES, VerificationState, may_become
from zhishi.day.identity.schemas import VerificationForm
from zhishi.foundation import audit
from zhishi.foundation.adapters.database import after_commit
from zhishi.foundation.edge.services import Services
from zhishi.foundation.kernel.errors import Refusal
from zhishi.foundation.kernel.ids import new_id, new_random_id, new_secret
from zhishi.foundation.vision.pictures import LOGIN_LIMITS, PictureCause, PictureRefused, decode_picture

_PICTURE_REFUSALS = {
    PictureCause.UNREADABLE: refusals.PictureUnreadable,
    PictureCause.TOO_LARGE: refusals.PictureTooLarge,
    PictureCause.DIMENSIONS: refusals.PictureDimensions,
}


async def _store_picture(services: Services, picture: bytes) -> str:
    """Keep a picture of a camera, checked by its content. Nothing refers to it until a row does."""
    try:
        await asyncio.to_thread(decode_picture, picture, limits=LOGIN_LIMITS)
    except PictureRefused as refused:
        raise _PICTURE_REFUSALS[refused.cause](**refused.detail) from None
    key = f"verifications/{new_random_id()}.jpg"
    await services.blobs.put(key, picture)
    return key


async def ask(services: Services, form: VerificationForm, picture: bytes) -> str | Refusal:
    """Ask staff to look. Returns the cookie's secret; asked again at the same device it is the same request."""
    asked_at = services.clock.now()
    async with services.database.reading() as look:
        found = await find_applicant(look, services, form, asked_at=asked_at, by_hand=True)
    if isinstance(found, Refusal):
        async with services.database.writing() as work:
            known = await note_refused_elsewhere(work, services, form, found, at=asked_at)
            keep_try(work, services, form, found.code, registration_id=known, at=asked_at)
        return found
    key, secret = await _store_picture(services, picture), new_secret()
    async with services.database.writing() as work:
        row = await _waiting_at(work, found, form)
        if row is None:
            row = _new_request(found, form, key, asked_at)
            work.add(row)
            audit.record(
                work,
                at=asked_at,
                actor=audit.Actor("candidate", found.registration.id),
                action="verification.asked",
                subject=("verification_request", row.id),
                why=form.reason,
            )
        row.secret_sha256 = secret_sha256(secret)
        row.take_over = form.take_over
        row.picture_key, row.picture_at = key, asked_at
        after_commit(work, attempts.topic_of_sitting(row.sitting_id), verification_id=row.id)
    return secret


async def _waiting_at(session: AsyncSession, found: Applicant, form: VerificationForm) -> VerificationRequest | None:
    return await session.scalar(
        select(VerificationRequest).where(
            VerificationRequest.registration_id == found.registration.id,
            VerificationRequest.sitting_id == found.held_in.sitting.id,
            VerificationRequest.device_id == form.device,
            VerificationRequest.state == VerificationState.WAITING,
        )
    )


def _new_request(found: Applicant, form: VerificationForm, key: str, at: datetime) -> VerificationRequest:
    return VerificationRequest(
        id=new_id(),
        registration_id=found.registration.id,
        sitting_id=found.held_in.sitting.id,
        kind=form.kind,
        device_id=form.device,
        take_over=form.take_over,
        reason=form.reason,
        state=VerificationState.WAITING,
        asked_at=at,
        first_picture_key=key,
        first_picture_at=at,
        moves=found.moves,
        attempt_id=None if found.attempt is None else found.attempt.id,
    )


async def keep_picture(services: Services, request_id: str, picture: bytes) -> None:
    """A newer picture for staff to look at. After the decision none is kept."""
    key, at = await _store_picture(services, picture), services.clock.now()
    async with services.database.writing() as work:
        row = await work.get(VerificationRequest, request_id, with_for_update=True)
        waiting = row is not None and row.state == VerificationState.WAITING
        spent = key
        if row is not None and waiting:
            spent, first = row.picture_key, row.first_picture_key
            row.picture_key, row.picture_at = key, at
            spent = "" if spent == first else spent
    if spent:
        await services.blobs.delete(spent)


async def withdraw(session: AsyncSession, *, row: VerificationRequest, at: datetime) -> None:
    """The candidate does without it. Again changes nothing."""
    if row.state == VerificationState.WITHDRAWN:
        return
    _become(row, VerificationState.WITHDRAWN)
    audit.record(
        session,
        at=at,
        actor=audit.Actor("candidate", row.registration_id),
        action="verification.withdrawn",
        subject=("verification_request", row.id),
    )


def _become(row: VerificationRequest, to: VerificationState) -> None:
    if not may_become(VerificationState(row.state), to):
        raise refusals.VerificationDecided(state=row.state)
    row.state = to


async def decide(
    session: AsyncSession, *, row: VerificationRequest, grant: bool, reason: str, staff_id: str, at: datetime
) -> None:
    """A member of staff has compared the pictures. Raises `VerificationDecided`."""
    _become(row, VerificationState.GRANTED if grant else VerificationState.REFUSED)
    row.decided_at, row.decided_by, row.decision_reason = at, staff_id, reason or None
    if row.attempt_id is not None:
        event = ServerEvent.VERIFICATION_GRANTED if grant else ServerEvent.VERIFICATION_REFUSED
        attempts.note(session, row.attempt_id, event, at=at, reason=reason)
    audit.record(
        session,
        at=at,
        actor=audit.Actor("staff", staff_id),
        action="verification.granted" if grant else "verification.refused",
        subject=("verification_request", row.id),
        registration=row.registration_id,
        reason=reason,
    )
    after_commit(session, attempts.topic_of_sitting(row.sitting_id), verification_id=row.id)


@dataclass(frozen=True, slots=True)
class LetIn:
    """A login that staff granted: the cookie's secret and the attempt."""

    secret: str
    attempt_id: str


async def go_in(session: AsyncSession, *, row: VerificationRequest, found: Applicant, at: datetime) -> LetIn:
    """The granted candidate goes in, on the device that asked. Raises a refusal where the grant does not hold."""
    if row.state == VerificationState.WAITING:
        raise refusals.VerificationWaiting()
    assert row.decided_at is not None or row.state != VerificationState.GRANTED
    if row.decided_at is not None and at > row.decided_at + GRANT_LIVES:
        raise refusals.VerificationExpired()
    _become(row, VerificationState.USED)
    row.used_at = at
    first = row.attempt_id is None
    attempt = await open_for(session, found, device_id=row.device_id, at=at)
    row.attempt_id = attempt.id
    assert row.decided_at is not None
    if first:
        attempts.note(session, attempt.id, ServerEvent.VERIFICATION_GRANTED, at=row.decided_at)
    attempt.manual = True
    _keep_entry_open(attempt, found, decided_at=row.decided_at)
    secret = await attempts.open_login(session, attempt=attempt, device_id=row.device_id, at=at, manual=True)
    return LetIn(secret, attempt.id)


def _keep_entry_open(attempt: Attempt, found: Applicant, *, decided_at: datetime) -> None:
    """Who asked in time is in time: entry stays open long enough after the decision (F2.3)."""
    schedule, until = found.held_in.schedule, decided_at + GRANT_LEAVES
    if schedule is not None and attempt.entered_at is None and until > schedule.login_closes:
        attempt.entry_until = max(until, attempt.entry_until or until)


async def applicant_of(session: AsyncSession, row: VerificationRequest, *, now: datetime) -> Applicant:
    """Whom a request is about, where to, and on which standing now. Raises a refusal where it does not hold any more:
    another device has been let in meanwhile, or all is over."""
    registration = (await enrolled(session, row.registration_id)).registration
    held_in = await sitting_facts(session, row.sitting_id)
    mine = await attempts_of(session, sitting_id=row.sitting_id, registration_id=row.registration_id)
    newest = mine[0] if mine else None
    if held_in.schedule is None:
        runs = newest is not None and newest.departed_at is None and newest.device_id == row.device_id
        ordinal = newest.ordinal + 1 if newest is not None else 1
        return Applicant(registration, held_in, newest if runs else None, ordinal)
    if newest is not None and AttemptFacts(newest, held_in).ended_at(now) is not None:
        raise refusals.LoginClosed()
    entered_elsewhere = newest is not None and newest.entered_at is not None and newest.device_id != row.device_id
    if entered_elsewhere and not row.moves:
        raise refusals.LoginMovedAfterEntry()
    return Applicant(registration, held_in, newest, 1, moves=row.moves)
