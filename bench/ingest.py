"""Durable ingest against servers that take the same bytes: nginx (DAV PUT), @tus/server and tuspyserver.

200 KB bodies over 32 connections, load generator and server on the same cores. Ours is the whole path with
everything on: upload token, track ownership, digest, boxes, journal and index synced before each answer. nginx
syncs nothing; the tus servers take a whole upload in one creation request, and sync nothing either. The servers take
turns, several rounds, so that a drifting machine hits all alike; the ratio is of the medians.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from bench import peers
from bench.figures import Figure
from bench.load import BODY_BYTES, Plan, Result
from bench.seeding import seed
from zhishi.day.recording.access import upload_token
from zhishi.day.recording.rules import TrackKind
from zhishi.foundation.settings import Settings
from zhishi.web.application import open_house

CONNECTIONS = 32
REQUESTS = 3000
# The slowest would take minutes for as many.
REQUESTS_OF_TUSPY = 400
ROUNDS = 3


def run() -> Iterator[Figure]:
    """The figures."""
    with tempfile.TemporaryDirectory(prefix="zhishi-bench-") as name:
        folder = Path(name)
        body = folder / "body.m4s"
        body.write_bytes(make_segment(BODY_BYTES))
        results: dict[str, list[Result]] = {"zhishi": [], "nginx": [], "tus": [], "tuspy": []}
        for turn in range(ROUNDS):
            for server, found in results.items():
                found.append(_measure(server, folder / f"{server}-{turn}", body))
        yield from _figures(results)


def _figures(results: dict[str, list[Result]]) -> Iterator[Figure]:
    rates = {name: statistics.median(one.per_second for one in found) for name, found in results.items()}
    detail = {
        "per_second": {name: round(rate) for name, rate in rates.items()},
        "rounds": {name: [round(one.per_second) for one in found] for name, found in results.items()},
        "body_bytes": BODY_BYTES,
        "connections": CONNECTIONS,
        "requests": REQUESTS,
        "cores": os.cpu_count(),
    }
    ours = results["zhishi"]
    yield Figure("ingest.durable_vs_nginx", rates["zhishi"] / rates["nginx"], "ratio", "higher", detail)
    yield Figure("ingest.durable_vs_tus_node", rates["zhishi"] / rates["tus"], "ratio", "higher", detail)
    p99 = statistics.median(one.percentile(0.99) for one in ours) * 1000
    yield Figure(
        "ingest.ack_p99_ms",
        p99,
        "ms",
        "lower",
        {
            "p50_ms": round(statistics.median(one.percentile(0.5) for one in ours) * 1000, 1),
            "nginx_p99_ms": round(statistics.median(one.percentile(0.99) for one in results["nginx"]) * 1000, 1),
            "tus_p99_ms": round(statistics.median(one.percentile(0.99) for one in results["tus"]) * 1000, 1),
        },
    )


def make_segment(size: int) -> bytes:
    """A media segment by its boxes: moof, then mdat with random bytes."""
    moof = (8).to_bytes(4) + b"moof"
    return moof + (size - 8).to_bytes(4) + b"mdat" + os.urandom(size - 16)


def _measure(server: str, folder: Path, body: Path) -> Result:
    with ExitStack() as stack:
        if server == "nginx":
            port = stack.enter_context(peers.nginx(folder))
            head = _head("PUT", "/attempt/track/{n}.m4s", port, "")
        elif server in ("tus", "tuspy"):
            port = stack.enter_context((peers.tus if server == "tus" else peers.tuspy)(folder))
            extra = (
                f"Tus-Resumable: 1.0.0\r\nUpload-Length: {BODY_BYTES}\r\n"
                "Content-Type: application/offset+octet-stream\r\n"
            )
            head = _head("POST", "/files", port, extra)
        else:
            port, head = stack.enter_context(_zhishi(folder, body))
        _load(port, head, body, requests=200, first=REQUESTS)
        requests = REQUESTS_OF_TUSPY if server == "tuspy" else REQUESTS
        result = _load(port, head, body, requests=requests, first=0)
    wrong = {status: count for status, count in result.statuses.items() if status not in ("201", "204")}
    if wrong:
        raise RuntimeError(f"{server} answered {wrong}")
    return result


def _head(method: str, path: str, port: int, extra: str) -> str:
    return f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Length: {BODY_BYTES}\r\n{extra}\r\n"


def _load(port: int, head: str, body: Path, *, requests: int, first: int) -> Result:
    plan = Plan("127.0.0.1", port, head, str(body), CONNECTIONS, requests, first)
    done = subprocess.run(
        [sys.executable, "-m", "bench.load"],
        input=json.dumps(asdict(plan)).encode(),
        stdout=subprocess.PIPE,
        check=True,
    )
    return Result(**json.loads(done.stdout))


class _zhishi:  # noqa: N801 - reads like the peers' context managers
    """Our server as an operator runs it: `zhishi serve` on SQLite and local files."""

    def __init__(self, folder: Path, body: Path) -> None:
        self._folder = folder
        self._body = body
        self._stack = ExitStack()

    def __enter__(self) -> tuple[int, str]:
        port = peers.free_port()
        track, token = asyncio.run(_prepare(Settings(data_dir=self._folder)))
        os.environ |= {
            "ZHISHI_DATA_DIR": str(self._folder),
            "ZHISHI_PORT": str(port),
            "ZHISHI_LOG_LEVEL": "warning",
        }
        self._stack.enter_context(peers.running([sys.executable, "-m", "zhishi", "serve"], port))
        digest = base64.b64encode(hashlib.sha256(self._body.read_bytes()).digest()).decode()
        extra = (
            f"Authorization: Bearer {token}\r\nContent-Digest: sha-256=:{digest}:\r\n"
            "Segment-Start: 1795000000000\r\nSegment-Duration: 4000\r\nContent-Type: video/mp4\r\n"
        )
        path = f"/api/v1/tracks/{track}/epochs/1795000000000/segments/{{n}}"
        return port, _head("PUT", path, port, extra)

    def __exit__(self, *exc: object) -> None:
        self._stack.close()


async def _prepare(settings: Settings) -> tuple[str, str]:
    """One attempt with one track. Returns (track id, upload token)."""
    house, now = open_house(settings), datetime.now(UTC)
    seeded = await seed(house.services, kinds=[TrackKind.CAMERA], at=now)
    token = upload_token(house.services, attempt_id=seeded.attempt_id, since=now)
    await house.close()
    return seeded.tracks[TrackKind.CAMERA], token
