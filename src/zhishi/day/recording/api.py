"""Routes of the recorder: parts, closures, heartbeats, completeness. Opened by the upload token."""

from __future__ import annotations

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from zhishi.day.attempts.queries import attempt_facts
from zhishi.day.recording import actions, queries
from zhishi.day.recording.access import UPLOADER, MyUploads, check_owner, uploader_of
from zhishi.day.recording.checks import LOGBOOK_PAGE_MAX, HeaderInvalid, SegmentTooLarge, check_part, read_page
from zhishi.day.recording.heartbeats import Beat, Heartbeats, report_of, wanted_of
from zhishi.day.recording.ingest import INIT_SEQ, Arrival, Ingest
from zhishi.day.recording.logbook import PageName, keep_page
from zhishi.day.recording.presenting import present_completeness
from zhishi.day.recording.rules import SEGMENT_DURATION_MAX_MS, SEQ_MAX
from zhishi.day.recording.schemas import (
    Closed,
    Closure,
    Completeness,
    Heartbeat,
    HeartbeatAnswer,
    Ms,
    PageKept,
    ReceiptBody,
    Seq,
    Wanted,
)
from zhishi.foundation.adapters.batches import QueueFull
from zhishi.foundation.edge.doors import Door
from zhishi.foundation.edge.refusals import answer, explain
from zhishi.foundation.edge.services import Services
from zhishi.foundation.edge.transactions import Here, Look, Work
from zhishi.foundation.kernel.clock import to_ms
from zhishi.foundation.kernel.digests import content_digest, parse_content_digest
from zhishi.foundation.kernel.errors import Busy, refusal

door = Door("/api/v1", tag="recording")

DigestMissing = refusal(
    "digest_missing",
    422,
    "请求缺少 Content-Digest（sha-256），无法核对内容，未保存。",
    "Content-Digest (sha-256) is missing, so the bytes cannot be checked; nothing was stored.",
)
_MS_MAX = 2**46


@door.raw("PUT", "/tracks/{track_id}/epochs/{epoch}/init", access=UPLOADER)
async def put_init(request: Request) -> Response:
    return await _put(request, seq=INIT_SEQ)


@door.raw("PUT", "/tracks/{track_id}/epochs/{epoch}/segments/{seq}", access=UPLOADER)
async def put_segment(request: Request) -> Response:
    return await _put(request, seq=None)


async def _put(request: Request, *, seq: int | None) -> Response:
    """Outside FastAPI's machinery, so errors are turned into answers here."""
    services: Services = request.app.state.services
    try:
        arrival = await _read_arrival(request, services, seq=seq)
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
    body = ReceiptBody(
        track_id=arrival.track_id,
        epoch=arrival.epoch,
        seq=None if arrival.seq == INIT_SEQ else arrival.seq,
        sha256=arrival.sha256.hex(),
        size=len(arrival.data),
        received_ms=stored.received_ms,
    )
    return JSONResponse(
        body.model_dump(),
        status_code=201 if stored.new else 200,
        headers={"Cache-Control": "no-store", "Repr-Digest": content_digest(arrival.sha256)},
    )


async def _read_arrival(request: Request, services: Services, *, seq: int | None) -> Arrival:
    """Everything that can be checked without touching all bytes; the digest is the batch's part."""
    track_id = request.path_params["track_id"]
    await check_owner(services, uploader_of(request, services), track_id)
    epoch = _number(request.path_params["epoch"], "epoch", _MS_MAX)
    if seq is None:
        seq = _number(request.path_params["seq"], "seq", SEQ_MAX)
    start_ms = _number(request.headers.get("segment-start", ""), "Segment-Start", _MS_MAX)
    duration_ms = 0
    if seq != INIT_SEQ:
        field = request.headers.get("segment-duration", "")
        duration_ms = _number(field, "Segment-Duration", SEGMENT_DURATION_MAX_MS)
    expected = parse_content_digest(request.headers.get("content-digest"))
    if expected is None:
        raise DigestMissing()
    data = await _read_body(request, services.settings.segment_max_bytes)
    check_part(seq, data, most=services.settings.segment_max_bytes)
    return Arrival(track_id, epoch, seq, start_ms, duration_ms, expected, data)


def _number(text: str, field: str, most: int) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 15 or int(text) > most:
        raise HeaderInvalid(field=field)
    return int(text)


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
    request: Request, response: Response, run: Ms, page: Seq, mine: MyUploads, work: Work, services: Here
) -> PageKept:
    digest = parse_content_digest(request.headers.get("content-digest"))
    if digest is None:
        raise DigestMissing()
    body = await _read_body(request, LOGBOOK_PAGE_MAX)
    lines = read_page(body)
    name = PageName(mine.attempt_id, mine.device, run, page)
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
