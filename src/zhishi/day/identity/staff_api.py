"""Routes by which staff verify by hand and renew home secrets."""

from __future__ import annotations

from starlette.responses import Response

from zhishi.before.exams.queries import sitting_facts
from zhishi.before.roster.queries import enrolled
from zhishi.before.staff.access import DESK, Me, acting
from zhishi.day.identity import homes, queries, verifications
from zhishi.day.identity.schemas import Decision, NewSecret, SecretRequest, VerificationItem, VerificationQueue
from zhishi.foundation import audit
from zhishi.foundation.edge.doors import Door
from zhishi.foundation.edge.services import Services
from zhishi.foundation.edge.transactions import Here, Look, Work
from zhishi.foundation.kernel.errors import NotFound
from zhishi.foundation.ports import BlobMissing

door = Door("/api/v1", tag="verification")

# Faces: kept by no cache on the way, and not by the browser either.
_HEADERS = {"Cache-Control": "no-store"}


@door.get("/sittings/{sitting_id}/verifications", access=DESK, summary="Who waits for manual verification")
async def read_queue(sitting_id: str, look: Look, services: Here) -> VerificationQueue:
    held_in = await sitting_facts(look, sitting_id)
    return VerificationQueue(items=await queries.queue_of(look, held_in, now=services.clock.now()))


@door.get("/verifications/{verification_id}/picture", access=DESK, summary="The newest picture of who asks")
async def read_picture(verification_id: str, look: Look, services: Here) -> Response:
    row = await queries.verification_request(look, verification_id)
    return await _send_picture(services, row.picture_key)


@door.get("/verifications/{verification_id}/photograph", access=DESK, summary="The registered photograph")
async def read_photograph(verification_id: str, me: Me, work: Work, services: Here) -> Response:
    row = await queries.verification_request(work, verification_id)
    key = (await enrolled(work, row.registration_id)).registration.photo_key
    if key is None:
        raise NotFound()
    # Looking at a person's registered face is an act of staff, so it leaves a row (D7).
    audit.record(
        work,
        at=services.clock.now(),
        actor=acting(me),
        action="photograph.read",
        subject=("registration", row.registration_id),
    )
    return await _send_picture(services, key)


async def _send_picture(services: Services, key: str) -> Response:
    try:
        data = await services.blobs.read(key, 0, await services.blobs.size(key) or 0)
    except BlobMissing:
        raise NotFound() from None
    kind = "image/png" if data.startswith(b"\x89PNG") else "image/jpeg"
    return Response(data, media_type=kind, headers=_HEADERS)


@door.post("/verifications/{verification_id}/decision", access=DESK, summary="Let in, or refuse with a reason")
async def decide(verification_id: str, decision: Decision, me: Me, work: Work, services: Here) -> VerificationItem:
    now = services.clock.now()
    row = await queries.verification_request(work, verification_id, for_change=True)
    await verifications.decide(work, row=row, grant=decision.grant, reason=decision.reason, staff_id=me.id, at=now)
    return await queries.present_item(work, row, await sitting_facts(work, row.sitting_id), now=now)


@door.post("/registrations/{registration_id}/home-secret", access=DESK, summary="Issue a new home secret")
async def renew_secret(registration_id: str, request: SecretRequest, me: Me, work: Work, services: Here) -> NewSecret:
    secret = await homes.renew_secret(
        work,
        services,
        registration_id=registration_id,
        reason=request.reason,
        actor=acting(me),
        at=services.clock.now(),
    )
    return NewSecret(secret=secret)
