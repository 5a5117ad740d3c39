"""Finalising an attempt: 20 minutes of three tracks from their parts to files that are checked, decoded and durable.

Ours is the settler as it runs: each part read and its digest checked, the file written, decoded from end to end,
stored and synced, the index switched. Beside it the least that anybody could do with the same parts: a remux into MP4
without any check (`ffmpeg -c copy`, through the same libraries), nothing synced.
"""

from __future__ import annotations

import asyncio
import io
import os
import tempfile
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import av
from tests.factories.media import MediaSegment, Recording

from bench.figures import Figure
from bench.footage import CAMERA, SCREEN, film
from bench.seeding import Seeded, seed
from zhishi.day.recording import queries
from zhishi.day.recording.actions import close_epoch
from zhishi.day.recording.arrivals import Announced, arrive
from zhishi.day.recording.ingest import INIT_SEQ, Ingest
from zhishi.day.recording.rules import CloseReason, TrackKind
from zhishi.foundation.kernel.clock import SettableClock, to_ms
from zhishi.foundation.kernel.digests import sha256
from zhishi.foundation.settings import Settings
from zhishi.web.application import House, open_house

SECONDS = 20 * 60
SHAPES = {TrackKind.CAMERA: CAMERA, TrackKind.SCREEN: SCREEN, TrackKind.PHONE: CAMERA}


def run() -> Iterator[Figure]:
    """The figure."""
    now = datetime.now(UTC)
    films = {kind: film(shape, start_ms=to_ms(now), seconds=SECONDS) for kind, shape in SHAPES.items()}
    with tempfile.TemporaryDirectory(prefix="zhishi-bench-") as name:
        settled = asyncio.run(_settle(Path(name) / "house", films, now))
        copied = _remux(Path(name), films)
    detail = {
        "remux_seconds": round(copied, 2),
        "ratio_to_remux": round(settled / copied, 2),
        "bytes": sum(len(one.file) for one in films.values()),
        "parts": sum(1 + len(one.segments) for one in films.values()),
        "cores": os.cpu_count(),
    }
    yield Figure("finalise.seconds_20min_3tracks", settled, "s", "lower", detail)


async def _settle(folder: Path, films: Mapping[TrackKind, Recording], now: datetime) -> float:
    """Take all parts in, then time the round of the reconciler that settles them. Returns its seconds."""
    clock = SettableClock(now)
    house = open_house(Settings(data_dir=folder), clock=clock)
    try:
        seeded = await seed(house.services, kinds=list(films), at=now)
        for kind, recording in films.items():
            await _take_in(house, seeded, kind, recording)
        clock.set(now + timedelta(hours=3))
        started = time.perf_counter()
        await house.reconciler.run_once()
        seconds = time.perf_counter() - started
        await _check(house, seeded, films)
    finally:
        await house.close()
    return seconds


async def _take_in(house: House, seeded: Seeded, kind: TrackKind, recording: Recording) -> None:
    services, track_id = house.services, seeded.tracks[kind]
    ingest = services.get(Ingest)

    async def take(part: MediaSegment) -> None:
        digest = sha256(part.data)
        announced = Announced(track_id, recording.start_ms, part.seq, part.start_ms, part.duration_ms, digest)
        await ingest.take(arrive(announced, part.data, digest))

    init = MediaSegment(INIT_SEQ, recording.start_ms, 0, recording.init)
    await asyncio.gather(*(take(part) for part in (init, *recording.segments)))
    async with services.database.writing() as session:
        await close_epoch(
            session,
            track=await queries.track(session, track_id),
            epoch=recording.start_ms,
            segments=len(recording.segments),
            reason=CloseReason.ENDED,
            at=services.clock.now(),
        )


async def _check(house: House, seeded: Seeded, films: Mapping[TrackKind, Recording]) -> None:
    """A figure for work that was not done would be a lie. Raises `RuntimeError`."""
    async with house.services.database.reading() as session:
        for kind, recording in films.items():
            row = await queries.epoch_row(session, seeded.tracks[kind], recording.start_ms)
            if row.file_size != len(recording.file) or row.file_problem is not None:
                raise RuntimeError(f"{kind}: {row.file_size} bytes, {row.file_problem}")


def _remux(folder: Path, films: Mapping[TrackKind, Recording]) -> float:
    """Copy the packets of each recording into an MP4. Returns the seconds for all."""
    started = time.perf_counter()
    for kind, recording in films.items():
        with av.open(io.BytesIO(recording.file)) as source, av.open(str(folder / f"{kind}.mp4"), "w") as target:
            copies = {stream.index: target.add_stream_from_template(stream) for stream in source.streams}
            for packet in source.demux():
                if packet.dts is not None:
                    packet.stream = copies[packet.stream.index]
                    target.mux(packet)
    return time.perf_counter() - started
