"""One process at a time on a data folder.

Two servers on one folder would each take the other's journal for an old one that nothing points to, and free it.
The kernel lets go of the lock when the process ends, however it ends, so nothing has to be tidied up after a crash.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path


class FolderInUse(Exception):
    """Another process runs on this data folder."""


class FolderLock:
    """An exclusive lock on a folder, held until `release` or the end of the process."""

    def __init__(self, folder: Path) -> None:
        """Take the lock. Raises `FolderInUse`."""
        self._file = os.open(folder / "running.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._file)
            raise FolderInUse(f"another zhishi process runs on {folder}: stop it first") from None

    def release(self) -> None:
        os.close(self._file)
