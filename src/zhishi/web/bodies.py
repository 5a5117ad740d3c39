"""Memory for bodies that are being received, used again and again.

Fresh memory is expensive: the system gives it page by page, each filled with zeros on its first touch, and 200 KB are
fifty of them. What was just written to the disk is given to the next body while it is still in the processor's cache.
"""

from __future__ import annotations

from zhishi.foundation.kernel.sheets import Sheet

# Lengths are rounded up to a multiple of this, so that bodies of about the same size can follow each other.
_STEP = 2**16
KEPT_MAX = 64 * 2**20


class Bodies:
    """A shelf of sheets by size, at most `kept_max` bytes of them."""

    def __init__(self, *, kept_max: int = KEPT_MAX) -> None:
        self._kept_max = kept_max
        self._kept = 0
        self._shelf: dict[int, list[Sheet]] = {}

    def take(self, length: int) -> Sheet:
        """A sheet for a body of `length` bytes, with anything on it."""
        room = -(-length // _STEP) * _STEP
        ready = self._shelf.get(room)
        if ready:
            self._kept -= room
            sheet = ready.pop()
        else:
            sheet = Sheet(room)
        sheet.reuse(length)
        return sheet

    def give_back(self, sheet: Sheet) -> None:
        """Nobody reads or writes it any more."""
        if self._kept + sheet.room <= self._kept_max:
            self._kept += sheet.room
            self._shelf.setdefault(sheet.room, []).append(sheet)
