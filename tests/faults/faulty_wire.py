"""A bad network: an HTTP proxy that loses a share of the requests of recorders, each in one of three ways."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections import Counter
from collections.abc import Iterator

from tests.e2e.wire import Wire

# What a recorder sends; pages and their questions come through, as they do over a bad line that is tried again by hand.
_RECORDERS = ("/tracks/", "/logbooks/", "/heartbeats")


class FaultyWire(Wire):
    """Forwards requests one by one. `lost`: the share of a recorder's requests that goes wrong.

    `busy`: 503 with Retry-After. `reset`: the connection breaks before the server hears of it. `unanswered`: the server
    has stored everything, and its answer is lost.
    """

    def __init__(self, target: str, *, lost: float, seed: int) -> None:
        super().__init__(target)
        self._lost = lost
        self._random = random.Random(seed)
        self.faults: Counter[str] = Counter()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                while await self._pass_on(reader, writer):
                    pass
        finally:
            writer.transport.abort()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """One request; whether another may follow on this connection."""
        head = await reader.readuntil(b"\r\n\r\n")
        request, *fields = head.decode("latin-1").split("\r\n")
        length = next((int(one.split(":")[1]) for one in fields if one.lower().startswith("content-length:")), 0)
        body = await reader.readexactly(length)
        fault = self._fault(request)
        if fault == "busy":
            writer.write(b"HTTP/1.1 503 Busy\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n")
            await writer.drain()
            return True
        if fault == "reset":
            return False
        answer = await self._ask(request, fields, body)
        if fault == "unanswered":
            return False
        writer.write(answer)
        await writer.drain()
        # The answer says that the connection closes: it is delimited by its end.
        writer.write_eof()
        return False

    def _fault(self, request: str) -> str | None:
        if not any(path in request for path in _RECORDERS) or self._random.random() >= self._lost:
            return None
        fault = self._random.choice(("busy", "reset", "unanswered"))
        self.faults[fault] += 1
        return fault

    async def _ask(self, request: str, fields: list[str], body: bytes) -> bytes:
        far_reader, far_writer = await asyncio.open_connection(*self._target)
        try:
            kept = [one for one in fields if one and not one.lower().startswith("connection:")]
            far_writer.write("\r\n".join([request, *kept, "Connection: close", "", ""]).encode("latin-1") + body)
            await far_writer.drain()
            return await far_reader.read()
        finally:
            far_writer.close()


@contextlib.contextmanager
def faulty_wire_to(target: str, *, lost: float, seed: int) -> Iterator[FaultyWire]:
    """A bad network to a server while the block runs."""
    wire = FaultyWire(target, lost=lost, seed=seed)
    wire.start()
    try:
        yield wire
    finally:
        wire.close()
