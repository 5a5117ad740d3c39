"""Routes for everybody: the clock, the names, what is on."""

from __future__ import annotations

from datetime import datetime, timedelta

from fastapi import Response

from zhishi.before.exams import queries
from zhishi.before.exams.models import Attachment
from zhishi.before.exams.rules import LoginWindow, login_window
from zhishi.before.exams.schemas import Brand, Consent, Entrance, EntranceSitting, Now
from zhishi.foundation.edge.doors import PUBLIC, Door
from zhishi.foundation.edge.transactions import Here, Look
from zhishi.foundation.kernel.clock import to_ms

door = Door("/api/v1", tag="exams")

# How long after its T0 a sitting is still shown at the entrance, closed: people look for it there.
SHOWN_AFTER_START = timedelta(hours=6)


@door.get("/clock", access=PUBLIC, summary="The server's time")
async def read_clock(services: Here, response: Response) -> Now:
    response.headers["Cache-Control"] = "no-store"
    return Now(now_ms=services.clock.now().timestamp() * 1000)


@door.get("/brand", access=PUBLIC, summary="Names and hotline of this installation")
async def read_brand(services: Here) -> Brand:
    settings = services.settings
    return Brand(
        candidate_app=settings.candidate_app_name,
        phone_app=settings.phone_app_name,
        hotline=settings.hotline,
        hotline_hours=settings.hotline_hours,
        demo=services.demo,
    )


@door.get("/entrance", access=PUBLIC, summary="The sittings a visitor can log in to, now or later")
async def read_entrance(look: Look, services: Here) -> Entrance:
    now = services.clock.now()
    found = await queries.sittings_around(look, after=now - SHOWN_AFTER_START)
    consents = {exam_id: await queries.consent_of(look, exam_id) for exam_id in {facts.exam.id for facts in found}}
    return Entrance(sittings=[_present(facts, consents[facts.exam.id], now=now) for facts in found])


def _present(facts: queries.SittingFacts, consent: Attachment | None, *, now: datetime) -> EntranceSitting:
    schedule = facts.schedule
    return EntranceSitting(
        sitting_id=facts.sitting.id,
        exam_title=facts.exam.title,
        sitting_name=facts.sitting.name,
        kind=facts.kind,
        time_zone=facts.exam.time_zone,
        starts_ms=None if schedule is None else to_ms(schedule.starts),
        ends_ms=None if schedule is None else to_ms(schedule.ends),
        login_opens_ms=None if schedule is None else to_ms(schedule.login_opens),
        login_closes_ms=None if schedule is None else to_ms(schedule.login_closes),
        state=LoginWindow.OPEN if schedule is None else login_window(schedule, now),
        consent=None if consent is None else _present_consent(consent),
    )


def _present_consent(text: Attachment) -> Consent:
    return Consent(attachment_id=text.id, title=text.title, text=text.text, version=text.version)
