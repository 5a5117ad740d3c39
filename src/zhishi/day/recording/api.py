"""Routes of the recorder: parts, closures, heartbeats, completeness. Opened by the upload token."""

from __future__ import annotations

import asyncio

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from zhishi.day.attempts.queries import attempt_facts
from zhishi.day.recording import actions, queries
from zhishi.day.recording.access import UPLOADER, MyUploads, check_owner, uploader_of
from zhishi.day.recording.arrivals import Arrival, DigestMissing, SegmentTooLarge, arrive, read_head, receipt_of
from zhishi.day.recording.heartbeats import Beat, Heartbeats, report_of, wanted_of
from zhishi.day.recording.ingest import Ingest
from zhishi.day.recording.logbook import LOGBOOK_PAGE_MAX, PageName, keep_page, read_page
from zhishi.day.recording.presenting import present_completeness
from zhishi.day.recording.schemas import (
    Closed,
    Closure,
    Completeness,
    Heartbeat,
    HeartbeatAnswer,
    Ms,
    PageKept,
    Seq,
    Wanted,
)
from zhishi.foundation.adapters.batches import QueueFull
from zhishi.foundation.edge.doors import Door
from zhishi.foundation.edge.refusals import answer, explain
from zhishi.foundation.edge.services import Services
from zhishi.foundation.edge.transactions import Here, Look, Work
from zhishi.foundation.kernel.clock import to_ms
from zhishi.foundation.kernel.digests import parse_content_digest, sha256
from zhishi.foundation.kernel.errors import Busy

door = Door("/api/v1", tag="recording")


@door.raw("PUT", "/tracks/{track_id}/epochs/{epoch}/init", access=UPLOADER)
async def put_init(request: Request) -> Response:
    return await _put(request)


@door.raw("PUT", "/tracks/{track_id}/epochs/{epoch}/segments/{seq}", access=UPLOADER)
async def put_segment(request: Request) -> Response:
    return await _put(request)


async def _put(request: Request) -> Response:
    """Outside FastAPI's machinery, so errors are turned into answers here."""
    services: Services = request.app.state.services
    try:
        arrival = await _read_arrival(request, services)
        stored = await services.get(Ingest).take(arrival)
    except QueueFull:
        return answer(Busy(retry_after_s=1))
    except ClientDisconnect:
        return Response(status_code=499)
    except Exception as error:
        known = explain(error)
        if known is None:
            raise
        return answer(known)
    receipt = receipt_of(arrival, stored)
    return Response(receipt.body, status_code=receipt.status, headers=receipt.fields)


async def _read_arrival(request: Request, services: Services) -> Arrival:
    """Everything that can be checked of a part; the owner before anything of the body is read."""
    await check_owner(services, uploader_of(request.headers, services), request.path_params["track_id"])
    announced = read_head(request.path_params, request.headers)
    data = await _read_body(request, services.settings.segment_max_bytes)
    return arrive(announced, data, await asyncio.to_thread(sha256, data))


async def _read_body(request: Request, most: int) -> bytes:
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > most:
        raise SegmentTooLarge(limit=most)
    pieces, size = [], 0
    async for piece in request.stream():
        size += len(piece)
        if size > most:
            raise SegmentTooLarge(limit=most)
        pieces.append(piece)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


@door.post("/tracks/{track_id}/epochs/{epoch}/closure", access=UPLOADER, summary="Say that an epoch is over")
async def close_epoch(
    track_id: str, epoch: Ms, closure: Closure, mine: MyUploads, work: Work, services: Here
) -> Closed:
    await check_owner(services, mine, track_id)
    row = await actions.close_epoch(
        work,
        track=await queries.track(work, track_id),
        epoch=epoch,
        segments=closure.segments,
        reason=closure.reason,
        at=services.clock.now(),
    )
    held = {segment.seq for segment in await queries.segments_in(work, track_id, epoch)}
    declared = row.declared or 0
    services.jobs.hint("settle")
    return Closed(epoch=epoch, segments=declared, missing=[n for n in range(declared) if n not in held])


@door.put("/logbooks/{run}/pages/{page}", access=UPLOADER, summary="Hand in a page of the recorder's logbook")
async def put_logbook_page(
    request: Request, response: Response, run: Ms, page: Seq, mine: MyUploads, services: Here
) -> PageKept:
    digest = parse_content_digest(request.headers.get("content-digest"))
    if digest is None:
        raise DigestMissing()
    # First the body, then the transaction: on a bad line it takes its time, and every writer would wait for it.
    body = await _read_body(request, LOGBOOK_PAGE_MAX)
    lines = read_page(body)
    name = PageName(mine.attempt_id, mine.device, run, page)
    async with services.database.writing() as work:
        new = await keep_page(work, name, body=body, lines=lines, digest=digest, at=services.clock.now())
    response.status_code = 201 if new else 200
    return PageKept(run=run, page=page, sha256=digest.hex())


@door.post("/heartbeats", access=UPLOADER, summary="Say that the recorder lives, and what it has finished")
async def beat(heartbeat: Heartbeat, mine: MyUploads, services: Here) -> HeartbeatAnswer:
    received = services.clock.now()
    for track_id in {one.track_id for one in heartbeat.digests}:
        await check_owner(services, mine, track_id)
    noticed = [
        actions.Noticed(one.track_id, one.epoch, one.seq, bytes.fromhex(one.sha256), one.start_ms, one.duration_ms)
        for one in heartbeat.digests
    ]
    try:
        report = None if mine.phone else report_of(heartbeat)
        await services.get(Heartbeats).take(Beat(mine.attempt_id, noticed, report))
    except QueueFull:
        raise Busy(retry_after_s=4) from None
    async with services.database.reading() as look:
        attempt = await attempt_facts(look, mine.attempt_id)
        wanted = await wanted_of(look, mine.attempt_id, kinds=mine.kinds, now=received)
    sent = services.clock.now()
    ended = attempt.ended_at(sent)
    return HeartbeatAnswer(
        received_ms=received.timestamp() * 1000,
        sent_ms=sent.timestamp() * 1000,
        ends_ms=to_ms(ended or attempt.schedule.ends),
        ended=ended is not None,
        wanted=[Wanted(track_id=track, epoch=epoch, seq=seq) for track, epoch, seq in wanted],
    )


@door.get("/completeness", access=UPLOADER, summary="What the server holds of this attempt")
async def read_completeness(mine: MyUploads, look: Look, services: Here) -> Completeness:
    now = services.clock.now()
    attempt = await attempt_facts(look, mine.attempt_id)
    held = await queries.held_tracks(look, attempt, now=now)
    if mine.phone:
        # The phone lies where others may see it: it is told of its own recording only.
        held = [one for one in held if one.track.kind in mine.kinds]
    return present_completeness(attempt, held, now=now)
