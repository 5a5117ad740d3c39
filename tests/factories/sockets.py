"""A house on a real port, and clients that choose every byte they send."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from tests.factories.day import Day
from zhishi.cli.serving import AnnouncingServer, make_server
from zhishi.web.lane import PATIENCE_S

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Served:
    """A server that runs, and its port."""

    server: AnnouncingServer
    port: int

    async def connect(self) -> Line:
        return Line(*await asyncio.open_connection(HOST, self.port))


@asynccontextmanager
async def serving(day: Day, *, patience_s: float = PATIENCE_S) -> AsyncIterator[Served]:
    """The day's house behind a socket, as `zhishi serve` runs it; the house stays open afterwards."""
    ready: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    server = make_server(day.house, host=HOST, port=0, on_ready=ready.set_result, patience_s=patience_s)
    server.config.lifespan = "off"
    running = asyncio.create_task(server.serve())
    try:
        yield Served(server, await ready)
    finally:
        server.should_exit = True
        await running


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as it came."""

    status: int
    fields: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """The code of a refusal."""
        found: str = self.json()["error"]["code"]
        return found


class Line:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def send(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    async def reply(self) -> Reply:
        """The next answer, an interim one included."""
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1").removesuffix("\r\n\r\n")
        first, *lines = head.split("\r\n")
        fields = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        body = await self._reader.readexactly(int(fields.get("content-length", "0")))
        return Reply(int(first.split()[1]), fields, body)

    async def ask(self, data: bytes) -> Reply:
        await self.send(data)
        return await self.reply()

    async def ended(self) -> bool:
        """Wait until the other side closes; False if it says something before."""
        return await self._reader.read(1) == b""

    async def hang_up(self) -> None:
        self._writer.transport.abort()
