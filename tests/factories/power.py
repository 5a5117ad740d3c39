"""A real server that takes recordings and is killed in the middle, and what it promised until then."""

from __future__ import annotations

import asyncio
import hashlib
import socket
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from httpx import AsyncClient, TransportError
from pydantic import SecretStr

from tests.factories.day import API, Day, put_part
from tests.factories.houses import Engines
from tests.factories.media import MediaSegment, Recording, record
from tests.factories.processes import Process
from tests.factories.world import seed_world
from zhishi.foundation.kernel.clock import SettableClock, to_ms
from zhishi.foundation.settings import Settings
from zhishi.web.application import open_house


@dataclass
class Stream:
    """One recorder: where it sends to, what it sends, and what was acknowledged."""

    track_id: str
    token: str
    recording: Recording
    acknowledged: dict[int | None, str] = field(default_factory=dict)

    def parts(self) -> list[tuple[int | None, bytes, MediaSegment | None]]:
        """The init and the segments that were not acknowledged yet."""
        everything: list[tuple[int | None, bytes, MediaSegment | None]] = [(None, self.recording.init, None)]
        everything += [(segment.seq, segment.data, segment) for segment in self.recording.segments]
        return [part for part in everything if part[0] not in self.acknowledged]

    def address(self, seq: int | None) -> str:
        part = "init" if seq is None else f"segments/{seq}"
        return f"{API}/tracks/{self.track_id}/epochs/{self.recording.start_ms}/{part}"


class Server:
    """`zhishi serve` on a folder, killed and started again."""

    def __init__(self, folder: Path, database_url: str, log: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.environment = {
            "ZHISHI_DATA_DIR": str(folder),
            "ZHISHI_DATABASE_URL": database_url,
            "ZHISHI_PORT": str(port),
            "ZHISHI_LOG_LEVEL": "warning",
        }
        self.address = f"http://127.0.0.1:{port}"
        self._log = log
        self._process: Process | None = None

    def start(self) -> None:
        self._process = Process("serve", log=self._log, environment=self.environment)
        self._process.wait_for_answer(f"{self.address}{API}/clock")

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()


async def open_streams(folder: Path, url: str, engines: Engines, *, segments: int) -> tuple[list[Stream], str]:
    """A sitting that goes on now, two candidates in it, eight recorders with so many segments each.

    Returns them and an officer's cookie.
    """
    now = datetime.now(UTC)
    settings = Settings(data_dir=folder, database_url=SecretStr(url))
    clock = SettableClock(now)
    house = open_house(settings, clock=clock, engines=engines)
    day = Day(house, clock, await seed_world(house.services, starts=now - timedelta(seconds=60)))
    streams = []
    for index in range(2):
        candidate = await day.log_in(index)
        await candidate.enter()
        for shade, (track, epoch) in enumerate((track, n) for track in candidate.tracks.values() for n in range(2)):
            recording = record(to_ms(now) + epoch * 1_000_000, segments, shade=shade + 10 * index)
            streams.append(Stream(track, candidate.token, recording))
    secret = day.world.staff["officer"].secret
    await day.close()
    return streams, secret


async def send_until_cut(server: Server, streams: list[Stream], *, after: int, then_s: float = 0) -> None:
    """All recorders send at once; the server is killed some time after so many parts were acknowledged."""
    enough, acknowledged = asyncio.Event(), 0

    async def send(stream: Stream) -> None:
        nonlocal acknowledged
        async with AsyncClient(base_url=server.address, timeout=20) as client:
            for seq, data, segment in stream.parts():
                try:
                    answer = await put_part(
                        client, stream.token, stream.track_id, stream.recording.start_ms, data, segment=segment
                    )
                except TransportError:
                    return  # the power is gone
                assert answer.status_code in (200, 201), answer.text
                stream.acknowledged[seq] = hashlib.sha256(data).hexdigest()
                acknowledged += 1
                if acknowledged >= after:
                    enough.set()

    sending = [asyncio.create_task(send(stream)) for stream in streams]
    async with asyncio.timeout(60):
        await enough.wait()
    await asyncio.wait(sending, timeout=then_s)
    server.kill()
    await asyncio.gather(*sending)


def promised(streams: list[Stream]) -> dict[str, str]:
    """The digest of each acknowledged part, by its address."""
    return {stream.address(seq): digest for stream in streams for seq, digest in stream.acknowledged.items()}


async def held(server: Server, streams: list[Stream], secret: str) -> dict[str, str | None]:
    """The digest of each acknowledged part as staff get it back now."""
    found: dict[str, str | None] = {}
    async with AsyncClient(base_url=server.address, cookies={"zhishi_staff": secret}, timeout=20) as officer:
        for stream in streams:
            for seq in stream.acknowledged:
                answer = await officer.get(stream.address(seq))
                whole = answer.status_code == 200
                found[stream.address(seq)] = hashlib.sha256(answer.content).hexdigest() if whole else None
    return found
