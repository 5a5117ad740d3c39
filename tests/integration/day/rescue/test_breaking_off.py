"""An import that does not come to its end: what was taken is kept and told, and there is a trace of it (D7)."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.factories.answers import acts_of, stored
from tests.factories.day import Candidate, Day
from tests.factories.packages import Item, item, items_of
from tests.factories.sticks import packed
from zhishi.day.recording.models import Segment
from zhishi.day.rescue.imports import import_package
from zhishi.day.rescue.models import Package
from zhishi.foundation.audit import SYSTEM


def large_items(day: Day, candidate: Candidate, count: int) -> list[Item]:
    """So many segments of the camera, each a megabyte large."""
    recording, filler = day.recording(count), (2**20).to_bytes(4) + b"free" + bytes(2**20 - 8)
    return [
        item(
            "segment",
            candidate.tracks["camera"],
            recording.start_ms,
            filler + one.data,
            seq=one.seq,
            start_ms=one.start_ms,
            duration_ms=one.duration_ms,
        )
        for one in recording.segments
    ]


async def test_an_import_that_fills_the_disk_says_how_far_it_came_and_can_be_made_again(
    cramped_day: Day, tmp_path: Path
) -> None:
    day = cramped_day
    candidate = await day.entered(seconds=0)
    file, filler = tmp_path / "package", day.house.services.settings.data_dir.parent / "filler"
    file.write_bytes(await packed(day, candidate, large_items(day, candidate, 12)))
    filler.write_bytes(bytes(12 * 2**20))
    before = len(await acts_of(day))
    first = await import_package(day.house.services, file, actor=SYSTEM)
    assert first.broken_off == "storage_full"
    assert 0 < first.stored < 12
    assert len(await stored(day, Segment)) == first.stored
    filler.unlink()
    second = await import_package(day.house.services, file, actor=SYSTEM)
    assert (second.stored, second.already_there, second.broken_off) == (12 - first.stored, first.stored, None)
    assert [(row.id, row.counts["stored"], row.broken_off) for row in await stored(day, Package)] == [
        (first.package_id, first.stored, "storage_full"),
        (second.package_id, second.stored, None),
    ]
    acts = await acts_of(day, after=before)
    assert [act.action for act in acts] == ["package.accepted", "package.imported"] * 2
    assert [(act.detail["stored"], act.detail["broken_off"]) for act in acts[1::2]] == [
        (first.stored, "storage_full"),
        (second.stored, None),
    ]


async def test_an_import_in_a_process_that_is_stopped_leaves_a_trace_from_its_first_item_on(
    day: Day, tmp_path: Path
) -> None:
    candidate = await day.entered(seconds=0)
    file, all_items = tmp_path / "package", items_of(candidate.tracks["camera"], day.recording(60))
    file.write_bytes(await packed(day, candidate, all_items))
    before = len(await acts_of(day))
    importing = asyncio.create_task(import_package(day.house.services, file, actor=SYSTEM))
    while not await stored(day, Segment):
        assert not importing.done()
    # Were the process killed now, this would be what is left.
    [row] = await stored(day, Package)
    assert (row.attempt_id, row.counts["stored"], row.broken_off) == (candidate.attempt_id, 0, "unfinished")
    assert [act.action for act in await acts_of(day, after=before)] == ["package.accepted"]
    importing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await importing
    [row] = await stored(day, Package)
    assert row.broken_off == "unfinished"
    assert 0 < row.counts["stored"] < len(all_items)
    [_, act] = await acts_of(day, after=before)
    assert (act.action, act.detail["stored"], act.detail["broken_off"]) == (
        "package.imported",
        row.counts["stored"],
        "unfinished",
    )
