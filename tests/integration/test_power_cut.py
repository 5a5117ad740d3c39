"""Law 6 with a real server process that is killed in the middle: what was acknowledged is there afterwards."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.factories.houses import SQLITE, Engines
from tests.factories.power import Server, held, open_streams, promised, send_until_cut
from tests.factories.processes import run

SEGMENTS = 60


@pytest.fixture
def server(database_url: str, tmp_path: Path) -> Iterator[Server]:
    found = Server(tmp_path / "data", database_url, tmp_path / "log")
    yield found
    found.kill()


@pytest.mark.slow
async def test_every_acknowledged_segment_survives_the_server_being_killed(
    server: Server, database_url: str, backend: str, tmp_path: Path, engines: Engines
) -> None:
    streams, secret = await open_streams(tmp_path / "data", database_url, engines, segments=SEGMENTS)
    assert len(streams) == 8
    server.start()
    for round_ in range(2 if backend == SQLITE else 1):
        before = sum(len(stream.acknowledged) for stream in streams)
        await send_until_cut(server, streams, after=40 + 23 * round_)
        kept = promised(streams)
        assert len(kept) >= before + 40 + 23 * round_
        server.start()
        assert await held(server, streams, secret) == kept
    assert any(stream.parts() for stream in streams), "the power went while something was left to send"
    server.kill()
    verified = await asyncio.to_thread(run, "verify", environment=server.environment)
    assert verified.returncode == 0, verified.stderr
    report = json.loads(verified.stdout)
    assert (report["sound"], report["damaged"]) == (True, [])
    assert report["segments"] + report["epochs"] >= len(kept)
