"""Routes by which staff watch and download recordings. Examiners have their own, under random ids (law 9)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from fastapi import Request
from starlette.responses import Response, StreamingResponse

from zhishi.before.staff.access import DESK, Me, acting
from zhishi.day.attempts.queries import attempt_facts
from zhishi.day.recording import queries
from zhishi.day.recording.playlists import playlist
from zhishi.day.recording.reading import Reader, init_location, location
from zhishi.day.recording.schemas import Ms, Seq
from zhishi.foundation import audit
from zhishi.foundation.edge.doors import Door
from zhishi.foundation.edge.services import Services
from zhishi.foundation.edge.transactions import Here, Look
from zhishi.foundation.kernel.errors import refusal
from zhishi.foundation.ports import Location

door = Door("/api/v1/tracks", tag="recordings")

RangeInvalid = refusal("range_invalid", 416, "请求的区段超出了文件范围。", "The requested range lies outside the file.")
MP4 = "video/mp4"
HLS = "application/vnd.apple.mpegurl"
# Parts never change under their address; but they are personal data, so no shared cache may keep them.
_KEEP = {"Cache-Control": "private, max-age=3600"}


@door.get("/{track_id}/playlist.m3u8", access=DESK, summary="HLS playlist, live or afterwards")
async def read_playlist(track_id: str, look: Look, services: Here) -> Response:
    track = await queries.track(look, track_id)
    attempt = await attempt_facts(look, track.attempt_id)
    over = queries.is_track_over(track, attempt, now=services.clock.now())
    text = playlist(await queries.playable(look, track_id), over=over)
    return Response(text, media_type=HLS, headers={"Cache-Control": "no-store"})


@door.get("/{track_id}/epochs/{epoch}/init", access=DESK, summary="Init segment")
async def read_init(track_id: str, epoch: Ms, look: Look, services: Here) -> Response:
    row = await queries.epoch_row(look, track_id, epoch)
    return await send_part(services, init_location(row))


@door.get("/{track_id}/epochs/{epoch}/segments/{seq}", access=DESK, summary="Media segment")
async def read_segment(track_id: str, epoch: Ms, seq: Seq, look: Look, services: Here) -> Response:
    return await send_part(services, location(await queries.segment(look, track_id, epoch, seq)))


@door.get("/{track_id}/epochs/{epoch}/recording.mp4", access=DESK, summary="Download of an epoch as one MP4")
async def download(request: Request, track_id: str, epoch: Ms, look: Look, me: Me, services: Here) -> Response:
    row = await queries.epoch_row(look, track_id, epoch)
    track = await queries.track(look, track_id)
    places = [init_location(row), *map(location, await queries.segments_in(look, track_id, epoch))]
    async with services.database.writing() as work:
        audit.record(
            work,
            at=services.clock.now(),
            actor=acting(me),
            action="recording.downloaded",
            subject=("track", track_id),
            epoch=epoch,
        )
    # Before the first byte of the answer: a file that is gone is told in words, not by a broken connection.
    await Reader(services.blobs, services.parts).read(places[0])
    return send_file(request, services, places, name=f"{track.kind}-{epoch}.mp4")


async def send_part(services: Services, place: Location) -> Response:
    """One part as it was recorded."""
    return present_part(await Reader(services.blobs, services.parts).read(place))


def present_part(data: bytes) -> Response:
    """The bytes of a part, for players."""
    return Response(data, media_type=MP4, headers=_KEEP)


def send_file(request: Request, services: Services, places: Sequence[Location], *, name: str) -> Response:
    """Parts laid end to end as one file, with `Range`. Before and after settling the bytes are the same."""
    size = sum(place.length for place in places)
    first, last, status = 0, size - 1, 200
    headers = {
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, no-store",
        "Content-Disposition": f'attachment; filename="{name}"',
    }
    if "range" in request.headers:
        first, last = _parse_range(request.headers["range"], size)
        status = 206
        headers["Content-Range"] = f"bytes {first}-{last}/{size}"
    headers["Content-Length"] = str(last - first + 1)
    body = Reader(services.blobs, services.parts).read_range(places, first, last)
    return StreamingResponse(body, status_code=status, media_type=MP4, headers=headers)


def _parse_range(field: str, size: int) -> tuple[int, int]:
    """One byte range (RFC 9110 §14.1.2); anything else is refused."""
    match = re.fullmatch(r"bytes=(\d{0,15})-(\d{0,15})", field.strip())
    if match is None or match.group(0) == "bytes=-":
        raise RangeInvalid(size=size)
    low, high = match.groups()
    first = int(low) if low else max(0, size - int(high))
    last = min(int(high), size - 1) if low and high else size - 1
    if first > last or first >= size:
        raise RangeInvalid(size=size)
    return first, last
