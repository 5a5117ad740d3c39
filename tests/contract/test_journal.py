"""The journal: append-only files, synced once a batch."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.factories.disks import fill
from zhishi.foundation.adapters.parts import Journal
from zhishi.foundation.kernel.sheets import BLOCK
from zhishi.foundation.ports import Location, NoSpace, PartLost


async def test_a_journal_begins_a_new_file_when_one_is_full(tmp_path: Path) -> None:
    journal = Journal(tmp_path, rotate_bytes=3 * BLOCK)
    places = [(await journal.append([bytes([n]) * 60]))[0] for n in range(5)]
    assert len({place.container for place in places}) == 3
    assert [await journal.read(place) for place in places] == [bytes([n]) * 60 for n in range(5)]
    await journal.close()


async def test_a_batch_is_never_spread_over_two_files(tmp_path: Path) -> None:
    journal = Journal(tmp_path, rotate_bytes=100)
    places = await journal.append([b"x" * 60] * 4)
    assert len({place.container for place in places}) == 1
    await journal.close()


async def test_the_file_being_written_is_not_idle_and_earlier_ones_are(tmp_path: Path) -> None:
    journal = Journal(tmp_path, rotate_bytes=100)
    [old] = await journal.append([b"x" * 200])
    assert await journal.idle_containers() == []
    [new] = await journal.append([b"y"])
    assert await journal.idle_containers() == [old.container]
    await journal.close()
    after = Journal(tmp_path)
    assert await after.idle_containers() == sorted([old.container, new.container])
    await after.close()


async def test_the_file_being_written_cannot_be_freed(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    [place] = await journal.append([b"kept"])
    await journal.free(place.container)
    assert await journal.read(place) == b"kept"
    await journal.close()


async def test_after_a_restart_old_files_are_read_and_never_appended_to(tmp_path: Path) -> None:
    before = Journal(tmp_path)
    [old] = await before.append([b"old"])
    await before.close()
    size = (tmp_path / old.container).stat().st_size
    after = Journal(tmp_path)
    [new] = await after.append([b"new"])
    assert new.container != old.container
    assert (tmp_path / old.container).stat().st_size == size
    assert [await after.read(place) for place in (old, new)] == [b"old", b"new"]
    await after.close()


@pytest.mark.parametrize("cut", [1, 500, 999])
async def test_a_torn_tail_loses_its_own_part_and_no_other(tmp_path: Path, cut: int) -> None:
    journal = Journal(tmp_path)
    whole, torn = await journal.append([b"a" * 1000, b"b" * 1000])
    await journal.close()
    os.truncate(tmp_path / torn.container, torn.offset + torn.length - cut)
    after = Journal(tmp_path)
    assert await after.read(whole) == b"a" * 1000
    with pytest.raises(PartLost):
        await after.read(torn)
    assert await after.append([b"goes on"]) != []
    await after.close()


async def test_no_name_leads_out_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "master.key").write_text("secret")
    journal = Journal(tmp_path / "journal")
    for name in ("../master.key", "/etc/passwd", "journal-../../../../etc/passwd", "master.key"):
        with pytest.raises(PartLost):
            await journal.read(Location(name, 0, 1))
        await journal.free(name)
    assert (tmp_path / "master.key").read_text() == "secret"
    await journal.close()


async def test_a_full_disk_keeps_nothing_of_the_batch_and_the_journal_goes_on(tiny_disk: Path) -> None:
    journal = Journal(tiny_disk / "journal")
    [kept] = await journal.append([b"k" * 1000])
    used = _used(tiny_disk)
    for _ in range(3):
        with pytest.raises(NoSpace):
            await journal.append([b"x" * 100_000] * 4)
        assert _used(tiny_disk) <= used
    [after] = await journal.append([b"a" * 1000])
    assert await journal.read(kept) == b"k" * 1000
    assert await journal.read(after) == b"a" * 1000
    await journal.close()


async def test_a_disk_too_full_for_a_new_file_never_mixes_files_up(tiny_disk: Path) -> None:
    """What is acknowledged after space came back must lie where the index says, however often it failed before."""
    filler = tiny_disk / "filler"
    journal = Journal(tiny_disk / "journal", rotate_bytes=2000)
    [kept] = await journal.append([b"k" * 1000])
    fill(filler)
    for _ in range(4):
        with pytest.raises(NoSpace):
            await journal.append([b"x" * 9000])
    filler.unlink()
    places = [(await journal.append([bytes([n]) * 1500]))[0] for n in range(1, 5)]
    assert [await journal.read(place) for place in places] == [bytes([n]) * 1500 for n in range(1, 5)]
    assert await journal.read(kept) == b"k" * 1000
    await journal.close()
    for place in (kept, *places):
        assert (tiny_disk / "journal" / place.container).read_bytes()[: len(HEADER)] == HEADER


async def test_a_journal_that_cannot_begin_leaves_no_file_behind(tiny_disk: Path) -> None:
    journal = Journal(tiny_disk / "journal")
    fill(tiny_disk / "filler")
    for _ in range(3):
        with pytest.raises(NoSpace):
            await journal.append([b"x"])
    assert list((tiny_disk / "journal").iterdir()) == []
    (tiny_disk / "filler").unlink()
    [place] = await journal.append([b"x"])
    assert await journal.read(place) == b"x"
    await journal.close()


HEADER = b"zhishi journal 1\n"


def _used(folder: Path) -> int:
    found = os.statvfs(folder)
    return (found.f_blocks - found.f_bfree) * found.f_frsize
