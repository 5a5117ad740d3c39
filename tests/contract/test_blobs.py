"""Blobs, on a local folder and on an S3 server."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest
from obstore.store import LocalStore, S3Store

from tests.factories.seaweed import BUCKET, KEY_ID
from zhishi.foundation.adapters.blobs import PIECE_BYTES, ObstoreBlobs, open_blobs
from zhishi.foundation.ports import BlobMissing, Blobs, NoSpace
from zhishi.foundation.settings import Settings

KEY = "recordings/a/camera/1778911200000-1.mp4"


async def test_what_was_put_is_read_back_whole_and_in_part(blobs: Blobs) -> None:
    await blobs.put(KEY, b"0123456789")
    assert await blobs.read(KEY, 0, 10) == b"0123456789"
    assert await blobs.read(KEY, 3, 4) == b"3456"
    assert await blobs.read(KEY, 9, 1) == b"9"
    assert await blobs.size(KEY) == 10


async def test_a_file_is_put_as_its_bytes(blobs: Blobs, tmp_path: Path) -> None:
    data = os.urandom(9 * 2**20)  # larger than a part of a multipart upload
    source = tmp_path / "recording.mp4"
    source.write_bytes(data)
    await blobs.put(KEY, source)
    assert await blobs.size(KEY) == len(data)
    assert await blobs.read(KEY, len(data) - 5, 5) == data[-5:]
    assert b"".join([piece async for piece in blobs.stream(KEY, 0, len(data))]) == data


async def test_a_stream_comes_in_pieces_and_keeps_to_its_range(blobs: Blobs) -> None:
    data = os.urandom(2 * PIECE_BYTES + 100)
    await blobs.put(KEY, data)
    pieces = [piece async for piece in blobs.stream(KEY, 50, 2 * PIECE_BYTES)]
    assert b"".join(pieces) == data[50 : 50 + 2 * PIECE_BYTES]
    assert [len(piece) for piece in pieces] == [PIECE_BYTES, PIECE_BYTES]


async def test_no_bytes_are_no_error(blobs: Blobs) -> None:
    await blobs.put(KEY, b"")
    assert await blobs.size(KEY) == 0
    assert await blobs.read(KEY, 0, 0) == b""
    assert [piece async for piece in blobs.stream(KEY, 0, 0)] == []


@pytest.mark.parametrize(("offset", "length"), [(0, 11), (5, 6), (10, 1), (11, 1), (1000, 10)])
async def test_bytes_beyond_the_end_are_missing(blobs: Blobs, offset: int, length: int) -> None:
    await blobs.put(KEY, b"0123456789")
    with pytest.raises(BlobMissing):
        await blobs.read(KEY, offset, length)


async def test_a_blob_that_was_never_put_is_missing(blobs: Blobs) -> None:
    assert await blobs.size("recordings/none") is None
    with pytest.raises(BlobMissing):
        await blobs.read("recordings/none", 0, 1)
    with pytest.raises(BlobMissing):
        await anext(aiter(blobs.stream("recordings/none", 0, 1)))


async def test_a_deleted_blob_is_gone_and_deleting_again_is_silent(blobs: Blobs) -> None:
    await blobs.put(KEY, b"x")
    await blobs.delete(KEY)
    assert await blobs.size(KEY) is None
    await blobs.delete(KEY)


async def test_the_same_bytes_may_be_put_again(blobs: Blobs) -> None:
    await blobs.put(KEY, b"same")
    await blobs.put(KEY, b"same")
    assert await blobs.read(KEY, 0, 4) == b"same"


async def test_many_puts_at_once_all_arrive(blobs: Blobs) -> None:
    await asyncio.gather(*(blobs.put(f"parts/{n}", str(n).encode()) for n in range(40)))
    assert [await blobs.read(f"parts/{n}", 0, len(str(n))) for n in range(40)] == [str(n).encode() for n in range(40)]


async def test_a_store_that_does_not_answer_is_not_taken_for_an_empty_one() -> None:
    """Recordings would be taken out of the index because a network broke."""
    store = S3Store(
        BUCKET,
        endpoint="http://127.0.0.1:1",
        region="us-east-1",
        access_key_id=KEY_ID,
        secret_access_key="x",
        client_options={"allow_http": True},
        retry_config={"max_retries": 0},
    )
    with pytest.raises(Exception, match=r"127\.0\.0\.1:1") as caught:
        await ObstoreBlobs(store).read(KEY, 0, 1)
    assert not isinstance(caught.value, BlobMissing)


async def test_a_full_disk_is_no_space_and_keeps_nothing(tiny_disk: Path) -> None:
    blobs = ObstoreBlobs(LocalStore(tiny_disk), root=tiny_disk)
    await blobs.put("small", b"kept")
    with pytest.raises(NoSpace):
        await blobs.put(KEY, os.urandom(2**19))
    assert await blobs.size(KEY) is None
    assert [path.name for path in tiny_disk.rglob("*") if path.is_file()] == ["small"]
    assert await blobs.read("small", 0, 4) == b"kept"
    await blobs.put("after", b"there is room for this")
    assert await blobs.size("after") == 22


@pytest.mark.parametrize("name", ["data", "数据 2026", "a b", "100%", "50%25", "a#b"])
async def test_blobs_lie_inside_the_data_folder_whatever_its_name(tmp_path: Path, name: str) -> None:
    settings = Settings(data_dir=tmp_path / name)
    settings.data_dir.mkdir()
    blobs = open_blobs(settings)
    await blobs.put(KEY, b"x")
    assert (settings.data_dir / "blobs" / KEY).read_bytes() == b"x"
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert await blobs.read(KEY, 0, 1) == b"x"
