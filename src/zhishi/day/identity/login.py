"""Face login (F2): credentials, window, one device, consent, then the face.

The face is examined between two transactions, not inside one: a model at work must not hold the lock that ingest
waits for. What the first transaction found is looked at again in the second. A refusal is returned, not raised,
so that the try stays on record (law 4).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from zhishi.before.exams.queries import consent_of
from zhishi.before.exams.rules import PhotoPolicy
from zhishi.before.roster.actions import set_photograph, store_photograph
from zhishi.before.roster.queries import enrolled
from zhishi.day.attempts import actions as attempts
from zhishi.day.attempts.models import Attempt
from zhishi.day.attempts.queries import has_consented
from zhishi.day.attempts.steps import record_acceptance
from zhishi.day.identity import refusals
from zhishi.day.identity.applicants import Applicant, find_applicant, keep_try, note_refused_elsewhere, open_for
from zhishi.day.identity.queries import face_failures
from zhishi.day.identity.schemas import LoginForm
from zhishi.foundation.edge.services import Services
from zhishi.foundation.kernel.errors import Busy, Refusal
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


async def log_in(services: Services, form: LoginForm, frames: Sequence[bytes]) -> LoggedIn | Refusal:
    """Log a candidate in by face, or say why not. Either way the try is on record."""
    asked_at = services.clock.now()
    async with services.database.reading() as session:
        found = await find_applicant(session, services, form, asked_at=asked_at)
    if isinstance(found, Refusal):
        return await _refuse(services, form, found, registration_id=None)
    withheld = await _take_consent(services, form, found)
    if withheld is not None:
        return await _refuse(services, form, withheld, registration_id=found.registration.id)
    examination = await _examine(services, found, frames)
    if isinstance(examination, Refusal):
        return await _refuse(services, form, examination, registration_id=found.registration.id)
    if examination.cause is not None:
        return await _refuse_face(services, form, found, examination)
    return await _admit(services, form, found, examination, frames, asked_at=asked_at)


async def _take_consent(services: Services, form: LoginForm, found: Applicant) -> Refusal | None:
    """No face is compared before its owner has agreed to that, in the newest words (D8). Kept once for each version."""
    exam_id, registration_id = found.held_in.exam.id, found.registration.id
    async with services.database.reading() as look:
        consent = await consent_of(look, exam_id)
        if consent is None or await has_consented(look, registration_id, attachment_id=consent.id):
            return None
    if form.consent != consent.version:
        return refusals.ConsentMissing(version=consent.version)
    async with services.database.writing() as work:
        if not await has_consented(work, registration_id, attachment_id=consent.id):
            await record_acceptance(
                work,
                registration_id=registration_id,
                attempt=None,
                attachment=consent,
                reading_ms=0,
                at=services.clock.now(),
            )
    return None


async def _examine(services: Services, applicant: Applicant, frames: Sequence[bytes]) -> LoginExamination | Refusal:
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
    applicant: Applicant,
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
        found = await find_applicant(session, services, form, asked_at=asked_at)
        if not isinstance(found, Refusal):
            if found.registration.photo_key != applicant.registration.photo_key:
                # Another photograph was registered meanwhile, and this face was not compared with it.
                raise Busy(retry_after_s=1)
            attempt = await open_for(session, found, device_id=form.device, at=now)
            await _register_photograph(session, found, attempt, photo_key, at=now)
            secret = await attempts.open_login(
                session, attempt=attempt, device_id=form.device, at=now, borderline=examination.borderline
            )
            keep_try(
                session,
                services,
                form,
                "accepted",
                registration_id=found.registration.id,
                attempt_id=attempt.id,
                figures=_figures(examination),
                at=now,
            )
            return LoggedIn(secret, attempt.id, photo_key is not None)
    return await _refuse(services, form, found, registration_id=applicant.registration.id)


async def _register_photograph(
    session: AsyncSession, found: Applicant, attempt: Attempt, photo_key: str | None, *, at: datetime
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


async def _refuse_face(
    services: Services, form: LoginForm, applicant: Applicant, examination: LoginExamination
) -> Refusal:
    assert examination.cause is not None
    kind, detail = _FACE_REFUSALS[examination.cause], dict(examination.detail)
    async with services.database.writing() as session:
        now = services.clock.now()
        keep_try(
            session,
            services,
            form,
            kind.code,
            registration_id=applicant.registration.id,
            figures=_figures(examination),
            at=now,
        )
        await session.flush()
        failures = await face_failures(session, applicant.registration.id, now=now)
    if kind.code.startswith("face_"):
        detail["failures"] = failures
    return kind(**detail)


async def _refuse(services: Services, form: LoginForm, refused: Refusal, *, registration_id: str | None) -> Refusal:
    async with services.database.writing() as session:
        now = services.clock.now()
        known = await note_refused_elsewhere(session, services, form, refused, at=now)
        keep_try(session, services, form, refused.code, registration_id=registration_id or known, at=now)
    return refused


def _figures(examination: LoginExamination) -> dict[str, Any]:
    return {
        "engine": examination.engine,
        "milliseconds": examination.milliseconds,
        "distances": [round(value, 4) for value in examination.distances],
        "spread": None if examination.spread is None else round(examination.spread, 4),
        "borderline": examination.borderline,
        "identical_frames": examination.identical_frames,
    }
