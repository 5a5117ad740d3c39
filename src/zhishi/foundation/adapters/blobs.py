"""Blobs through obstore: a local folder or an S3 store."""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import obstore
from obstore.exceptions import GenericError
from obstore.store import LocalStore, ObjectStore, S3Store

from zhishi.foundation.ports import BlobMissing, NoSpace
from zhishi.foundation.settings import Settings

PIECE_BYTES = 256 * 1024


class ObstoreBlobs:
    """Blobs in any store that obstore speaks to.

    obstore's local store renames a finished file into place but does not sync it; `root` names its folder so
    that `put` can sync file and folder before it returns.
    """

    def __init__(self, store: ObjectStore, *, root: Path | None = None) -> None:
        self._store = store
        self._root = root

    async def put(self, key: str, source: bytes | Path) -> None:
        try:
            await obstore.put_async(self._store, key, source)
        except GenericError as error:
            if "No space left" in str(error):
                raise NoSpace(key) from error
            raise
        if self._root is not None:
            await asyncio.to_thread(_sync_path, self._root / key, self._root)

    async def read(self, key: str, offset: int, length: int) -> bytes:
        if length == 0:
            return b""
        try:
            data = bytes(await obstore.get_range_async(self._store, key, start=offset, length=length))
        except FileNotFoundError as error:
            raise BlobMissing(key) from error
        except GenericError as error:
            # Beyond the end, or a store that does not answer: taking the second for the first would lose recordings.
            if await self.size(key) in range(offset + length):
                raise BlobMissing(key) from error
            raise
        if len(data) != length:
            raise BlobMissing(key)
        return data

    async def stream(self, key: str, offset: int, length: int) -> AsyncIterator[bytes]:
        end = offset + length
        while offset < end:
            piece = min(PIECE_BYTES, end - offset)
            yield await self.read(key, offset, piece)
            offset += piece

    async def size(self, key: str) -> int | None:
        try:
            return (await obstore.head_async(self._store, key))["size"]
        except FileNotFoundError:
            return None

    async def delete(self, key: str) -> None:
        try:
            await obstore.delete_async(self._store, key)
        except FileNotFoundError:
            return


def _sync_path(path: Path, root: Path) -> None:
    for target in (path, *_folders(path, root)):
        handle = os.open(target, os.O_RDONLY)
        try:
            os.fsync(handle)
        except OSError as error:
            if error.errno == errno.ENOSPC:
                raise NoSpace(str(path)) from error
            raise
        finally:
            os.close(handle)


def _folders(path: Path, root: Path) -> list[Path]:
    """The folders from the file up to the root: a new folder is durable once its parent is synced."""
    return [folder for folder in path.parents if folder == root or root in folder.parents]


def open_blobs(settings: Settings) -> ObstoreBlobs:
    """The blob store that the settings name."""
    url = urlsplit(settings.blobs_url or (settings.data_dir.resolve() / "blobs").as_uri())
    if url.scheme == "file":
        root = Path(unquote(url.path))
        root.mkdir(parents=True, exist_ok=True)
        return ObstoreBlobs(LocalStore(root), root=root)
    key_id, secret = settings.s3_access_key_id, settings.s3_secret_access_key
    store = S3Store(
        url.netloc,
        prefix=url.path.strip("/") or None,
        region=settings.s3_region,
        endpoint=settings.s3_endpoint,
        access_key_id=key_id.get_secret_value() if key_id else None,
        secret_access_key=secret.get_secret_value() if secret else None,
        client_options={"allow_http": True},
    )
    return ObstoreBlobs(store)
