"""A network cable between browser and server that can be cut or narrow: a TCP proxy on the loopback interface."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from urllib.parse import urlsplit


class Wire:
    """Forwards connections until it is cut; then drops those that are open and refuses new ones."""

    def __init__(self, target: str) -> None:
        parts = urlsplit(target)
        self._target = (parts.hostname or "127.0.0.1", parts.port or 80)
        self._loop = asyncio.new_event_loop()
        self._open: set[asyncio.StreamWriter] = set()
        self._is_cut = False
        self._bytes_per_s: float | None = None
        # When the line has let through what was put into it.
        self._free_at = 0.0
        self._server: asyncio.Server | None = None
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    @property
    def url(self) -> str:
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    def start(self) -> None:
        self._thread.start()
        self._call(self._listen())

    def _call(self, work: object) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)  # type: ignore[arg-type]

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._is_cut:
            writer.transport.abort()
            return
        try:
            far_reader, far_writer = await asyncio.open_connection(*self._target)
        except OSError:
            writer.transport.abort()
            return
        self._open |= {writer, far_writer}
        try:
            await asyncio.gather(self._upward(reader, far_writer), _pump(far_reader, writer))
        finally:
            self._open -= {writer, far_writer}
            for end in (writer, far_writer):
                end.transport.abort()

    async def _upward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Towards the server all connections share the line, in small pieces, so that none waits for another's end."""
        with contextlib.suppress(OSError):
            while data := await reader.read(65536 if self._bytes_per_s is None else 4096):
                if self._bytes_per_s is not None:
                    now = self._loop.time()
                    self._free_at = max(now, self._free_at) + len(data) / self._bytes_per_s
                    await asyncio.sleep(self._free_at - now)
                writer.write(data)
                await writer.drain()
        with contextlib.suppress(OSError):
            writer.write_eof()

    def narrow(self, bytes_per_s: float | None) -> None:
        """So much goes through towards the server from now on; None for whatever comes."""
        self._bytes_per_s = bytes_per_s

    def cut(self) -> None:
        """The cable is out: open connections die, new ones are refused."""
        self._call(self._cut())

    async def _cut(self) -> None:
        self._is_cut = True
        for writer in self._open:
            writer.transport.abort()

    def mend(self) -> None:
        """The cable is in again."""
        self._is_cut = False

    def close(self) -> None:
        self._call(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    async def _end(self) -> None:
        assert self._server is not None
        self._server.close()
        await self._cut()
        open_still = asyncio.all_tasks(self._loop) - {asyncio.current_task()}
        for task in open_still:
            task.cancel()
        await asyncio.gather(*open_still, return_exceptions=True)


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    with contextlib.suppress(OSError):
        writer.write_eof()


@contextlib.contextmanager
def wire_to(target: str) -> Iterator[Wire]:
    """A wire to a server while the block runs."""
    wire = Wire(target)
    wire.start()
    try:
        yield wire
    finally:
        wire.close()
