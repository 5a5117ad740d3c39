"""Where live parts go: the journal, and objects on a local folder and on an S3 server."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from zhishi.foundation.adapters.parts import Journal, ObjectParts
from zhishi.foundation.ports import Location, PartLost, PartStore


@pytest.fixture(params=["journal", "objects in a folder", "objects on S3"])
async def parts(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[PartStore]:
    """Each part store in turn."""
    store: PartStore
    if request.param == "journal":
        store = Journal(tmp_path / "journal")
    else:
        blobs = "local_blobs" if request.param == "objects in a folder" else "s3_blobs"
        store = ObjectParts(request.getfixturevalue(blobs))
    yield store
    await store.close()


async def test_parts_are_read_back_in_the_order_in_which_they_were_given(parts: PartStore) -> None:
    given = [os.urandom(n * 1000 + 1) for n in range(5)]
    places = await parts.append(given)
    assert [place.length for place in places] == [len(part) for part in given]
    assert [await parts.read(place) for place in places] == given


async def test_a_range_inside_a_part_can_be_read(parts: PartStore) -> None:
    [_, place] = await parts.append([b"before", b"0123456789"])
    assert await parts.read(Location(place.container, place.offset + 2, 5)) == b"23456"


async def test_parts_of_later_batches_leave_the_earlier_ones_alone(parts: PartStore) -> None:
    [first] = await parts.append([b"first"])
    await parts.append([b"second", b"third"])
    assert await parts.read(first) == b"first"


async def test_batches_at_once_are_all_kept_apart(parts: PartStore) -> None:
    batches = [[f"{batch}-{n}".encode() * 50 for n in range(4)] for batch in range(10)]
    places = await asyncio.gather(*(parts.append(batch) for batch in batches))
    assert [[await parts.read(place) for place in some] for some in places] == batches


async def test_an_empty_batch_is_no_error(parts: PartStore) -> None:
    assert await parts.append([]) == []


async def test_a_part_that_is_not_there_is_lost(parts: PartStore) -> None:
    [place] = await parts.append([b"x"])
    for wrong in (
        Location(place.container, place.offset, 2**20),
        Location(place.container + "0", place.offset, 1),
        Location("journal-00000000-0000-0000-0000-000000000000", 0, 1),
    ):
        with pytest.raises(PartLost):
            await parts.read(wrong)


async def test_what_was_freed_is_lost_and_freeing_again_is_silent(tmp_path: Path, parts: PartStore) -> None:
    [place] = await parts.append([b"x"])
    await parts.close()
    again: PartStore = Journal(tmp_path / "journal") if isinstance(parts, Journal) else parts
    await again.free(place.container)
    with pytest.raises(PartLost):
        await again.read(place)
    await again.free(place.container)
    await again.close()
