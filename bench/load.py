"""A load generator: keep-alive connections that send one request after another and time each answer.

Runs in a process of its own (`python -m bench.load`), reads a JSON plan from standard input and prints a JSON
result, so that its work is on the same two cores as the server's, as in the plan's comparison, but not in the same
process.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from dataclasses import asdict, dataclass
from typing import Any

import uvloop

BODY_BYTES = 200_000


@dataclass(frozen=True, slots=True)
class Plan:
    """What to send: `head` is a request head with `{n}` for the running number; bodies are `body_hex`-free copies."""

    host: str
    port: int
    head: str
    body_path: str
    connections: int
    requests: int
    first: int = 0


@dataclass(frozen=True, slots=True)
class Result:
    """What came back: seconds in all, latencies in seconds, statuses with their counts."""

    seconds: float
    latencies: list[float]
    statuses: dict[str, int]

    @property
    def per_second(self) -> float:
        return len(self.latencies) / self.seconds

    def percentile(self, share: float) -> float:
        """A latency in seconds; 0.99 for the 99th percentile."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


class _Connection(asyncio.Protocol):
    """One keep-alive connection: sends, waits for the whole answer, sends the next."""

    def __init__(self, run: _Run) -> None:
        self._run = run
        self._received = b""
        self._sent_at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport
        self._transport.set_write_buffer_limits(high=2 * BODY_BYTES)
        self._send()

    def _send(self) -> None:
        head = self._run.next_head()
        if head is None:
            self._transport.close()
            return
        self._sent_at = time.perf_counter()
        self._transport.writelines((head, self._run.body))

    def data_received(self, data: bytes) -> None:
        self._received += data
        end = self._received.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self._received[:end].lower()
        length = 0
        for line in head.split(b"\r\n")[1:]:
            if line.startswith(b"content-length:"):
                length = int(line[15:])
        if len(self._received) < end + 4 + length:
            return
        self._run.answered(head[9:12].decode(), time.perf_counter() - self._sent_at)
        self._received = b""
        self._send()

    def connection_lost(self, exc: Exception | None) -> None:
        self._run.closed(exc)


class _Run:
    def __init__(self, plan: Plan, body: bytes) -> None:
        self.body = body
        self._plan = plan
        self._next = plan.first
        self._open = plan.connections
        self._latencies: list[float] = []
        self._statuses: dict[str, int] = {}
        self._done = asyncio.Event()

    def next_head(self) -> bytes | None:
        if self._next >= self._plan.first + self._plan.requests:
            return None
        self._next += 1
        return self._plan.head.replace("{n}", str(self._next - 1)).encode()

    def answered(self, status: str, seconds: float) -> None:
        self._latencies.append(seconds)
        self._statuses[status] = self._statuses.get(status, 0) + 1

    def closed(self, error: Exception | None) -> None:
        if error is not None:
            self._statuses["lost"] = self._statuses.get("lost", 0) + 1
        self._open -= 1
        if self._open == 0:
            self._done.set()

    async def go(self) -> Result:
        loop = asyncio.get_running_loop()
        started = time.perf_counter()
        for _ in range(self._plan.connections):
            await loop.create_connection(lambda: _Connection(self), self._plan.host, self._plan.port)
        await self._done.wait()
        return Result(time.perf_counter() - started, self._latencies, self._statuses)


def main() -> None:
    """Read the plan, run it, print the result."""
    plan = Plan(**json.loads(sys.stdin.read()))
    with open(plan.body_path, "rb") as file:
        body = file.read()
    result = uvloop.run(_Run(plan, body).go())
    sys.stdout.write(json.dumps(asdict(result)))


if __name__ == "__main__":
    main()
