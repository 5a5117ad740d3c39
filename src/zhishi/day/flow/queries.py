"""Asking the rooms where an attempt stands."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy.ext.asyncio import AsyncSession

from zhishi.before.exams.models import Attachment
from zhishi.before.exams.queries import attachments_of
from zhishi.before.exams.rules import REHEARSAL_LEAD_S, AttachmentKind, Schedule, SittingKind
from zhishi.before.roster.queries import enrolled
from zhishi.day.attempts.models import Acceptance, Preparation
from zhishi.day.attempts.queries import (
    AttemptFacts,
    acceptances_in,
    interruptions_in,
    newest_preparations,
    prepared_in,
)
from zhishi.day.attempts.rules import EndReason
from zhishi.day.binding.queries import phone_states
from zhishi.day.binding.schemas import PhoneState
from zhishi.day.flow.rules import (
    BEFORE_ENTRY,
    Allowance,
    Facts,
    PhoneDemand,
    Step,
    is_done,
    is_over,
    may_bind,
    may_draw,
    may_end,
    may_enter,
    may_pass_binding,
    may_read_paper,
    page_of,
    step_of,
)
from zhishi.day.flow.schemas import (
    AllowanceView,
    May,
    PersonView,
    PreparationReport,
    PreparationView,
    Situation,
    StepLine,
    StepView,
    Times,
    TrackRef,
)
from zhishi.day.help.queries import chat_state
from zhishi.day.lots.queries import REHEARSAL_LOT, lots_of
from zhishi.day.recording.access import upload_token
from zhishi.day.recording.queries import tracks_of
from zhishi.day.recording.rules import TrackKind
from zhishi.foundation.edge.services import Services
from zhishi.foundation.kernel.clock import from_ms, optional_ms, to_ms


@dataclass(frozen=True, slots=True)
class Known:
    """An attempt with everything that the rules and the page need of the other rooms."""

    attempt: AttemptFacts
    facts: Facts
    phone: PhoneState
    lot: str | None
    texts: Sequence[Attachment]
    accepted: Mapping[str, Acceptance]
    preparation: Preparation | None


async def known_of(session: AsyncSession, attempt: AttemptFacts, *, now: datetime) -> Known:
    """Ask the rooms about one attempt."""
    return (await known_in(session, [attempt], now=now))[attempt.attempt.id]


async def known_in(
    session: AsyncSession,
    attempts: Sequence[AttemptFacts],
    *,
    phones: Mapping[str, PhoneState] | None = None,
    now: datetime,
) -> dict[str, Known]:
    """The same for many attempts, in as many queries as for one, as long as they belong to one exam.

    `phones` spares asking for what the caller knows already.
    """
    rows = [one.attempt for one in attempts]
    ids = [row.id for row in rows]
    phones = phones or await phone_states(session, rows, now=now)
    lots = await lots_of(session, ids)
    exams = {one.held_in.exam.id for one in attempts}
    texts = {exam_id: await attachments_of(session, exam_id) for exam_id in exams}
    accepted = await acceptances_in(session, ids)
    checks = await newest_preparations(session, [row.registration_id for row in rows])
    prepared = await prepared_in(session, rows)
    found = {}
    for one in attempts:
        row, to_read = one.attempt, texts[one.held_in.exam.id]
        rehearsal = one.kind is SittingKind.REHEARSAL
        facts = facts_of(
            one,
            phone_bound=phones[row.id].bound_ms is not None,
            prepared=row.id in prepared,
            read={text.kind for text in to_read if text.id in accepted[row.id]},
            texts={text.kind for text in to_read},
            lot_drawn=row.lot_drawn_at is not None if rehearsal else row.id in lots,
        )
        lot = REHEARSAL_LOT if rehearsal else lots.get(row.id)
        check = checks.get(row.registration_id)
        found[row.id] = Known(one, facts, phones[row.id], lot, to_read, accepted[row.id], check)
    return found


def facts_of(
    attempt: AttemptFacts,
    *,
    phone_bound: bool = False,
    prepared: bool = False,
    read: Collection[str] = (),
    texts: Collection[str] = (),
    lot_drawn: bool = False,
) -> Facts:
    """What the rules need to know of an attempt. Without the other rooms' words it serves for what follows entry."""
    schedule, row = attempt.schedule, attempt.attempt
    demand = PhoneDemand(attempt.held_in.exam.phone_policy)
    if attempt.kind is SittingKind.REHEARSAL and demand is PhoneDemand.REQUIRED:
        demand = PhoneDemand.ADVISED
    before_login = {AttachmentKind.CONSENT, AttachmentKind.PROCEDURE}
    return Facts(
        entry_opens=schedule.entry_opens,
        starts=schedule.starts,
        login_closes=schedule.login_closes,
        ends=schedule.ends,
        entered_at=row.entered_at,
        ended_at=row.ended_at,
        departed_at=row.departed_at,
        prepared=prepared,
        procedure_read=AttachmentKind.PROCEDURE in read or AttachmentKind.PROCEDURE not in texts,
        attachments_read=set(texts) - before_login <= set(read),
        phone=demand,
        phone_bound=phone_bound,
        phone_waived=row.binding_waived_at is not None,
        binding_passed=row.binding_passed_at is not None,
        lot_drawn=lot_drawn,
        lot_passed=row.lot_passed_at is not None,
        devices_confirmed=row.devices_confirmed_at is not None,
        entry_until=row.entry_until,
    )


async def situation(session: AsyncSession, services: Services, attempt: AttemptFacts, *, now: datetime) -> Situation:
    """Where an attempt stands now, for the candidate's page."""
    known = await known_of(session, attempt, now=now)
    row, facts, exam = attempt.attempt, known.facts, attempt.held_in.exam
    who = await enrolled(session, row.registration_id)
    entered = row.entered_at is not None
    step, ended = step_of(facts, now), attempt.ended_at(now) if entered else row.ended_at
    counts = await interruptions_in(session, [row.id])
    tracks = [TrackRef(track_id=one.id, kind=TrackKind(one.kind)) for one in await tracks_of(session, row.id)]
    return Situation(
        attempt_id=row.id,
        kind=attempt.kind,
        exam_title=exam.title,
        sitting_name=attempt.held_in.sitting.name,
        time_zone=exam.time_zone,
        hotline=services.settings.hotline,
        hotline_hours=services.settings.hotline_hours,
        now_ms=to_ms(now),
        step=StepView(number=step.number, key=step),
        page=page_of(facts, now),
        may=_may(known, now),
        times=times_of(attempt, facts),
        entered_ms=optional_ms(row.entered_at),
        late=row.late,
        ended_ms=optional_ms(ended),
        end_reason=_end_reason(row.end_reason, over=entered and is_over(facts, now)),
        lot=known.lot,
        post=who.registration.post,
        mark=row.mark,
        # Law 9: from entry on the screen is recorded, so the page gets no name at all.
        person=None if entered else PersonView(name=who.person.name),
        interruptions=counts.get(row.id, 0),
        tracks=[one for one in tracks if one.kind is not TrackKind.PHONE],
        phone_track=next((one for one in tracks if one.kind is TrackKind.PHONE), None),
        upload_token=(upload_token(services, attempt_id=row.id, since=row.entered_at) if row.entered_at else None),
        steps=step_lines(known, step, now),
        phone=known.phone,
        phone_policy=facts.phone,
        binding_passed=facts.binding_passed,
        devices_confirmed_ms=optional_ms(row.devices_confirmed_at),
        preparation=present_preparation(known.preparation, device_id=row.device_id),
        chat=await chat_state(session, row.id),
        manual=row.manual,
    )


def _may(known: Known, now: datetime) -> May:
    facts = known.facts
    return May(
        bind=present_allowance(may_bind(facts, now, rebind_allowed=known.phone.rebind_allowed)),
        pass_binding=present_allowance(may_pass_binding(facts, now)),
        draw=present_allowance(may_draw(facts, now)),
        enter=present_allowance(may_enter(facts, now)),
        end=present_allowance(may_end(facts, now)),
        read_paper=present_allowance(may_read_paper(facts, now)),
    )


def times_of(attempt: AttemptFacts, facts: Facts) -> Times:
    """The moments of an attempt: its schedule, and until when it may be entered."""
    provisional = attempt.kind is SittingKind.REHEARSAL and facts.entered_at is None
    return present_times(attempt.schedule).model_copy(
        update={
            "entry_closes_ms": to_ms(facts.entry_closes),
            "provisional": provisional,
            "lead_s": REHEARSAL_LEAD_S if attempt.kind is SittingKind.REHEARSAL else None,
        }
    )


def step_lines(known: Known, current: Step, now: datetime) -> list[StepLine]:
    """The ten steps, each done, now or later, with the time at which it was done if that is known."""
    row, facts = known.attempt.attempt, known.facts
    accepted = {one.kind: known.accepted[one.id].accepted_at for one in known.texts if one.id in known.accepted}
    others = [at for kind, at in accepted.items() if kind != AttachmentKind.PROCEDURE]
    at = {
        Step.DEVICES_PREPARED: None if known.preparation is None else known.preparation.at,
        Step.FACE_LOGIN: row.created_at,
        Step.PROCEDURE: accepted.get(AttachmentKind.PROCEDURE),
        Step.BINDING: None if known.phone.bound_ms is None else from_ms(known.phone.bound_ms),
        Step.ATTACHMENTS: max(others, default=None) if facts.attachments_read else None,
        Step.ENTRY: row.entered_at,
        Step.DEVICES_CONFIRMED: row.devices_confirmed_at,
        Step.ANSWERING: known.attempt.ended_at(now) if row.entered_at else None,
        Step.ENDING: row.departed_at,
    }
    lines = []
    for step in Step:
        if step is current:
            state: Literal["done", "now", "later"] = "done" if row.departed_at is not None else "now"
        elif step in BEFORE_ENTRY:
            state = "done" if is_done(facts, step, now) else "later"
        else:
            state = "done" if step is Step.FACE_LOGIN or step.number < current.number else "later"
        lines.append(StepLine(number=step.number, key=step, state=state, at_ms=optional_ms(at.get(step))))
    return lines


def present_preparation(row: Preparation | None, *, device_id: str | None) -> PreparationView | None:
    """The newest check of a candidate's device."""
    if row is None:
        return None
    report = PreparationReport.model_validate(row.report)
    return PreparationView(at_ms=to_ms(row.at), same_device=row.device_id == device_id, report=report)


def present_times(schedule: Schedule) -> Times:
    """A schedule in Unix ms."""
    return Times(
        login_opens_ms=to_ms(schedule.login_opens),
        entry_opens_ms=to_ms(schedule.entry_opens),
        starts_ms=to_ms(schedule.starts),
        login_closes_ms=to_ms(schedule.login_closes),
        ends_ms=to_ms(schedule.ends),
        report_until_ms=to_ms(schedule.report_until),
        phone_until_ms=to_ms(schedule.phone_until),
        answer_s=int((schedule.ends - schedule.starts).total_seconds()),
    )


def _end_reason(stored: str | None, *, over: bool) -> EndReason | None:
    if stored is not None:
        return EndReason(stored)
    return EndReason.TIME if over else None


def present_allowance(allowance: Allowance) -> AllowanceView:
    """An allowance as it crosses HTTP."""
    return AllowanceView(
        allowed=allowance.allowed,
        why=allowance.why,
        from_ms=optional_ms(allowance.since),
        until_ms=optional_ms(allowance.until),
        step=allowance.step,
    )
