"""Packages arrive one at a time, none larger than allowed, and none where recordings would lack the room."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from httpx import Response

from tests.factories.answers import given, refused, stored
from tests.factories.day import Day
from tests.factories.disks import small_disk
from tests.factories.houses import Copy, Engines
from tests.factories.packages import items_of
from tests.factories.sticks import bring, packed
from tests.factories.world import PREPARED_AT
from zhishi.day.rescue.models import Package
from zhishi.day.rescue.receiving import Dock, PackageHasNoRoom
from zhishi.foundation.kernel.clock import SettableClock
from zhishi.web.application import open_house

MB = 2**20


@asynccontextmanager
async def house_that_takes(copy: Copy, engines: Engines, **settings: int) -> AsyncIterator[Day]:
    clock = SettableClock(PREPARED_AT)
    changed = copy.settings.model_copy(update=settings)
    day = Day(open_house(changed, clock=clock, engines=engines), clock, copy.world)
    yield day
    await day.close()


@pytest.fixture
async def narrow_day(strict_copy: Copy, engines: Engines) -> AsyncIterator[Day]:
    """A house that takes packages of one megabyte."""
    async with house_that_takes(strict_copy, engines, package_max_bytes=MB) as day:
        yield day


@pytest.fixture
async def full_day(strict_copy: Copy, engines: Engines) -> AsyncIterator[Day]:
    """A house that keeps more room for recordings than any disk has."""
    async with house_that_takes(strict_copy, engines, package_reserve_bytes=2**60) as day:
        yield day


async def test_a_package_larger_than_allowed_is_refused_declared_or_not(narrow_day: Day) -> None:
    day, sent = narrow_day, 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 2**28:
            sent += 2**18
            yield bytes(2**18)

    declared = await bring(day, bytes(MB + 1))
    undeclared = await bring(day, endless())
    assert refused(declared) == refused(undeclared) == (413, "package_too_large", {"limit": MB})
    assert sent <= 2 * MB
    assert list(day.house.services.settings.scratch.iterdir()) == []


async def test_a_second_package_waits_for_the_first(day: Day) -> None:
    candidate = await day.entered(seconds=0)
    data = await packed(day, candidate, items_of(candidate.tracks["camera"], day.recording()))
    meanwhile: list[Response] = []

    async def halting() -> AsyncIterator[bytes]:
        yield data[:100]
        meanwhile.append(await bring(day, data, username="officer"))
        yield data[100:]

    assert given(await bring(day, halting()))["stored"] == 5
    assert refused(meanwhile[0])[:2] == (503, "import_under_way")
    assert meanwhile[0].headers["Retry-After"] == "30"
    assert "30 秒" in meanwhile[0].json()["error"]["message"]["zh"]
    assert given(await bring(day, data, username="officer"))["already_there"] == 5


async def test_a_package_is_refused_while_recordings_need_the_disk(full_day: Day) -> None:
    day = full_day
    candidate = await day.entered(seconds=0)
    data = await packed(day, candidate, items_of(candidate.tracks["camera"], day.recording()))
    answer = await bring(day, data)
    assert refused(answer)[:2] == (507, "package_has_no_room")
    assert answer.json()["error"]["detail"]["needed_bytes"] == 2 * len(data) + 2**60
    assert await stored(day, Package) == []
    assert list(day.house.services.settings.scratch.iterdir()) == []


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 24 MB."""
    with small_disk(tmp_path / "disk", kilobytes=24 * 1024) as folder:
        yield folder


class Body:
    """Megabytes that come one by one; before number `crowded_at` somebody else fills half of the disk."""

    def __init__(self, disk: Path, megabytes: int, *, crowded_at: int | None = None) -> None:
        self._disk = disk
        self._megabytes = megabytes
        self._crowded_at = crowded_at
        self.sent = 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while self.sent < self._megabytes:
            if self.sent == self._crowded_at:
                (self._disk / "others").write_bytes(bytes(12 * MB))
            self.sent += 1
            yield bytes(MB)


async def take(dock: Dock, body: Body, *, declared: int | None) -> int:
    """Receive a body. Returns the size of the file that it became."""
    async with dock.receive(body, declared=declared) as file:
        return file.stat().st_size


def left(disk: Path) -> Sequence[Path]:
    return [one for one in disk.iterdir() if one.name != "others"]


async def test_the_disk_has_twice_the_size_of_a_package_and_the_reserve_or_it_is_refused(disk: Path) -> None:
    dock = Dock(disk, most=100 * MB, reserve=3 * MB)
    assert await take(dock, Body(disk, 10), declared=10 * MB) == 10 * MB
    large = Body(disk, 11)
    with pytest.raises(PackageHasNoRoom):
        await take(dock, large, declared=11 * MB)
    assert (large.sent, left(disk)) == (0, [])


async def test_what_is_not_declared_is_counted_as_it_comes(disk: Path) -> None:
    dock = Dock(disk, most=100 * MB, reserve=3 * MB)
    assert await take(dock, Body(disk, 10), declared=None) == 10 * MB
    large = Body(disk, 20)
    with pytest.raises(PackageHasNoRoom):
        await take(dock, large, declared=None)
    assert (large.sent, left(disk)) == (11, [])


async def test_a_disk_that_others_fill_meanwhile_stops_what_was_let_in(disk: Path) -> None:
    dock = Dock(disk, most=100 * MB, reserve=3 * MB)
    crowded = Body(disk, 8, crowded_at=4)
    with pytest.raises(PackageHasNoRoom):
        await take(dock, crowded, declared=8 * MB)
    assert (crowded.sent, left(disk)) == (5, [])
    # The next one finds the dock free.
    assert await take(dock, Body(disk, 4), declared=4 * MB) == 4 * MB
