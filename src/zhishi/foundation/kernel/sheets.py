"""Memory that goes to a disk without a copy: aligned to pages, in whole blocks, as direct writes demand it."""

from __future__ import annotations

import mmap

# A multiple of the sector of any disk, and the page that memory is aligned to.
BLOCK = 4096


def whole_blocks(length: int) -> int:
    """`length` bytes, rounded up to whole blocks."""
    return -(-length // BLOCK) * BLOCK


class Sheet:
    """Some bytes, and the room behind them up to the next whole block. It can be used again for others."""

    __slots__ = ("_length", "_memory")

    def __init__(self, length: int) -> None:
        # The map may not be empty.
        self._memory = memoryview(mmap.mmap(-1, whole_blocks(length) or BLOCK))
        self._length = length

    @classmethod
    def of(cls, data: bytes) -> Sheet:
        """A copy of `data` on a sheet."""
        sheet = cls(len(data))
        sheet.view[:] = data
        return sheet

    def __len__(self) -> int:
        return self._length

    @property
    def room(self) -> int:
        """The most bytes that fit."""
        return len(self._memory)

    def reuse(self, length: int) -> None:
        """From now on it holds `length` other bytes."""
        if length > self.room:
            raise ValueError(f"{length} bytes do not fit into {self.room}")
        self._length = length

    @property
    def view(self) -> memoryview:
        """The bytes."""
        return self._memory[: self._length]

    def blocks(self) -> memoryview:
        """The bytes and zeros after them, up to whole blocks."""
        whole = whole_blocks(self._length)
        self._memory[self._length : whole] = bytes(whole - self._length)
        return self._memory[:whole]


def view_of(part: bytes | Sheet) -> bytes | memoryview:
    """The bytes, however they are held."""
    return part.view if isinstance(part, Sheet) else part
