"""Memory for bodies that are being received, used again and again.

Fresh memory is expensive: the system gives it page by page, each filled with zeros on its first touch, and 200 KB are
fifty of them. What was just written to the disk is given to the next body while it is still in the processor's cache.
"""

from __future__ import annotations

# Lengths are rounded up to a multiple of this, so that bodies of about the same size can follow each other.
_STEP = 2**16
KEPT_MAX = 64 * 2**20


class Bodies:
    """A shelf of memory by size, at most `kept_max` bytes of it."""

    def __init__(self, *, kept_max: int = KEPT_MAX) -> None:
        self._kept_max = kept_max
        self._kept = 0
        self._shelf: dict[int, list[memoryview]] = {}

    def take(self, length: int) -> memoryview:
        """Memory for a body of `length` bytes, or somewhat more, with anything in it."""
        size = -(-length // _STEP) * _STEP
        ready = self._shelf.get(size)
        if not ready:
            return memoryview(bytearray(size))
        self._kept -= size
        return ready.pop()

    def give_back(self, memory: memoryview) -> None:
        """Nobody reads or writes it any more."""
        size = len(memory)
        if self._kept + size <= self._kept_max:
            self._kept += size
            self._shelf.setdefault(size, []).append(memory)
