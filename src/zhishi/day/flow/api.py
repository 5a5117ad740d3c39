"""Routes of the candidate's page."""

from __future__ import annotations

import base64

from fastapi import Request, Response

from zhishi.before.papers.queries import present_sealed
from zhishi.before.papers.schemas import PaperKey, SealedPaper
from zhishi.day.attempts import actions as attempts
from zhishi.day.attempts.access import CANDIDATE, COOKIE, AttemptId
from zhishi.day.attempts.queries import attempt_facts
from zhishi.day.flow import actions, queries, steps
from zhishi.day.flow.releases import Release, Releases
from zhishi.day.flow.schemas import (
    AcceptanceRequest,
    AttemptVerdict,
    DeviceChoice,
    EntryRequest,
    EventReport,
    EventsStored,
    PreparationRequest,
    Situation,
    TextList,
)
from zhishi.day.flow.verdicts import verdict_of
from zhishi.day.lots.schemas import Draw, DrawView
from zhishi.day.recording.counting import judged_tracks_of
from zhishi.day.recording.rules import ARRIVED, COMPUTER_TRACKS
from zhishi.foundation.edge.cookies import clear_cookie
from zhishi.foundation.edge.doors import Door
from zhishi.foundation.edge.transactions import Here, Look, Work

door = Door("/api/v1/attempt", tag="attempt")


@door.get("", access=CANDIDATE, summary="Where this attempt stands")
async def read_situation(mine: AttemptId, look: Look, services: Here) -> Situation:
    attempt = await attempt_facts(look, mine)
    return await queries.situation(look, services, attempt, now=services.clock.now())


@door.post("/preparation", access=CANDIDATE, summary="Keep what the check of this device found")
async def prepare(request: PreparationRequest, mine: AttemptId, work: Work, services: Here) -> Situation:
    now = services.clock.now()
    attempt = await attempt_facts(work, mine, for_change=True)
    await steps.prepare(work, attempt=attempt, report=request.report, now=now)
    return await queries.situation(work, services, attempt, now=now)


@door.get("/texts", access=CANDIDATE, summary="The texts to be read before entry")
async def read_texts(mine: AttemptId, look: Look, services: Here) -> TextList:
    return await steps.texts_for(look, attempt=await attempt_facts(look, mine), now=services.clock.now())


@door.post("/texts/{attachment_id}/acceptance", access=CANDIDATE, summary="Accept a text that was read")
async def accept_text(
    attachment_id: str, request: AcceptanceRequest, mine: AttemptId, work: Work, services: Here
) -> Situation:
    now = services.clock.now()
    attempt = await attempt_facts(work, mine, for_change=True)
    await steps.accept_text(work, attempt=attempt, attachment_id=attachment_id, request=request, now=now)
    return await queries.situation(work, services, attempt, now=now)


@door.post("/binding/pass", access=CANDIDATE, summary="Go on without a phone")
async def pass_binding(mine: AttemptId, work: Work, services: Here) -> Situation:
    now = services.clock.now()
    attempt = await attempt_facts(work, mine, for_change=True)
    await steps.pass_binding(work, attempt=attempt, now=now)
    return await queries.situation(work, services, attempt, now=now)


@door.get("/lot", access=CANDIDATE, summary="The cards of the draw")
async def read_draw(mine: AttemptId, work: Work, services: Here) -> DrawView:
    attempt = await attempt_facts(work, mine)
    return await steps.draw_view(work, keys=services.keys, attempt=attempt, now=services.clock.now())


@door.post("/lot", access=CANDIDATE, summary="Draw a card")
async def draw(draw: Draw, mine: AttemptId, work: Work, services: Here) -> Situation:
    now = services.clock.now()
    attempt = await attempt_facts(work, mine, for_change=True)
    await steps.draw(work, keys=services.keys, attempt=attempt, position=draw.position, now=now)
    return await queries.situation(work, services, attempt, now=now)


@door.post("/lot/pass", access=CANDIDATE, summary="Leave the lot to the system")
async def pass_lot(mine: AttemptId, work: Work, services: Here) -> Situation:
    now = services.clock.now()
    attempt = await attempt_facts(work, mine, for_change=True)
    await steps.pass_lot(work, attempt=attempt, now=now)
    return await queries.situation(work, services, attempt, now=now)


@door.post("/devices", access=CANDIDATE, summary="Confirm camera and microphone")
async def confirm_devices(choice: DeviceChoice, mine: AttemptId, work: Work, services: Here) -> Situation:
    now = services.clock.now()
    attempt = await attempt_facts(work, mine, for_change=True)
    await steps.confirm_devices(work, attempt=attempt, choice=choice, now=now)
    return await queries.situation(work, services, attempt, now=now)


@door.get("/verdict", access=CANDIDATE, summary="How a finished attempt went, technically")
async def read_verdict(mine: AttemptId, look: Look, services: Here) -> AttemptVerdict:
    return await verdict_of(look, await attempt_facts(look, mine), now=services.clock.now())


@door.post("/entry", access=CANDIDATE, summary="Enter the exam")
async def enter(entry: EntryRequest, mine: AttemptId, work: Work, services: Here) -> Situation:
    now = services.clock.now()
    attempt = await attempt_facts(work, mine, for_change=True)
    await actions.enter(work, keys=services.keys, attempt=attempt, request=entry, now=now)
    return await queries.situation(work, services, attempt, now=now)


@door.post("/end", access=CANDIDATE, summary="End the exam early")
async def end(mine: AttemptId, work: Work, services: Here) -> Situation:
    now = services.clock.now()
    attempt = await attempt_facts(work, mine, for_change=True)
    await actions.end(work, attempt=attempt, now=now)
    services.jobs.hint("settle")
    return await queries.situation(work, services, attempt, now=now)


@door.post("/departure", access=CANDIDATE, summary="Leave the upload page for the home page")
async def depart(mine: AttemptId, work: Work, services: Here) -> Situation:
    now = services.clock.now()
    attempt = await attempt_facts(work, mine, for_change=True)
    if attempt.attempt.entered_at is not None and attempt.ended_at(now) is not None:
        tracks = (await judged_tracks_of(work, [attempt], now=now))[mine]
        computer = [one.verdict in ARRIVED for one in tracks if one.track.kind in COMPUTER_TRACKS]
        complete = bool(computer) and all(computer)
        await attempts.depart(work, attempt=attempt.attempt, at=now, complete=complete)
    return await queries.situation(work, services, attempt, now=now)


@door.get("/paper", access=CANDIDATE, summary="The paper, sealed")
async def read_paper(mine: AttemptId, look: Look, response: Response) -> SealedPaper:
    response.headers["Cache-Control"] = "no-store"
    return present_sealed(await actions.paper_for(look, attempt=await attempt_facts(look, mine)))


@door.get("/paper-key", access=CANDIDATE, summary="The key of the paper, from T0 on")
async def read_paper_key(mine: AttemptId, look: Look, services: Here, response: Response) -> PaperKey:
    response.headers["Cache-Control"] = "no-store"
    now = services.clock.now()
    attempt = await attempt_facts(look, mine)
    paper, key = await actions.release_paper(look, keys=services.keys, attempt=attempt, now=now)
    # Not a transaction of its own: a thousand candidates ask in the same second, and ingest needs the lock too.
    await services.get(Releases).take(Release(mine, paper.id, now))
    return PaperKey(paper_id=paper.id, key_b64=base64.b64encode(key).decode())


@door.post("/events", access=CANDIDATE, summary="Report what the page noticed")
async def report_events(report: EventReport, mine: AttemptId, work: Work, services: Here) -> EventsStored:
    attempt = await attempt_facts(work, mine, for_change=True)
    stored = await actions.keep_events(work, attempt=attempt, events=report.events, now=services.clock.now())
    return EventsStored(stored=stored)


@door.post("/logout", access=CANDIDATE, status_code=204, summary="Log out")
async def log_out(request: Request, response: Response, mine: AttemptId, work: Work, services: Here) -> None:
    attempt = await attempt_facts(work, mine, for_change=True)
    await attempts.end_logins(work, attempt=attempt.attempt, reason="logged_out", at=services.clock.now())
    clear_cookie(response, services.settings, name=COOKIE)
