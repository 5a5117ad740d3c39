"""A house on a disk of its own, to fill."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.factories.day import Day
from tests.factories.disks import small_disk
from tests.factories.houses import Copy, Engines, Templates, strict_world
from tests.factories.world import PREPARED_AT
from zhishi.foundation.kernel.clock import SettableClock
from zhishi.web.application import open_house


@pytest.fixture
def cramped_copy(templates: Templates, backend: str, tmp_path: Path) -> Iterator[Copy]:
    """A data folder on a disk of 24 MB."""
    with small_disk(tmp_path / "disk", kilobytes=24 * 1024) as disk:
        yield templates.copy(backend, strict_world, disk / "house")


@pytest.fixture
async def cramped_day(cramped_copy: Copy, engines: Engines) -> AsyncIterator[Day]:
    clock = SettableClock(PREPARED_AT)
    day = Day(open_house(cramped_copy.settings, clock=clock, engines=engines), clock, cramped_copy.world)
    yield day
    await day.close()
