"""Routes of the desk: sittings, candidates, records, and what staff may do for one candidate."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from zhishi.before.exams.queries import all_sittings, attachments_among, attachments_of, sitting_facts
from zhishi.before.papers.queries import paper_of
from zhishi.before.roster.queries import enrolled
from zhishi.before.staff.access import DESK, Me, acting
from zhishi.day.attempts.queries import accepted_for, attempt_facts, events_of
from zhishi.day.help.queries import unread_in
from zhishi.day.help.rules import Sender
from zhishi.day.invigilation import commands, presenting, queries
from zhishi.day.invigilation.rules import Filter
from zhishi.day.invigilation.schemas import (
    AttemptRecord,
    CandidateList,
    CommandRequest,
    LiveView,
    Permit,
    SittingList,
    SittingView,
)
from zhishi.day.recording.counting import judged_tracks_of
from zhishi.day.recording.queries import held_tracks
from zhishi.foundation import audit
from zhishi.foundation.edge.doors import Door
from zhishi.foundation.edge.transactions import Here, Look, Work

door = Door("/api/v1", tag="desk")


@door.get("/sittings", access=DESK, summary="All sittings with their counts")
async def list_sittings(look: Look, services: Here) -> SittingList:
    now = services.clock.now()
    return SittingList(
        sittings=[
            presenting.present_item(held_in, await queries.candidates_of(look, held_in, now=now))
            for held_in in await all_sittings(look)
        ]
    )


@door.get("/sittings/{sitting_id}", access=DESK, summary="One sitting")
async def read_sitting(sitting_id: str, look: Look, services: Here) -> SittingView:
    held_in = await sitting_facts(look, sitting_id)
    candidates = await queries.candidates_of(look, held_in, now=services.clock.now())
    return presenting.present_sitting(
        presenting.present_item(held_in, candidates),
        held_in,
        attachments=await attachments_of(look, held_in.exam.id),
        paper=await paper_of(look, sitting_id),
        hotline=services.settings.hotline,
    )


@door.get("/sittings/{sitting_id}/candidates", access=DESK, summary="The candidates of a sitting")
async def list_candidates(
    sitting_id: str,
    look: Look,
    services: Here,
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    state: Filter = Filter.ALL,
) -> CandidateList:
    now = services.clock.now()
    everybody = await queries.watched_in(look, await sitting_facts(look, sitting_id), now=now)
    chosen = [one for one in everybody if one.under(state)]
    lines = await queries.lines_of(look, chosen[offset : offset + limit], now=now)
    return CandidateList(
        total=len(chosen),
        counts={one: sum(watched.under(one) for watched in everybody) for one in Filter},
        rows=[presenting.present_line(line, now=now) for line in lines],
    )


@door.get("/attempts/{attempt_id}/record", access=DESK, summary="Everything on record of an attempt")
async def read_record(attempt_id: str, me: Me, look: Look, services: Here) -> AttemptRecord:
    now = services.clock.now()
    attempt = await attempt_facts(look, attempt_id)
    # Looking at a person's recordings is an act of staff, so it leaves a row (D7). No writer waits for the reading.
    async with services.database.writing() as work:
        audit.record(work, at=now, actor=acting(me), action="record.read", subject=("attempt", attempt_id))
    tracks = await held_tracks(look, attempt, now=now)
    closeup = await queries.closeup_of(look, attempt, now=now)
    accepted = await accepted_for(look, attempt.attempt)
    texts = await attachments_among(look, {one.attachment_id for one in accepted})
    verdicts = [one.assessment.verdict for one in tracks]
    return presenting.present_record(
        presenting.present_now(attempt, closeup, verdicts, now=now),
        attempt,
        await enrolled(look, attempt.attempt.registration_id),
        preparation=closeup.known.preparation,
        acceptances=[(one, texts[one.attachment_id]) for one in accepted],
        events=await events_of(look, attempt_id),
        tracks=tracks,
        now=now,
    )


@door.get("/attempts/{attempt_id}/live", access=DESK, summary="One candidate now, for a page that asks again and again")
async def read_live(attempt_id: str, look: Look, services: Here) -> LiveView:
    now = services.clock.now()
    attempt = await attempt_facts(look, attempt_id)
    tracks = (await judged_tracks_of(look, [attempt], now=now))[attempt_id]
    closeup = await queries.closeup_of(look, attempt, now=now)
    unread = await unread_in(look, [attempt_id], Sender.CANDIDATE)
    attempt_now = presenting.present_now(attempt, closeup, [one.verdict for one in tracks], now=now)
    return presenting.present_live(attempt_now, tracks, unread=unread.get(attempt_id, 0))


@door.post("/attempts/{attempt_id}/binding-waiver", access=DESK, summary="Let a candidate in without a phone")
async def waive_binding(attempt_id: str, request: CommandRequest, me: Me, work: Work, services: Here) -> Permit:
    attempt = await attempt_facts(work, attempt_id, for_change=True)
    return await commands.waive_binding(
        work, attempt=attempt, reason=request.reason, actor=acting(me), now=services.clock.now()
    )


@door.post("/attempts/{attempt_id}/rebinding", access=DESK, summary="Let a candidate bind another phone")
async def allow_rebinding(attempt_id: str, request: CommandRequest, me: Me, work: Work, services: Here) -> Permit:
    attempt = await attempt_facts(work, attempt_id, for_change=True)
    return await commands.allow_rebinding(
        work, attempt=attempt, reason=request.reason, actor=acting(me), now=services.clock.now()
    )


@door.post("/attempts/{attempt_id}/readmission", access=DESK, summary="Let a candidate back in for a while")
async def readmit(attempt_id: str, request: CommandRequest, me: Me, work: Work, services: Here) -> Permit:
    attempt = await attempt_facts(work, attempt_id, for_change=True)
    return await commands.readmit(
        work, attempt=attempt, reason=request.reason, actor=acting(me), now=services.clock.now()
    )
