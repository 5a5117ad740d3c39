"""Reading verifications."""

from __future__ import annotations

import statistics
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from zhishi.before.exams.queries import SittingFacts
from zhishi.before.exams.rules import SittingKind
from zhishi.before.roster.queries import enrolled
from zhishi.before.staff.models import StaffAccount
from zhishi.day.attempts.queries import attempts_of, running_login, secret_sha256
from zhishi.day.identity.models import Verification, VerificationRequest
from zhishi.day.identity.refusals import HomeLoginUnknown, LoginUnknown
from zhishi.day.identity.rules import WAITS_COUNTED, VerificationState
from zhishi.day.identity.schemas import VerificationItem, VerificationView
from zhishi.foundation.kernel.clock import optional_ms, to_ms
from zhishi.foundation.kernel.errors import NotFound
from zhishi.foundation.kernel.sealing import keyed_digest
from zhishi.foundation.settings import Keys

# Staff look back at what was just decided, not at the whole day.
DECIDED_SHOWN = 20


def ticket_digest(keys: Keys, ticket: str) -> str:
    """How a typed ticket number is kept with a try, right or wrong."""
    return keyed_digest(keys.people, "ticket", ticket)


def address_digest(keys: Keys, address: str) -> str:
    """How the address that a try came from is kept."""
    return keyed_digest(keys.people, "address", address)


async def wrong_guesses_since(session: AsyncSession, ticket: str, *, address: str, since: datetime) -> int:
    """How often a ticket was typed with a wrong ID number's tail from an address (digests) since a moment."""
    count = await session.scalar(
        select(func.count())
        .select_from(Verification)
        .where(
            Verification.ticket_digest == ticket,
            Verification.address_digest == address,
            Verification.outcome.in_((LoginUnknown.code, HomeLoginUnknown.code)),
            Verification.at > since,
        )
    )
    return count or 0


async def face_failures(session: AsyncSession, registration_id: str, *, now: datetime) -> int:
    """How often the face was not accepted in the last half hour."""
    count = await session.scalar(
        select(func.count())
        .select_from(Verification)
        .where(
            Verification.registration_id == registration_id,
            Verification.outcome.startswith("face_"),
            Verification.at > now - timedelta(minutes=30),
        )
    )
    return count or 0


async def waiting_in(session: AsyncSession, sitting_id: str) -> dict[str, VerificationRequest]:
    """The requests of a sitting that wait for staff, by registration; of several by one person the oldest."""
    rows = await session.scalars(
        select(VerificationRequest)
        .where(VerificationRequest.sitting_id == sitting_id, VerificationRequest.state == VerificationState.WAITING)
        .order_by(VerificationRequest.asked_at.desc(), VerificationRequest.id.desc())
    )
    return {row.registration_id: row for row in rows}


async def request_of_secret(session: AsyncSession, secret: str) -> str | None:
    """The id of the request that a cookie opens."""
    return await session.scalar(
        select(VerificationRequest.id).where(VerificationRequest.secret_sha256 == secret_sha256(secret))
    )


async def verification_request(
    session: AsyncSession, request_id: str, *, for_change: bool = False
) -> VerificationRequest:
    """One request. Raises `NotFound`."""
    found = await session.get(VerificationRequest, request_id, with_for_update=for_change)
    if found is None:
        raise NotFound()
    return found


async def present_view(session: AsyncSession, row: VerificationRequest) -> VerificationView:
    """A request as its candidate sees it."""
    earlier = await session.scalar(
        select(func.count())
        .select_from(VerificationRequest)
        .where(
            VerificationRequest.sitting_id == row.sitting_id,
            VerificationRequest.state == VerificationState.WAITING,
            VerificationRequest.asked_at < row.asked_at,
        )
    )
    return VerificationView(
        state=VerificationState(row.state),
        asked_ms=to_ms(row.asked_at),
        ahead=earlier or 0,
        waits_s=await _usual_wait(session, row.sitting_id),
        reason=row.decision_reason,
    )


async def _usual_wait(session: AsyncSession, sitting_id: str) -> int | None:
    rows = await session.execute(
        select(VerificationRequest.asked_at, VerificationRequest.decided_at)
        .where(VerificationRequest.sitting_id == sitting_id, VerificationRequest.decided_at.is_not(None))
        .order_by(VerificationRequest.decided_at.desc())
        .limit(WAITS_COUNTED)
    )
    waits = [(decided - asked).total_seconds() for asked, decided in rows if decided is not None]
    return round(statistics.median(waits)) if waits else None


async def queue_of(session: AsyncSession, held_in: SittingFacts, *, now: datetime) -> list[VerificationItem]:
    """The requests of a sitting: those that wait, the oldest first; then the last that were decided."""
    waiting = select(VerificationRequest).where(
        VerificationRequest.sitting_id == held_in.sitting.id,
        VerificationRequest.state == VerificationState.WAITING,
    )
    decided = select(VerificationRequest).where(
        VerificationRequest.sitting_id == held_in.sitting.id, VerificationRequest.decided_at.is_not(None)
    )
    rows = list(await session.scalars(waiting.order_by(VerificationRequest.asked_at, VerificationRequest.id)))
    rows += await session.scalars(decided.order_by(VerificationRequest.decided_at.desc()).limit(DECIDED_SHOWN))
    return [await present_item(session, row, held_in, now=now) for row in rows]


async def present_item(
    session: AsyncSession, row: VerificationRequest, held_in: SittingFacts, *, now: datetime
) -> VerificationItem:
    """A request as staff see it, with what they should know before they decide."""
    who, schedule = await enrolled(session, row.registration_id), held_in.schedule
    mine = await attempts_of(session, sitting_id=row.sitting_id, registration_id=row.registration_id)
    attempt = mine[0] if mine else None
    elsewhere = attempt is not None and attempt.device_id != row.device_id
    runs = attempt is not None and await running_login(session, attempt.id, now=now) is not None
    decider = None if row.decided_by is None else await session.get(StaffAccount, row.decided_by)
    return VerificationItem(
        verification_id=row.id,
        registration_id=row.registration_id,
        name=who.person.name,
        ticket=who.registration.ticket,
        post=who.registration.post,
        kind=SittingKind(row.kind),
        state=VerificationState(row.state),
        reason=row.reason,
        asked_ms=to_ms(row.asked_at),
        picture_ms=to_ms(row.picture_at),
        has_photo=who.registration.photo_key is not None,
        in_time=schedule is None or row.asked_at < schedule.login_closes,
        takes_over=elsewhere and runs,
        entered=elsewhere and attempt is not None and attempt.entered_at is not None,
        face_failures=await face_failures(session, row.registration_id, now=row.asked_at),
        decided_ms=optional_ms(row.decided_at),
        decided_by=None if decider is None else decider.display_name,
        decision_reason=row.decision_reason,
    )
