"""Routes of the desk: sittings, candidates, records."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from zhishi.before.exams.queries import all_sittings, attachments_of, sitting_facts
from zhishi.before.papers.queries import paper_of
from zhishi.before.roster.queries import enrolled
from zhishi.before.staff.access import DESK, Me, acting
from zhishi.day.attempts.queries import attempt_facts, events_of, interruptions_in
from zhishi.day.invigilation import presenting, queries
from zhishi.day.invigilation.rules import Filter, matches
from zhishi.day.invigilation.schemas import AttemptRecord, CandidateList, SittingList, SittingView
from zhishi.day.lots.queries import lot_of
from zhishi.day.recording.queries import held_tracks, summaries_of
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
    held_in = await sitting_facts(look, sitting_id)
    everybody = await queries.candidates_of(look, held_in, now=now)
    counts = {
        one: sum(matches(candidate.state, one, complete=candidate.complete) for candidate in everybody)
        for one in Filter
    }
    chosen = [one for one in everybody if matches(one.state, state, complete=one.complete)]
    page = chosen[offset : offset + limit]
    summaries = await summaries_of(look, [one.attempt for one in page if one.attempt is not None], now=now)
    rows = []
    for one in page:
        tracks = [] if one.attempt is None else summaries[one.attempt.attempt.id]
        rows.append(presenting.present_candidate(one, tracks, now=now))
    return CandidateList(total=len(chosen), counts=counts, rows=rows)


@door.get("/attempts/{attempt_id}/record", access=DESK, summary="Everything on record of an attempt")
async def read_record(attempt_id: str, me: Me, work: Work, services: Here) -> AttemptRecord:
    now = services.clock.now()
    attempt = await attempt_facts(work, attempt_id)
    # Looking at a person's recordings is an act of staff, so it leaves a row (D7).
    audit.record(work, at=now, actor=acting(me), action="record.read", subject=("attempt", attempt_id))
    return presenting.present_record(
        attempt,
        await enrolled(work, attempt.attempt.registration_id),
        await lot_of(work, attempt_id),
        await held_tracks(work, attempt, now=now),
        await events_of(work, attempt_id),
        interruptions=(await interruptions_in(work, [attempt_id])).get(attempt_id, 0),
        now=now,
    )
