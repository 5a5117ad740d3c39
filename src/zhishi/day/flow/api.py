"""Routes of the candidate's page."""

from __future__ import annotations

import base64

from fastapi import Request, Response

from zhishi.before.papers.queries import present_sealed
from zhishi.before.papers.schemas import PaperKey, SealedPaper
from zhishi.day.attempts import actions as attempts
from zhishi.day.attempts.access import CANDIDATE, COOKIE, AttemptId
from zhishi.day.attempts.queries import attempt_facts
from zhishi.day.flow import actions, queries
from zhishi.day.flow.releases import Release, Releases
from zhishi.day.flow.schemas import EntryRequest, EventReport, EventsStored, Situation
from zhishi.day.recording.presenting import present_completeness
from zhishi.day.recording.queries import held_tracks
from zhishi.foundation.edge.cookies import clear_cookie
from zhishi.foundation.edge.doors import Door
from zhishi.foundation.edge.transactions import Here, Look, Work

door = Door("/api/v1/attempt", tag="attempt")


@door.get("", access=CANDIDATE, summary="Where this attempt stands")
async def read_situation(mine: AttemptId, look: Look, services: Here) -> Situation:
    attempt = await attempt_facts(look, mine)
    return await queries.situation(look, services, attempt, now=services.clock.now())


@door.post("/entry", access=CANDIDATE, summary="Enter the exam")
async def enter(entry: EntryRequest, mine: AttemptId, work: Work, services: Here) -> Situation:
    now = services.clock.now()
    attempt = await attempt_facts(work, mine, for_change=True)
    await actions.enter(work, attempt=attempt, request=entry, now=now)
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
        held = present_completeness(attempt, await held_tracks(work, attempt, now=now), now=now)
        await attempts.depart(work, attempt=attempt.attempt, at=now, complete=held.complete)
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
