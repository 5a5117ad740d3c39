"""Who wants in, where to, and on which standing: the same for a face login and for manual verification."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from zhishi.before.exams.queries import SittingFacts, rehearsal_of, sitting_facts
from zhishi.before.exams.rules import SittingKind
from zhishi.before.roster.models import Registration
from zhishi.before.roster.queries import enrolled, enrolled_by_ticket, id_tail_digest
from zhishi.day.attempts import actions as attempts
from zhishi.day.attempts.models import Attempt
from zhishi.day.attempts.queries import AttemptFacts, attempts_of, running_login
from zhishi.day.attempts.rules import ServerEvent
from zhishi.day.identity import refusals
from zhishi.day.identity.models import Verification
from zhishi.day.identity.queries import address_digest, ticket_digest, wrong_guesses_since
from zhishi.day.identity.rules import GUESSES_PER_MINUTE, Admission, Candidacy, Standing, admit, choose_candidacy
from zhishi.day.identity.schemas import Credentials
from zhishi.foundation import audit
from zhishi.foundation.adapters.database import after_commit
from zhishi.foundation.edge.services import Services
from zhishi.foundation.kernel.clock import to_ms
from zhishi.foundation.kernel.errors import NotFound, Refusal
from zhishi.foundation.kernel.ids import new_id


@dataclass(frozen=True, slots=True)
class Applicant:
    """Who wants in, where to, and on which standing."""

    registration: Registration
    held_in: SittingFacts
    attempt: Attempt | None
    ordinal: int


async def find_applicant(
    session: AsyncSession, services: Services, form: Credentials, *, asked_at: datetime, by_hand: bool = False
) -> Applicant | Refusal:
    """Everything that can be checked without looking at a face, as of the moment at which the login was asked for.

    Who asked in time is in time, however long the queue before the face examination is, or staff take. `by_hand`: staff
    will look, and may move to this device what was entered on another.
    """
    now = asked_at
    ticket = ticket_digest(services.keys, form.ticket)
    address = address_digest(services.keys, form.address)
    since = now - timedelta(minutes=1)
    if await wrong_guesses_since(session, ticket, address=address, since=since) >= GUESSES_PER_MINUTE:
        return refusals.LoginTooOften(retry_after_s=60)
    candidacies = await _candidacies(session, services, form, by_hand=by_hand, now=now)
    if not candidacies:
        return refusals.LoginUnknown()
    registration_id = choose_candidacy(candidacies, now).registration_id
    if form.kind is SittingKind.REHEARSAL:
        return await find_rehearsal(session, registration_id, device_id=form.device, now=now)
    return await _find_real(session, registration_id, form, by_hand=by_hand, now=now)


async def _candidacies(
    session: AsyncSession, services: Services, form: Credentials, *, by_hand: bool = False, now: datetime
) -> list[Candidacy]:
    """The registrations in real sittings that the credentials open. Staff may move what runs on another device."""
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
            and (by_hand or attempt.device_id == form.device)
            and AttemptFacts(attempt, held_in).ended_at(now) is None
            for attempt in mine
        )
        found.append(Candidacy(registration.id, schedule, running))
    return found


async def _find_real(
    session: AsyncSession, registration_id: str, form: Credentials, *, by_hand: bool, now: datetime
) -> Applicant | Refusal:
    registration = (await enrolled(session, registration_id)).registration
    held_in = await sitting_facts(session, registration.sitting_id)
    mine = await attempts_of(session, sitting_id=held_in.sitting.id, registration_id=registration_id)
    attempt = mine[0] if mine else None
    standing = await standing_of(session, held_in, attempt, now=now)
    assert held_in.schedule is not None
    admission = admit(held_in.schedule, standing, device_id=form.device, take_over=form.take_over, now=now)
    if admission is Admission.MOVED_AFTER_ENTRY and by_hand and standing is not None and not standing.over:
        return Applicant(registration, held_in, attempt, 1)
    return refusal_of(admission, held_in) or Applicant(registration, held_in, attempt, 1)


async def standing_of(
    session: AsyncSession, held_in: SittingFacts, attempt: Attempt | None, *, now: datetime
) -> Standing | None:
    """What the rules need to know of an attempt that exists."""
    if attempt is None:
        return None
    return Standing(
        device_id=attempt.device_id,
        logged_in=await running_login(session, attempt.id, now=now) is not None,
        entered=attempt.entered_at is not None,
        over=AttemptFacts(attempt, held_in).ended_at(now) is not None,
        entry_until=attempt.entry_until,
        move_allowed_until=attempt.move_allowed_until,
    )


def refusal_of(admission: Admission, held_in: SittingFacts) -> Refusal | None:
    """The refusal that an admission stands for; None if it is granted."""
    schedule = held_in.schedule
    assert schedule is not None
    if admission is Admission.NOT_OPEN:
        return refusals.LoginNotOpen(opens_ms=to_ms(schedule.login_opens))
    if admission is Admission.CLOSED:
        return refusals.LoginClosed(closed_ms=to_ms(schedule.login_closes))
    if admission is Admission.ELSEWHERE:
        return refusals.LoginElsewhere()
    if admission is Admission.MOVED_AFTER_ENTRY:
        return refusals.LoginMovedAfterEntry()
    return None


async def find_rehearsal(session: AsyncSession, registration_id: str, *, device_id: str, now: datetime) -> Applicant:
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
        and newest.device_id == device_id
        and AttemptFacts(newest, held_in).ended_at(now) is None
    )
    return Applicant(registration, held_in, newest if runs else None, (newest.ordinal + 1) if newest else 1)


async def open_for(session: AsyncSession, found: Applicant, *, device_id: str, at: datetime) -> Attempt:
    """The attempt that is logged in to: begun if there was none. A login to one that runs was an interruption."""
    attempt = found.attempt
    if attempt is None:
        return await attempts.begin_attempt(
            session,
            sitting_id=found.held_in.sitting.id,
            registration_id=found.registration.id,
            kind=found.held_in.kind,
            ordinal=found.ordinal,
            device_id=device_id,
            at=at,
        )
    if attempt.device_id != device_id:
        # Leave to move is for one move.
        attempt.move_allowed_until = None
    if attempt.entered_at is not None and AttemptFacts(attempt, found.held_in).ended_at(at) is None:
        await attempts.note_interruption(session, attempt=attempt, at=at)
    return attempt


async def note_refused_elsewhere(
    session: AsyncSession, services: Services, form: Credentials, refused: Refusal, *, at: datetime
) -> str | None:
    """F2.4: a second device was turned away; the attempt that it wanted has it on record (a possible R1.2).

    Returns the registration, if the refusal is of that kind.
    """
    if refused.code not in (refusals.LoginElsewhere.code, refusals.LoginMovedAfterEntry.code):
        return None
    candidacies = await _candidacies(session, services, form, now=at)
    if not candidacies:
        return None
    registration_id = choose_candidacy(candidacies, at).registration_id
    registration = (await enrolled(session, registration_id)).registration
    mine = await attempts_of(session, sitting_id=registration.sitting_id, registration_id=registration_id)
    if mine:
        attempts.note(session, mine[0].id, ServerEvent.LOGIN_REFUSED, at=at, device=form.device, why=refused.code)
        after_commit(session, attempts.topic_of_sitting(registration.sitting_id), attempt_id=mine[0].id)
    return registration_id


def keep_try(
    session: AsyncSession,
    services: Services,
    form: Credentials,
    outcome: str,
    *,
    registration_id: str | None = None,
    attempt_id: str | None = None,
    figures: dict[str, Any] | None = None,
    at: datetime,
) -> None:
    """Keep a try: what came out and the figures, no picture."""
    row = Verification(
        id=new_id(),
        at=at,
        ticket_digest=ticket_digest(services.keys, form.ticket),
        registration_id=registration_id,
        attempt_id=attempt_id,
        device_id=form.device,
        address_digest=address_digest(services.keys, form.address),
        outcome=outcome,
        figures=figures or {},
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
