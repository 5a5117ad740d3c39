"""Part stores: the journal on local disks, objects on an S3 store.

The journal is the way past the cost of a sync per file: all parts of a batch are appended to one file and
synced once. A file begins with a line that names the format; there is nothing else between the parts but zeros that
fill each up to whole blocks, because the index holds (file, offset, length) and is committed only after the sync.
A tail that no index row names (a crash between sync and commit, or half a write) is dead weight until the file is
freed, never a lie.

Files are written past the page cache (O_DIRECT), which takes whole blocks from aligned memory (`Sheet`). What is
synced at once gains nothing from the cache, and filling it costs more of the processor than all the rest of an append:
512 MB in batches of 4 MB took 1.6 s of it through the cache, 0.03 s past it.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import re
import threading
from collections.abc import Sequence
from pathlib import Path

from zhishi.foundation.kernel.ids import new_id
from zhishi.foundation.kernel.sheets import Sheet, view_of
from zhishi.foundation.ports import BlobMissing, Blobs, Location, NoSpace, Part, PartLost

_HEADER = b"zhishi journal 1\n"
_NAME = re.compile(r"^journal-([0-9a-f-]{36})$")
# EFBIG: the limit of the process or of the file system on one file is full too.
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
ROTATE_BYTES = 128 * 2**20


class Journal:
    """Parts in append-only files of one folder, written by one process.

    Files already there belong to earlier runs of the process: they are read, never appended to, since their
    tail may be torn.
    """

    shared = True

    def __init__(self, folder: Path, *, rotate_bytes: int = ROTATE_BYTES) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._rotate_bytes = rotate_bytes
        self._file: int | None = None
        self._name = ""
        self._end = 0
        self._turn = threading.Lock()

    async def append(self, parts: Sequence[Part]) -> list[Location]:
        return await asyncio.to_thread(self.append_here, parts)

    def append_here(self, parts: Sequence[Part]) -> list[Location]:
        """The same in the thread that calls; one batch at a time."""
        with self._turn:
            return self._append(parts)

    def _append(self, parts: Sequence[Part]) -> list[Location]:
        if self._file is None or self._end >= self._rotate_bytes:
            self._begin_file()
        assert self._file is not None
        start = self._end
        blocks = [] if start else [Sheet.of(_HEADER).blocks()]
        at, locations = start + sum(map(len, blocks)), []
        for part in parts:
            blocks.append((part if isinstance(part, Sheet) else Sheet.of(part)).blocks())
            locations.append(Location(self._name, at, len(part)))
            at += len(blocks[-1])
        try:
            _write_all(self._file, blocks, start)
            os.fdatasync(self._file)
        except OSError as error:
            self._abandon(start)
            if error.errno in _FULL:
                raise NoSpace(self._name) from error
            raise
        self._end = at
        return locations

    def _begin_file(self) -> None:
        """Begin a new file: an empty one, its header goes with the first batch. If that fails nothing of it stays."""
        self._close_file()
        name = f"journal-{new_id()}"
        path = self._folder / name
        try:
            file = _create(path)
            try:
                _sync_folder(self._folder)
            except OSError:
                os.close(file)
                path.unlink()
                raise
        except OSError as error:
            if error.errno in _FULL:
                raise NoSpace(name) from error
            raise
        self._file, self._name, self._end = file, name, 0

    def _abandon(self, start: int) -> None:
        """After a failed write or sync the pages' fate is unknown: never append to this file again."""
        assert self._file is not None
        with contextlib.suppress(OSError):
            os.ftruncate(self._file, start)
            if start == 0:
                (self._folder / self._name).unlink()
        self._close_file()

    def _close_file(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None

    async def read(self, location: Location) -> bytes:
        return await asyncio.to_thread(self._read, location)

    def _read(self, location: Location) -> bytes:
        if not _NAME.match(location.container):
            raise PartLost(location.container)
        try:
            handle = os.open(self._folder / location.container, os.O_RDONLY)
        except FileNotFoundError as error:
            raise PartLost(location.container) from error
        try:
            data = os.pread(handle, location.length, location.offset)
        finally:
            os.close(handle)
        if len(data) != location.length:
            raise PartLost(location.container)
        return data

    async def idle_containers(self) -> list[str]:
        names = [path.name for path in self._folder.iterdir() if _NAME.match(path.name)]
        return sorted(name for name in names if self._file is None or name != self._name)

    async def free(self, container: str) -> None:
        if _NAME.match(container) and not (self._file is not None and container == self._name):
            await asyncio.to_thread((self._folder / container).unlink, missing_ok=True)

    async def close(self) -> None:
        self._close_file()


def _sync_folder(folder: Path) -> None:
    """Make a new name in a folder durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _create(path: Path) -> int:
    """A new file that is written past the page cache, where the file system can do that."""
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL
    try:
        return os.open(path, flags | os.O_DIRECT, 0o600)
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
        # Linux may have made the file before it found that the file system cannot.
        path.unlink(missing_ok=True)
        return os.open(path, flags, 0o600)


def _write_all(file: int, blocks: Sequence[memoryview], offset: int) -> None:
    # IOV_MAX is 1024 on Linux; batches are far smaller, and a short write is finished part by part.
    if os.pwritev(file, blocks, offset) == sum(map(len, blocks)):
        return
    for view in blocks:
        written = 0
        while written < len(view):
            written += os.pwrite(file, view[written:], offset + written)
        offset += len(view)


class ObjectParts:
    """Parts as objects of their own: for S3, where the store acknowledges only what is durable."""

    shared = False

    def __init__(self, blobs: Blobs, *, prefix: str = "parts") -> None:
        self._blobs = blobs
        self._prefix = prefix

    async def append(self, parts: Sequence[Part]) -> list[Location]:
        locations = [Location(f"{self._prefix}/{new_id()}", 0, len(part)) for part in parts]
        puts = [
            self._blobs.put(place.container, bytes(view_of(part))) for place, part in zip(locations, parts, strict=True)
        ]
        await asyncio.gather(*puts)
        return locations

    async def read(self, location: Location) -> bytes:
        try:
            return await self._blobs.read(location.container, location.offset, location.length)
        except BlobMissing as error:
            raise PartLost(location.container) from error

    async def idle_containers(self) -> list[str]:
        # An object is freed by whoever took its bytes elsewhere; there is no folder to sweep.
        return []

    async def free(self, container: str) -> None:
        await self._blobs.delete(container)

    async def close(self) -> None:
        return
