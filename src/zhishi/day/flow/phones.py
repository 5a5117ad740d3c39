"""Binding a phone, and what it is told (F4): the conductor asks binding, recording and the rules."""

from __future__ import annotations

import io
from datetime import datetime

import segno
from sqlalchemy.ext.asyncio import AsyncSession

from zhishi.before.exams.rules import SittingKind
from zhishi.day.attempts.bearers import PhoneClaim, phone_token
from zhishi.day.attempts.queries import AttemptFacts, attempt_facts
from zhishi.day.binding import actions, queries
from zhishi.day.binding.actions import BindingCodeUnknown
from zhishi.day.binding.models import Binding
from zhishi.day.binding.rules import in_groups
from zhishi.day.binding.schemas import BindingCode, BindingRequest
from zhishi.day.flow.actions import PhoneNotYet, require
from zhishi.day.flow.copies import copy_needs
from zhishi.day.flow.phone_schemas import PhoneCopies, PhoneSession, PhoneSituation
from zhishi.day.flow.queries import facts_of, known_of, present_allowance
from zhishi.day.flow.rules import may_bind, may_stop_phone, step_of
from zhishi.day.flow.schemas import StepView, TrackRef
from zhishi.day.recording.actions import close_track, open_tracks, reopen_track
from zhishi.day.recording.counting import judged_tracks_of
from zhishi.day.recording.queries import tracks_of
from zhishi.day.recording.rules import TrackKind
from zhishi.foundation.edge.services import Services
from zhishi.foundation.kernel.clock import optional_ms, to_ms


async def make_code(session: AsyncSession, *, attempt: AttemptFacts, address: str, now: datetime) -> BindingCode:
    """F4.1: a code for the phone, as text and as a QR code of `address`/phone#CODE."""
    known = await known_of(session, attempt, now=now)
    require(may_bind(known.facts, now, rebind_allowed=known.phone.rebind_allowed))
    row, code = await actions.make_code(session, attempt=attempt.attempt, at=now)
    # Behind the hash: the code stays out of the logs of every server and proxy on the way.
    url = f"{address}/phone#{code}"
    drawn = io.BytesIO()
    segno.make(url, error="m").save(drawn, kind="svg", xmldecl=False, svgns=True, border=3, omitsize=True)
    return BindingCode(
        code=in_groups(code), url=url, qr_svg=drawn.getvalue().decode(), expires_ms=to_ms(row.code_expires_at)
    )


async def bind(session: AsyncSession, services: Services, *, request: BindingRequest, now: datetime) -> PhoneSession:
    """F4.2: a phone gives a code back and is bound; its recording is due from now on. Raises `BindingCodeUnknown`."""
    row = await queries.binding_of_code(session, request.code, now=now)
    if row is None:
        again = await queries.binding_again(session, request.code, device_id=request.device.id)
        if again is None:
            raise BindingCodeUnknown()
        return await _session_of(session, services, again, now=now)
    attempt = await attempt_facts(session, row.attempt_id, for_change=True)
    known = await known_of(session, attempt, now=now)
    require(may_bind(known.facts, now, rebind_allowed=known.phone.rebind_allowed))
    await actions.bind(session, row=row, attempt=attempt.attempt, device=request.device, at=now)
    await open_tracks(session, attempt=attempt.attempt, kinds=(TrackKind.PHONE,), at=now)
    await reopen_track(session, attempt=attempt.attempt, kind=TrackKind.PHONE, at=now)
    return await _session_of(session, services, row, now=now)


async def _session_of(session: AsyncSession, services: Services, row: Binding, *, now: datetime) -> PhoneSession:
    assert row.bound_at is not None
    claim = PhoneClaim(row.attempt_id, row.id)
    token = phone_token(services, claim, since=row.bound_at)
    return PhoneSession(token=token, situation=await phone_situation(session, services, claim, now=now))


async def stop(session: AsyncSession, *, claim: PhoneClaim, now: datetime) -> None:
    """F4.4: stopped by hand, after this candidate's end. Again changes nothing. Raises `PhoneNotYet`."""
    row = await queries.binding(session, claim.binding_id, for_change=True)
    attempt = await attempt_facts(session, row.attempt_id, for_change=True)
    allowance = may_stop_phone(facts_of(attempt), now)
    if not allowance.allowed:
        raise PhoneNotYet(ends_ms=optional_ms(allowance.since))
    if row.ended_at is not None:
        return
    await actions.stop(session, row=row, attempt=attempt.attempt, at=now)
    await close_track(session, attempt=attempt.attempt, kind=TrackKind.PHONE, at=now)


async def phone_copies(session: AsyncSession, binding_id: str, *, now: datetime) -> PhoneCopies:
    """F10.4: whether a phone may delete what it holds of a binding. Raises `NotFound`."""
    row = await queries.binding(session, binding_id)
    attempt = await attempt_facts(session, row.attempt_id)
    running = row.stopped_at is None and row.ended_at is None and now < attempt.schedule.phone_until
    tracks = (await judged_tracks_of(session, [attempt], now=now))[row.attempt_id]
    over = not running and attempt.ended_at(now) is not None
    copies = await copy_needs(session, attempt, tracks, kinds=(TrackKind.PHONE,), over=over, now=now)
    return PhoneCopies(
        kind=attempt.kind,
        running=running,
        released=copies.released,
        copies_may_go=copies.may_go,
        time_zone=attempt.held_in.exam.time_zone,
    )


async def phone_situation(
    session: AsyncSession, services: Services, claim: PhoneClaim, *, now: datetime
) -> PhoneSituation:
    """Where things stand, for the page of a phone that was bound."""
    row = await queries.binding(session, claim.binding_id)
    attempt = await attempt_facts(session, row.attempt_id)
    known = await known_of(session, attempt, now=now)
    facts, schedule, exam = known.facts, attempt.schedule, attempt.held_in.exam
    step, ended = step_of(facts, now), attempt.ended_at(now) if facts.entered_at is not None else facts.ended_at
    heard, stopped = attempt.attempt.last_heard_at, row.stopped_at
    assert row.bound_at is not None
    return PhoneSituation(
        binding_id=row.id,
        attempt_id=row.attempt_id,
        kind=attempt.kind,
        exam_title=exam.title,
        sitting_name=attempt.held_in.sitting.name,
        time_zone=exam.time_zone,
        hotline=services.settings.hotline,
        hotline_hours=services.settings.hotline_hours,
        phone_app=services.settings.phone_app_name,
        now_ms=to_ms(now),
        state=queries.phone_status(row, now),
        replaced=row.ended_at is not None,
        track=await _phone_track(session, row.attempt_id),
        step=StepView(number=step.number, key=step),
        lot=known.lot,
        bound_ms=to_ms(row.bound_at),
        stopped_ms=optional_ms(stopped),
        starts_ms=to_ms(schedule.starts),
        ends_ms=to_ms(schedule.ends),
        phone_until_ms=to_ms(schedule.phone_until),
        provisional=attempt.kind is SittingKind.REHEARSAL and facts.entered_at is None,
        ended_ms=optional_ms(ended),
        may_stop=present_allowance(may_stop_phone(facts, now)),
        computer_heard_ms=optional_ms(heard),
    )


async def _phone_track(session: AsyncSession, attempt_id: str) -> TrackRef:
    (track,) = [one for one in await tracks_of(session, attempt_id) if one.kind == TrackKind.PHONE]
    return TrackRef(track_id=track.id, kind=TrackKind.PHONE)
