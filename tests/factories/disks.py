"""A disk of its own to fill, and one on which bytes go bad."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def small_disk(folder: Path, *, kilobytes: int) -> Iterator[Path]:
    """A file system of this size at `folder`. Mounting one needs root, which the tests' machines have."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "zhishi-test", str(folder)]
    mount = subprocess.run(command, check=False, capture_output=True, text=True)
    if mount.returncode != 0:
        pytest.skip(f"no disk of its own to fill: {mount.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(path: Path) -> None:
    """Fill the disk to its last byte with a file."""
    with path.open("wb", buffering=0) as file, pytest.raises(OSError, match="No space left"):
        while True:
            file.write(b"f" * 4096)


def flip_journals(folder: Path) -> int:
    """Turn a byte over in the middle of each journal, where a segment lies."""
    count = 0
    for path in folder.iterdir():
        size = path.stat().st_size
        if size < 10_000:
            continue
        with path.open("r+b") as file:
            file.seek(size // 2)
            byte = file.read(1)
            file.seek(size // 2)
            file.write(bytes([byte[0] ^ 0xFF]))
        count += 1
    return count
