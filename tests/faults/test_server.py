"""The server is killed again and again, and its disk fills up."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.browser import Browser
from tests.e2e.exam_day import ExamDay
from tests.factories.disks import fill, small_disk
from tests.factories.houses import Engines
from tests.factories.power import Server, held, open_streams, promised, send_until_cut
from tests.factories.processes import run
from tests.faults.sitting import Sitting

KILLS = 20
SEGMENTS = 120


@pytest.mark.timeout(900)
async def test_every_acknowledged_segment_is_found_again_after_twenty_kills(
    database_url: str, tmp_path: Path, engines: Engines
) -> None:
    moments = random.Random(20)
    streams, secret = await open_streams(tmp_path / "data", database_url, engines, segments=SEGMENTS)
    server = Server(tmp_path / "data", database_url, tmp_path / "log")
    try:
        server.start()
        for _ in range(KILLS):
            after, then_s = moments.randint(1, 30), moments.uniform(0, 0.05)
            await send_until_cut(server, streams, after=after, then_s=then_s)
            kept = promised(streams)
            server.start()
            assert await held(server, streams, secret) == kept
        assert any(stream.parts() for stream in streams), "the last kill came while something was left to send"
    finally:
        server.kill()
    verified = await asyncio.to_thread(run, "verify", environment=server.environment)
    report = json.loads(verified.stdout)
    assert (verified.returncode, report["sound"], report["damaged"]) == (0, True, [])
    assert report["segments"] + report["epochs"] >= len(kept)


@pytest.fixture
def cramped_exam(tmp_path: Path) -> Iterator[tuple[ExamDay, Path]]:
    """An exam on a disk of 96 MB, and where to put what fills it."""
    with small_disk(tmp_path / "disk", kilobytes=96 * 1024) as disk:
        folder = disk / "day"
        folder.mkdir()
        day = ExamDay(folder)
        day.start()
        yield day, disk / "filler"
        day.stop()


def test_a_full_disk_at_the_servers_side_loses_nothing(cramped_exam: tuple[ExamDay, Path], browser: Browser) -> None:
    exam, filler = cramped_exam
    sitting = Sitting(exam, browser)
    sitting.begin()
    fill(filler)
    with sitting.page.expect_response(lambda answer: answer.status == 507, timeout=60_000):
        pass
    sitting.page.wait_for_timeout(10_000)
    filler.unlink()
    sitting.check(sitting.finish())
