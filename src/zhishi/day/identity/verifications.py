"""Manual verification (F2.3): asking, showing oneself, the decision of staff, going in.

The moment of asking counts, however long staff take. Pictures are blobs under keys that are never written twice; the
first and the last one before the decision stay as evidence.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from zhishi.before.exams.queries import sitting_facts
from zhishi.before.exams.rules import SittingKind
from zhishi.before.roster.queries import enrolled
from zhishi.day.attempts import actions as attempts
from zhishi.day.attempts.models import Attempt
from zhishi.day.attempts.queries import attempts_of, secret_sha256, turned_away_since
from zhishi.day.attempts.rules import ServerEvent
from zhishi.day.identity import refusals
from zhishi.day.identity.applicants import (
    Applicant,
    find_applicant,
    find_rehearsal,
    keep_try,
    note_refused_elsewhere,
    open_for,
    refusal_of,
    standing_of,
)
from zhishi.day.identity.models import VerificationRequest
from zhishi.day.identity.queries import verification_request
from zhishi.day.identity.rules import (
    GRANT_LEAVES,
    GRANT_LIVES,
    USED_AGAIN_FOR,
    Grant,
    VerificationState,
    admit_granted,
    may_become,
)
from zhishi.day.identity.schemas import VerificationForm
from zhishi.foundation import audit
from zhishi.foundation.adapters.database import after_commit
from zhishi.foundation.edge.services import Services
from zhishi.foundation.kernel.errors import Refusal
from zhishi.foundation.kernel.ids import new_id, new_random_id, new_secret
from zhishi.foundation.vision.pictures import LOGIN_LIMITS, PictureCause, PictureRefused, decode_picture

_JPEG = b"\xff\xd8\xff"
_PICTURE_REFUSALS = {
    PictureCause.UNREADABLE: refusals.PictureUnreadable,
    PictureCause.TOO_LARGE: refusals.PictureTooLarge,
    PictureCause.DIMENSIONS: refusals.PictureDimensions,
}


async def _store_picture(services: Services, picture: bytes) -> str:
    """Keep a picture of a camera, checked by its content. Nothing refers to it until a row does."""
    if not picture.startswith(_JPEG):
        raise refusals.PictureUnreadable(reason="not_jpeg")
    try:
        await asyncio.to_thread(decode_picture, picture, limits=LOGIN_LIMITS)
    except PictureRefused as refused:
        raise _PICTURE_REFUSALS[refused.cause](**refused.detail) from None
    key = f"verifications/{new_random_id()}.jpg"
    await services.blobs.put(key, picture)
    return key


def _replace_picture(row: VerificationRequest, key: str, at: datetime) -> str | None:
    """Make a stored picture the newest one. Returns the key of the one that is not needed any more."""
    spent = None if row.picture_key == row.first_picture_key else row.picture_key
    row.picture_key, row.picture_at = key, at
    return spent


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
    try:
        spent = await _keep_request(services, form, found, key, secret, asked_at=asked_at)
    except BaseException:
        await services.blobs.delete(key)
        raise
    if spent is not None:
        await services.blobs.delete(spent)
    return secret


async def _keep_request(
    services: Services, form: VerificationForm, found: Applicant, key: str, secret: str, *, asked_at: datetime
) -> str | None:
    """A new request, or the one that this device has made before. Returns the key of a picture that it replaced."""
    async with services.database.writing() as work:
        row, spent = await _open_at(work, found, form, now=asked_at), None
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
        elif row.state == VerificationState.WAITING:
            spent = _replace_picture(row, key, asked_at)
        else:
            # Granted already: what staff saw stays as it was.
            spent = key
        row.secret_sha256 = secret_sha256(secret)
        row.take_over = row.take_over or form.take_over
        after_commit(work, attempts.topic_of_sitting(row.sitting_id), verification_id=row.id)
    return spent


async def _open_at(
    session: AsyncSession, found: Applicant, form: VerificationForm, *, now: datetime
) -> VerificationRequest | None:
    """The request of this device that waits, or was granted and not used yet."""
    return await session.scalar(
        select(VerificationRequest)
        .where(
            VerificationRequest.registration_id == found.registration.id,
            VerificationRequest.sitting_id == found.held_in.sitting.id,
            VerificationRequest.device_id == form.device,
            (VerificationRequest.state == VerificationState.WAITING)
            | (
                (VerificationRequest.state == VerificationState.GRANTED)
                & (VerificationRequest.decided_at > now - GRANT_LIVES)
            ),
        )
        .order_by(VerificationRequest.asked_at.desc())
        .limit(1)
        .with_for_update()
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
        picture_key=key,
        picture_at=at,
        first_picture_key=key,
        first_picture_at=at,
        moves=False,
        attempt_id=None if found.attempt is None else found.attempt.id,
    )


async def keep_picture(services: Services, request_id: str, picture: bytes) -> None:
    """A newer picture for staff to look at. After the decision none is kept."""
    key, at = await _store_picture(services, picture), services.clock.now()
    async with services.database.writing() as work:
        row = await verification_request(work, request_id, for_change=True)
        waiting = row.state == VerificationState.WAITING
        # No event and no audit row: it happens every three seconds.
        spent = _replace_picture(row, key, at) if waiting else key
    if spent is not None:
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
    after_commit(session, attempts.topic_of_sitting(row.sitting_id), verification_id=row.id)


def _become(row: VerificationRequest, to: VerificationState) -> None:
    if not may_become(VerificationState(row.state), to):
        raise refusals.VerificationDecided(state=row.state)
    row.state = to


async def decide(
    session: AsyncSession, *, row: VerificationRequest, grant: bool, reason: str, staff_id: str, at: datetime
) -> None:
    """A member of staff has compared the pictures. The same word again, after a lost answer, changes nothing.

    Raises `VerificationDecided`, and `VerificationTooLate` where a grant would lead nowhere.
    """
    to = VerificationState.GRANTED if grant else VerificationState.REFUSED
    if row.state == to and row.decided_by == staff_id:
        return
    _become(row, to)
    found = await applicant_of(session, row, now=at)
    if grant and await _is_too_late(session, found, row, now=at):
        raise refusals.VerificationTooLate()
    row.decided_at, row.decided_by, row.decision_reason = at, staff_id, reason or None
    if found.attempt is not None:
        row.attempt_id = found.attempt.id
        row.moves = found.attempt.entered_at is not None and found.attempt.device_id != row.device_id
        event = ServerEvent.VERIFICATION_GRANTED if grant else ServerEvent.VERIFICATION_REFUSED
        attempts.note(session, found.attempt.id, event, at=at, device=row.device_id, reason=reason)
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


async def _is_too_late(session: AsyncSession, found: Applicant, row: VerificationRequest, *, now: datetime) -> bool:
    """Over for this candidate. Who entered on this very device comes back to it whenever."""
    if found.held_in.schedule is None:
        return False
    standing = await standing_of(session, found.held_in, found.attempt, now=now)
    if standing is None or not standing.entered:
        return now >= found.held_in.schedule.ends
    return standing.over and standing.device_id != row.device_id


@dataclass(frozen=True, slots=True)
class LetIn:
    """A login that staff granted: the cookie's secret and the attempt."""

    secret: str
    attempt_id: str


async def go_in(services: Services, request_id: str) -> LetIn | Refusal:
    """The granted candidate goes in, on the device that asked, by the rules of one device as a face login (F2.4).

    A refusal is returned, not raised, so that a device that was turned away stays on record.
    """
    at = services.clock.now()
    async with services.database.writing() as work:
        row = await verification_request(work, request_id, for_change=True)
        found = await applicant_of(work, row, now=at)
        refused = _unusable(row, found, at=at) or await _turned_away(work, row, found, at=at)
        return refused or await _let_in(work, row, found, at=at)


def _unusable(row: VerificationRequest, found: Applicant, *, at: datetime) -> Refusal | None:
    if row.state == VerificationState.WAITING:
        return refusals.VerificationWaiting()
    if row.state == VerificationState.USED and row.used_at is not None and found.attempt is not None:
        # The answer was lost on the way, and nobody else has been let in since.
        again = at < row.used_at + USED_AGAIN_FOR and found.attempt.id == row.attempt_id
        return None if again and found.attempt.device_id == row.device_id else refusals.VerificationExpired()
    if row.state != VerificationState.GRANTED or row.decided_at is None:
        return refusals.VerificationDecided(state=row.state)
    return refusals.VerificationExpired() if at > row.decided_at + GRANT_LIVES else None


async def _turned_away(
    session: AsyncSession, row: VerificationRequest, found: Applicant, *, at: datetime
) -> Refusal | None:
    """Another device has been let in meanwhile, or all is over. The attempt has it on record, though not every time
    that the page asks again."""
    if found.held_in.schedule is None or row.decided_at is None:
        return None
    standing = await standing_of(session, found.held_in, found.attempt, now=at)
    grant = Grant(row.device_id, row.take_over, row.decided_at, row.moves)
    refused = refusal_of(admit_granted(found.held_in.schedule, standing, grant, at), found.held_in)
    if isinstance(refused, refusals.LoginElsewhere | refusals.LoginMovedAfterEntry) and found.attempt is not None:
        lately = at - timedelta(minutes=1)
        if not await turned_away_since(session, found.attempt.id, device_id=row.device_id, since=lately):
            attempts.note(
                session, found.attempt.id, ServerEvent.LOGIN_REFUSED, at=at, device=row.device_id, why=refused.code
            )
    return refused


async def _let_in(session: AsyncSession, row: VerificationRequest, found: Applicant, *, at: datetime) -> LetIn:
    assert row.decided_at is not None
    first = row.attempt_id is None
    if row.state != VerificationState.USED:
        _become(row, VerificationState.USED)
        row.used_at = at
    attempt = await open_for(session, found, device_id=row.device_id, at=at)
    if first:
        attempts.note(session, attempt.id, ServerEvent.VERIFICATION_GRANTED, at=row.decided_at, device=row.device_id)
    row.attempt_id = attempt.id
    attempt.manual = True
    _keep_entry_open(attempt, found, until=row.decided_at + GRANT_LEAVES)
    secret = await attempts.open_login(session, attempt=attempt, device_id=row.device_id, at=at, manual=True)
    return LetIn(secret, attempt.id)


def _keep_entry_open(attempt: Attempt, found: Applicant, *, until: datetime) -> None:
    """Who asked in time is in time: entry stays open long enough after the decision (F2.3), never past the end."""
    schedule = found.held_in.schedule
    if schedule is not None and attempt.entered_at is None and until > schedule.login_closes:
        attempt.entry_until = min(max(until, attempt.entry_until or until), schedule.ends)


async def applicant_of(session: AsyncSession, row: VerificationRequest, *, now: datetime) -> Applicant:
    """Whom a request is about, where to, and on which standing now."""
    if row.kind == SittingKind.REHEARSAL:
        return await find_rehearsal(session, row.registration_id, device_id=row.device_id, now=now)
    registration = (await enrolled(session, row.registration_id)).registration
    held_in = await sitting_facts(session, row.sitting_id)
    mine = await attempts_of(session, sitting_id=row.sitting_id, registration_id=row.registration_id)
    return Applicant(registration, held_in, mine[0] if mine else None, 1)
