"""The recorder's way in: the PUT of a segment, taken straight from the socket.

A server that is generic copies a body several times on its way: chunk by chunk into the parser, into a buffer, into
messages, into one piece; and wraps a request in layers that a segment does not need. For 200 KB that costs far more
than all that must be done with them. Here the body is received into the memory from which it is hashed and written.

Only what is plain is taken: a segment with a declared length and ordinary fields, by a recorder that is known to own
the track. Everything else, every refusal included, is the application's: the connection's bytes go to uvicorn's own
protocol as they came, until that request is answered. A plain request that fails after all is told to the application
again from its first byte, which finds the same and says so in its words; a PUT may be repeated.
"""

from __future__ import annotations

import asyncio
import hashlib
from typing import Any, cast

from uvicorn import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from zhishi.day.recording.arrivals import Announced, Arrival, Stored, arrive, receipt_of
from zhishi.foundation.adapters.batches import QueueFull
from zhishi.foundation.kernel.errors import Refusal
from zhishi.foundation.kernel.sheets import Sheet
from zhishi.web.lane import HEAD_MAX, Lane

_END = b"\r\n\r\n"


class Intake(asyncio.BufferedProtocol):
    """One connection. Its requests are taken one after another: the next is looked at when the last is answered."""

    def __init__(self, lane: Lane, *, config: Config, server_state: ServerState, **others: Any) -> None:
        self._lane = lane
        self._others = _Others(config=config, server_state=server_state, **others)
        self._server = server_state
        self._passing = False
        self._early = bytearray()
        self._arriving: _Arriving | None = None
        self._waiting = False
        self._closing = False
        self._loop = asyncio.get_running_loop()
        self._watch: asyncio.TimerHandle | None = None
        self._heard = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are transports without inheriting it.
        self._transport = cast(asyncio.Transport, transport)
        self._others.connection_made(self._transport)
        # It is this connection that a stopping server must ask.
        self._server.connections.discard(self._others)
        self._server.connections.add(self)  # type: ignore[arg-type]

    def connection_lost(self, exc: Exception | None) -> None:
        self._server.connections.discard(self)
        self._others.connection_lost(exc)
        self._unwatch()
        if self._arriving is not None and not self._waiting:
            self._lane.bodies.give_back(self._arriving.body)
            self._arriving = None

    def eof_received(self) -> None:
        self._others.eof_received()

    def pause_writing(self) -> None:
        self._others.pause_writing()

    def resume_writing(self) -> None:
        self._others.resume_writing()

    def shutdown(self) -> None:
        """The server stops: what is under way is answered, then the connection is closed."""
        if self._arriving is None:
            self._others.shutdown()
        else:
            self._closing = True

    def get_buffer(self, sizehint: int) -> memoryview:
        if self._arriving is not None and not self._waiting:
            return self._arriving.rest
        return self._lane.inbox if self._passing else self._lane.inbox[:HEAD_MAX]

    def buffer_updated(self, nbytes: int) -> None:
        if self._arriving is not None and not self._waiting:
            self._arriving.received(nbytes)
            self._heard = self._loop.time()
            if self._arriving.complete:
                self._hand_in(self._arriving)
            return
        data = self._lane.inbox[:nbytes]
        if self._passing and self._others.busy:
            self._others.data_received(bytes(data))
            return
        self._passing = False
        self._early += data
        if self._waiting:
            if len(self._early) >= HEAD_MAX:
                self._transport.pause_reading()
        else:
            self._others.awake()
            self._look()

    def _look(self) -> None:
        """What is it that begins here?"""
        end = self._early.find(_END)
        if end < 0 and len(self._early) < HEAD_MAX and self._early.startswith(b"PUT /"[: len(self._early)]):
            return
        head = bytes(self._early[: end + len(_END)])
        admitted = self._lane.admit(head.decode("latin-1")) if end >= 0 else None
        if admitted is None:
            self._pass_on(b"")
            return
        announced, length = admitted
        arriving = _Arriving(head, announced, self._lane.bodies.take(length))
        begun = self._early[len(head) : len(head) + length]
        arriving.rest[: len(begun)] = begun
        arriving.received(len(begun))
        del self._early[: len(head) + length]
        self._arriving = arriving
        if arriving.complete:
            self._hand_in(arriving)
            return
        self._heard = self._loop.time()
        self._watch = self._loop.call_later(self._lane.patience_s, self._see_whether_it_comes)

    def _see_whether_it_comes(self) -> None:
        """A body that stopped on its way holds its memory no longer than the lane's patience lasts."""
        left = self._heard + self._lane.patience_s - self._loop.time()
        if left <= 0:
            self._transport.abort()
        else:
            self._watch = self._loop.call_later(left, self._see_whether_it_comes)

    def _unwatch(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None

    def _hand_in(self, arriving: _Arriving) -> None:
        self._unwatch()
        try:
            arrival = arrive(arriving.announced, arriving.body, arriving.digest)
            stored = self._lane.ingest.hand_in(arrival)
        except (Refusal, QueueFull):
            self._tell_again(arriving)
            return
        self._waiting = True
        stored.add_done_callback(lambda done: self._answer(arriving, arrival, done))

    def _answer(self, arriving: _Arriving, arrival: Arrival, done: asyncio.Future[Stored]) -> None:
        self._waiting = False
        if self._transport.is_closing():
            self._arriving = None
            self._lane.bodies.give_back(arriving.body)
            return
        if done.exception() is not None:
            self._tell_again(arriving)
            return
        receipt = receipt_of(arrival, done.result())
        self._arriving = None
        self._lane.bodies.give_back(arriving.body)
        self._transport.write(self._lane.answer(receipt, self._server.default_headers, last=self._closing))
        self._server.total_requests += 1
        if self._closing:
            self._transport.close()
            return
        self._transport.resume_reading()
        if self._early:
            self._look()
        else:
            self._others.rest()

    def _tell_again(self, arriving: _Arriving) -> None:
        whole = arriving.head + arriving.body.view
        self._arriving = None
        self._lane.bodies.give_back(arriving.body)
        self._transport.resume_reading()
        self._pass_on(whole)
        if self._closing:
            self._others.shutdown()

    def _pass_on(self, before: bytes) -> None:
        """From here on the bytes are uvicorn's, until it has answered."""
        data, self._early = before + bytes(self._early), bytearray()
        self._passing = True
        self._others.data_received(data)


class _Arriving:
    """A segment on its way: its head as it came, and the sheet that its body is received on."""

    __slots__ = ("_filled", "_hash", "_view", "announced", "body", "head")

    def __init__(self, head: bytes, announced: Announced, body: Sheet) -> None:
        self.head = head
        self.announced = announced
        self.body = body
        self._view = body.view
        self._filled = 0
        self._hash = hashlib.sha256()

    def received(self, count: int) -> None:
        """So many bytes of the body have come. They are hashed while they are in the processor's cache."""
        self._hash.update(self._view[self._filled : self._filled + count])
        self._filled += count

    @property
    def rest(self) -> memoryview:
        return self._view[self._filled :]

    @property
    def complete(self) -> bool:
        return self._filled == len(self.body)

    @property
    def digest(self) -> bytes:
        return self._hash.digest()


class _Others(HttpToolsProtocol):
    """uvicorn's own protocol, which can say whether a request is under way, and lends its keep-alive."""

    _within = False

    def on_message_begin(self) -> None:
        self._within = True
        super().on_message_begin()

    def on_message_complete(self) -> None:
        self._within = False
        super().on_message_complete()

    @property
    def busy(self) -> bool:
        """Whether bytes that come now belong to a request that it has begun."""
        cycle: RequestResponseCycle | None = self.cycle
        return self._within or bool(self.pipeline) or (cycle is not None and not cycle.response_complete)

    def rest(self) -> None:
        """Nothing is under way: close the connection if that stays so."""
        self.timeout_keep_alive_task = self.loop.call_later(self.timeout_keep_alive, self.timeout_keep_alive_handler)

    def awake(self) -> None:
        """A request begins."""
        self._unset_keepalive_if_required()
