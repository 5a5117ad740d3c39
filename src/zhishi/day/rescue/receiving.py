"""Receiving a package: one at a time, and only onto a disk that keeps room for the exam that runs."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterable, AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import BinaryIO, Final

from zhishi.foundation.kernel.errors import refusal

AGAIN_S: Final = 30

PackageTooLarge = refusal(
    "package_too_large",
    413,
    "补传包超过了允许的大小，未导入。请由运维人员在服务器上用命令 zhishi import package 导入。",
    "The package is larger than may be sent here and was not imported: ask an operator to import it on the server with "
    "`zhishi import package`.",
)
PackageHasNoRoom = refusal(
    "package_has_no_room",
    507,
    "服务器的磁盘空间要留给正在上传的录像，放不下这个补传包，未导入。请保留文件，由运维人员腾出空间后再导入。",
    "The server's disk must keep room for recordings and has none for this package, which was not imported. Keep the "
    "file, have an operator make room, and import it then.",
)
ImportUnderWay = refusal(
    "import_under_way",
    503,
    f"另一个补传包正在导入，一次只能导入一个。请等它完成，过 {AGAIN_S} 秒再试。",
    f"Another package is being imported, and only one is at a time: try again in {AGAIN_S} seconds.",
)


class Dock:
    """Where packages are set down while they are imported.

    What is received lies here, and what is taken out of it is written into the journal as well: twice its size at most.
    A package is let in where the disk has that and `reserve` bytes, so that no stick ends a running exam's uploads.
    """

    def __init__(self, folder: Path, *, most: int, reserve: int) -> None:
        self._folder = folder
        self._most = most
        self._reserve = reserve
        self._taken = False

    @asynccontextmanager
    async def receive(self, body: AsyncIterable[bytes], *, declared: int | None) -> AsyncIterator[Path]:
        """A body as a file, which is gone when the block ends; the next one is received then.

        Raises `ImportUnderWay`, `PackageTooLarge`, `PackageHasNoRoom`; what is `declared` is refused before it comes.
        """
        if self._taken:
            raise ImportUnderWay(retry_after_s=AGAIN_S)
        self._taken = True
        try:
            self._check(0, declared=declared or 0)
            with tempfile.TemporaryDirectory(dir=self._folder) as folder:
                file = Path(folder) / "package"
                await self._write(body, file, declared=declared or 0)
                yield file
        finally:
            self._taken = False

    async def _write(self, body: AsyncIterable[bytes], file: Path, *, declared: int) -> None:
        size = 0
        with file.open("wb") as opened:
            async for piece in body:
                await asyncio.to_thread(self._append, opened, piece, size, declared=declared)
                size += len(piece)

    def _append(self, opened: BinaryIO, piece: bytes, size: int, *, declared: int) -> None:
        """Others write to the same disk meanwhile: it is looked at before every piece."""
        self._check(size, declared=max(declared, size + len(piece)))
        opened.write(piece)

    def _check(self, size: int, *, declared: int) -> None:
        """Whether the rest of a body of which `size` bytes are here may come, and go into the journal."""
        if declared > self._most:
            raise PackageTooLarge(limit=self._most)
        needed = (declared - size) + declared + self._reserve
        free = shutil.disk_usage(self._folder).free
        if free < needed:
            raise PackageHasNoRoom(needed_bytes=needed, free_bytes=free)
