"""What an examiner's player is given of a recording: the window, under names that tell nothing (law 9).

An epoch is named by the moment at which its recorder started, a segment by its place since then, and the init segment
carries the date of its making. Each tells when a candidate entered, and so in which order they came. Here epochs and
segments get names of their own for each sheet, always the same ones, since segments that come late must not move the
names of others; and the dates and numbers inside the bytes are set anew. The picture and its times are untouched; the
evidence as it was recorded stays with the officers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from zhishi.day.recording.queries import Playable
from zhishi.day.recording.rules import Piece
from zhishi.foundation.kernel.intervals import Interval
from zhishi.foundation.kernel.sealing import keyed_digest

# Boxes (ISO/IEC 14496-12) on the way to the fields that tell of time or order.
_FOLDERS = {b"moov", b"trak", b"mdia", b"moof"}
_DATED = {b"mvhd", b"tkhd", b"mdhd"}

NAME_MAX = 2**48
# Far more than the segments of a day, so that a shown number tells nothing of the recorder's.
_SHIFT_MAX = 10_000_000
NUMBER_MAX = 2 * _SHIFT_MAX


@dataclass(frozen=True, slots=True)
class BlindEpoch:
    """An epoch with something in the window: its recorder's number, the name shown, and what is added to numbers."""

    epoch: int
    name: int
    shift: int
    pieces: Sequence[Piece]

    def recorded(self, number: int) -> int | None:
        """The recorder's number of a segment that is shown as `number`; None if no such segment is shown."""
        seq = number - self.shift
        return seq if any(piece.seq == seq for piece in self.pieces) else None

    @property
    def shown(self) -> Playable:
        """The epoch as the examiner's playlist names it. Numbers that are missing stay missing."""
        pieces = [Piece(piece.seq + self.shift, piece.start_ms, piece.duration_ms) for piece in self.pieces]
        return Playable(self.name, pieces)


def blind(recorded: Sequence[Playable], window: Interval, *, key: bytes, sheet_id: str) -> list[BlindEpoch]:
    """The epochs of a track that reach into the window, with what of them does, under this sheet's names."""
    found = []
    for one in recorded:
        pieces = [piece for piece in one.segments if piece.interval[0] < window[1] and piece.interval[1] > window[0]]
        if pieces:
            digest = int(keyed_digest(key, "blinding", f"{sheet_id} {one.epoch}"), 16)
            found.append(BlindEpoch(one.epoch, digest % NAME_MAX, digest // NAME_MAX % _SHIFT_MAX, pieces))
    return found


def without_dates(init: bytes) -> bytes:
    """An init segment whose dates of creation and modification are zero."""
    blank = bytearray(init)
    for kind, at in _boxes(init, 0, len(init)):
        if kind in _DATED:
            # After size, type, version and flags: two dates of four bytes, or of eight from version 1 on.
            length = 16 if init[at + 8] == 1 else 8
            blank[at + 12 : at + 12 + length] = bytes(length)
    return bytes(blank)


def renumbered(segment: bytes, number: int) -> bytes:
    """A media segment whose fragments are counted from `number`."""
    counted = bytearray(segment)
    fragments = [at for kind, at in _boxes(segment, 0, len(segment)) if kind == b"mfhd"]
    for place, at in enumerate(fragments):
        counted[at + 12 : at + 16] = (number + place + 1).to_bytes(4)
    return bytes(counted)


def _boxes(data: bytes, at: int, end: int) -> Iterator[tuple[bytes, int]]:
    """(type, offset) of every box on the way; sizes were checked when the part was taken in."""
    while at + 8 <= end:
        size, kind, header = int.from_bytes(data[at : at + 4]), data[at + 4 : at + 8], 8
        if size == 1:
            size, header = int.from_bytes(data[at + 8 : at + 16]), 16
        if size < header:
            return
        yield kind, at
        if kind in _FOLDERS:
            yield from _boxes(data, at + header, min(at + size, end))
        at += size
