"""Face login (F2): credentials, window, one device, then the face.

The face is examined between two transactions, not inside one: a model at work must not hold the lock that ingest
waits for. What the first transaction found is looked at again in the second. A refusal is returned, not raised,
so that the try stays on record (law 4).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from zhishi.before.exams.queries import SittingFacts, rehearsal_of, sitting_facts
from zhishi.before.exams.rules import PhotoPolicy, SittingKind
from zhishi.before.roster.actions import set_photograph, store_photograph
from zhishi.before.roster.models import Registration
from zhishi.before.roster.queries import enrolled, enrolled_by_ticket, id_tail_digest
from zhishi.day.attempts import actions as attempts
from zhishi.day.attempts.models import Attempt
from zhishi.day.attempts.queries import AttemptFacts, attempts_of, running_login
from zhishi.day.identity import refusals
from zhishi.day.identity.models import Verification
from zhishi.day.identity.queries import address_digest, face_failures, ticket_digest, wrong_guesses_since
from zhishi.day.identity.rules import (
    GUESSES_PER_MINUTE,
    Admission,
    Candidacy,
    Standing,
    admit,
    choose_candidacy,
)
from zhishi.day.identity.schemas import LoginForm
from zhishi.foundation import audit
from zhishi.foundation.edge.services import Services
from zhishi.foundation.kernel.clock import to_ms
from zhishi.foundation.kernel.errors import Busy, NotFound, Refusal
from zhishi.foundation.kernel.ids import new_id
from zhishi.foundation.ports import BlobMissing
from zhishi.foundation.vision.examinations import Cause, LoginExamination
from zhishi.foundation.vision.pool import VisionPool

FRAMES = 3

_FACE_REFUSALS: Mapping[Cause, type[Refusal]] = {
    Cause.PICTURE_UNREADABLE: refusals.PictureUnreadable,
    Cause.PICTURE_TOO_LARGE: refusals.PictureTooLarge,
    Cause.PICTURE_DIMENSIONS: refusals.PictureDimensions,
    Cause.FACE_NONE: refusals.FaceNone,
    Cause.FACE_SEVERAL: refusals.FaceSeveral,
    Cause.FACE_TOO_DARK: refusals.FaceTooDark,
    Cause.FACE_TOO_BRIGHT: refusals.FaceTooBright,
    Cause.FACE_BLURRED: refusals.FaceBlurred,
    Cause.FACE_TOO_FAR: refusals.FaceTooFar,
    Cause.FACE_CUT_OFF: refusals.FaceCutOff,
    Cause.FACE_INCONSISTENT: refusals.FaceInconsistent,
    Cause.FACE_NOT_MATCHING: refusals.FaceNotMatching,
    # A registered photograph that cannot be used is the organiser's fault, and for the candidate the same as none.
    Cause.PHOTOGRAPH_UNUSABLE: refusals.PhotoMissing,
}


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """A login that succeeded: the cookie's secret, the attempt, whether a photograph was registered by it."""

    secret: str
    attempt_id: str
    photo_registered: bool


@dataclass(frozen=True, slots=True)
class _Applicant:
    """Who wants in, where to, and on which standing."""

    registration: Registration
    held_in: SittingFacts
    attempt: Attempt | None
    ordinal: int


async def log_in(services: Services, form: LoginForm, frames: Sequence[bytes]) -> LoggedIn | Refusal:
    """Log a candidate in by face, or say why not. Either way the try is on record."""
    asked_at = services.clock.now()
    async with services.database.reading() as session:
        found = await _find(session, services, form, asked_at=asked_at)
    if isinstance(found, Refusal):
        return await _refuse(services, form, found, registration_id=None)
    examination = await _examine(services, found, frames)
    if isinstance(examination, Refusal):
        return await _refuse(services, form, examination, registration_id=found.registration.id)
    if examination.cause is not None:
        return await _refuse_face(services, form, found, examination)
    return await _admit(services, form, found, examination, frames, asked_at=asked_at)


async def _find(
    session: AsyncSession, services: Services, form: LoginForm, *, asked_at: datetime
) -> _Applicant | Refusal:
    """Everything that can be checked without looking at a face, as of the moment at which the login was asked for.

    Who asked in time is in time, however long the queue before the face examination is.
    """
    now = asked_at
    ticket = ticket_digest(services.keys, form.ticket)
    address = address_digest(services.keys, form.address)
    since = now - timedelta(minutes=1)
    if await wrong_guesses_since(session, ticket, address=address, since=since) >= GUESSES_PER_MINUTE:
        return refusals.LoginTooOften(retry_after_s=60)
    candidacies = await _candidacies(session, services, form, now=now)
    if not candidacies:
        return refusals.LoginUnknown()
    registration_id = choose_candidacy(candidacies, now).registration_id
    if form.kind is SittingKind.REHEARSAL:
        return await _find_rehearsal(session, registration_id, form, now=now)
    return await _find_real(session, registration_id, form, now=now)


async def _candidacies(session: AsyncSession, services: Services, form: LoginForm, *, now: datetime) -> list[Candidacy]:
    """The registrations in real sittings that the credentials open."""
    people = await enrolled_by_ticket(
        session, ticket=form.ticket, id_tail_digest=id_tail_digest(services.keys, form.id_tail)
    )
    found = []
    for one in people:
        registration = one.registration
        held_in = await sitting_facts(session, registration.sitting_id)
        schedule = held_in.schedule
        if schedule is None:
            continue
        mine = await attempts_of(session, sitting_id=registration.sitting_id, registration_id=registration.id)
        running = any(
            attempt.entered_at is not None
            and attempt.device_id == form.device
            and AttemptFacts(attempt, held_in).ended_at(now) is None
            for attempt in mine
        )
        found.append(Candidacy(registration.id, schedule, running))
    return found


async def _find_real(
    session: AsyncSession, registration_id: str, form: LoginForm, *, now: datetime
) -> _Applicant | Refusal:
    registration = (await enrolled(session, registration_id)).registration
    held_in = await sitting_facts(session, registration.sitting_id)
    mine = await attempts_of(session, sitting_id=held_in.sitting.id, registration_id=registration_id)
    attempt = mine[0] if mine else None
    refused = await _check_admission(session, held_in, attempt, form, now=now)
    return refused or _Applicant(registration, held_in, attempt, 1)


async def _check_admission(
    session: AsyncSession, held_in: SittingFacts, attempt: Attempt | None, form: LoginForm, *, now: datetime
) -> Refusal | None:
    schedule = held_in.schedule
    assert schedule is not None
    standing = None
    if attempt is not None:
        logged_in = await running_login(session, attempt.id, now=now) is not None
        standing = Standing(attempt.device_id, logged_in, attempt.entered_at is not None)
    admission = admit(schedule, standing, device_id=form.device, take_over=form.take_over, now=now)
    if admission is Admission.NOT_OPEN:
        return refusals.LoginNotOpen(opens_ms=to_ms(schedule.login_opens))
    if admission is Admission.CLOSED:
        return refusals.LoginClosed(closed_ms=to_ms(schedule.login_closes))
    if admission is Admission.ELSEWHERE:
        return refusals.LoginElsewhere()
    if admission is Admission.MOVED_AFTER_ENTRY:
        return refusals.LoginMovedAfterEntry()
    return None


async def _find_rehearsal(session: AsyncSession, registration_id: str, form: LoginForm, *, now: datetime) -> _Applicant:
    """A rehearsal can be taken at any time, any number of times (F1.2); one that runs on this device goes on."""
    registration = (await enrolled(session, registration_id)).registration
    exam_id = (await sitting_facts(session, registration.sitting_id)).exam.id
    held_in = await rehearsal_of(session, exam_id)
    if held_in is None:
        raise NotFound()
    mine = await attempts_of(session, sitting_id=held_in.sitting.id, registration_id=registration_id)
    newest = mine[0] if mine else None
    runs = (
        newest is not None
        and newest.departed_at is None
        and newest.device_id == form.device
        and AttemptFacts(newest, held_in).ended_at(now) is None
    )
    return _Applicant(registration, held_in, newest if runs else None, (newest.ordinal + 1) if newest else 1)


async def _examine(services: Services, applicant: _Applicant, frames: Sequence[bytes]) -> LoginExamination | Refusal:
    key = applicant.registration.photo_key
    if key is None and applicant.held_in.exam.photo_policy != PhotoPolicy.SELF_CAPTURE:
        return refusals.PhotoMissing()
    registered: bytes | None = None
    if key is not None:
        try:
            size = await services.blobs.size(key)
            registered = await services.blobs.read(key, 0, size or 0)
        except BlobMissing:
            registered = b""
        if not registered:
            return refusals.PhotoMissing()
    return await services.get(VisionPool).examine_login(registered, frames)


async def _admit(
    services: Services,
    form: LoginForm,
    applicant: _Applicant,
    examination: LoginExamination,
    frames: Sequence[bytes],
    *,
    asked_at: datetime,
) -> LoggedIn | Refusal:
    photo_key = None
    if examination.registering:
        photo_key = await store_photograph(services.blobs, frames[examination.photograph_frame or 0])
    now = services.clock.now()
    async with services.database.writing() as session:
        # Time has passed and others have acted while the face was looked at: the same checks again.
        found = await _find(session, services, form, asked_at=asked_at)
        if not isinstance(found, Refusal):
            if found.registration.photo_key != applicant.registration.photo_key:
                # Another photograph was registered meanwhile, and this face was not compared with it.
                raise Busy(retry_after_s=1)
            attempt = found.attempt or await _begin(session, found, form, now=now)
            await _register_photograph(session, found, attempt, photo_key, at=now)
            secret = await attempts.open_login(
                session, attempt=attempt, device_id=form.device, at=now, borderline=examination.borderline
            )
            await _note_interruption(session, attempt, found, now=now)
            _keep(session, services, form, "accepted", found.registration.id, attempt.id, examination, at=now)
            return LoggedIn(secret, attempt.id, photo_key is not None)
    return await _refuse(services, form, found, registration_id=applicant.registration.id)


async def _begin(session: AsyncSession, found: _Applicant, form: LoginForm, *, now: datetime) -> Attempt:
    return await attempts.begin_attempt(
        session,
        sitting_id=found.held_in.sitting.id,
        registration_id=found.registration.id,
        kind=found.held_in.kind,
        ordinal=found.ordinal,
        device_id=form.device,
        at=now,
    )


async def _register_photograph(
    session: AsyncSession, found: _Applicant, attempt: Attempt, photo_key: str | None, *, at: datetime
) -> None:
    """自助采集: the first accepted face becomes the registered one (demonstrations only)."""
    if photo_key is None or found.registration.photo_key is not None:
        return
    registration = (await enrolled(session, found.registration.id)).registration
    await set_photograph(
        session,
        registration=registration,
        photo_key=photo_key,
        source="self_captured",
        actor=attempts.by_candidate(attempt),
        at=at,
    )


async def _note_interruption(session: AsyncSession, attempt: Attempt, found: _Applicant, *, now: datetime) -> None:
    """A login to an attempt that runs already: it was interrupted."""
    runs = attempt.entered_at is not None and AttemptFacts(attempt, found.held_in).ended_at(now) is None
    if runs:
        await attempts.note_interruption(session, attempt=attempt, at=now)


async def _refuse_face(
    services: Services, form: LoginForm, applicant: _Applicant, examination: LoginExamination
) -> Refusal:
    assert examination.cause is not None
    kind, detail = _FACE_REFUSALS[examination.cause], dict(examination.detail)
    async with services.database.writing() as session:
        now = services.clock.now()
        _keep(session, services, form, kind.code, applicant.registration.id, None, examination, at=now)
        await session.flush()
        failures = await face_failures(session, applicant.registration.id, now=now)
    if kind.code.startswith("face_"):
        detail["failures"] = failures
    return kind(**detail)


async def _refuse(services: Services, form: LoginForm, refused: Refusal, *, registration_id: str | None) -> Refusal:
    async with services.database.writing() as session:
        _keep(session, services, form, refused.code, registration_id, None, None, at=services.clock.now())
    return refused


def _keep(
    session: AsyncSession,
    services: Services,
    form: LoginForm,
    outcome: str,
    registration_id: str | None,
    attempt_id: str | None,
    examination: LoginExamination | None,
    *,
    at: datetime,
) -> None:
    """Keep a try: what came out and the figures, no picture."""
    figures: dict[str, Any] = {}
    if examination is not None:
        figures = {
            "engine": examination.engine,
            "milliseconds": examination.milliseconds,
            "distances": [round(value, 4) for value in examination.distances],
            "spread": None if examination.spread is None else round(examination.spread, 4),
            "borderline": examination.borderline,
            "identical_frames": examination.identical_frames,
        }
    row = Verification(
        id=new_id(),
        at=at,
        ticket_digest=ticket_digest(services.keys, form.ticket),
        registration_id=registration_id,
        attempt_id=attempt_id,
        device_id=form.device,
        address_digest=address_digest(services.keys, form.address),
        outcome=outcome,
        figures=figures,
    )
    session.add(row)
    actor = audit.VISITOR if registration_id is None else audit.Actor("candidate", registration_id)
    audit.record(
        session,
        at=at,
        actor=actor,
        action="login.tried",
        subject=("verification", row.id),
        outcome=outcome,
    )
