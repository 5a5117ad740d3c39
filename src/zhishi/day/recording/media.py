"""Is this a piece of a recording? A cheap look at the boxes of ISO/IEC 14496-12; decoding is the finaliser's part."""

from __future__ import annotations

from collections.abc import Iterator

_INIT_BOXES = {b"ftyp", b"moov", b"free", b"skip"}
_SEGMENT_BOXES = {b"styp", b"sidx", b"emsg", b"prft", b"moof", b"mdat", b"free", b"skip"}


class NotMedia(Exception):
    """The bytes are no init or media segment; the text says why, for the log."""


def check_init(data: bytes | memoryview) -> None:
    """An init segment: `ftyp` and `moov` with a track. Raises `NotMedia`."""
    kinds = _kinds(data, _INIT_BOXES)
    if kinds[:1] != [b"ftyp"] or kinds.count(b"moov") != 1:
        raise NotMedia("an init segment is ftyp and one moov")
    whole = bytes(data)
    if b"trak" not in whole or b"mvex" not in whole:
        raise NotMedia("the moov has no fragmented track")


def check_segment(data: bytes | memoryview) -> None:
    """A media segment: at least one `moof` followed by its `mdat`. Raises `NotMedia`."""
    kinds = [kind for kind in _kinds(data, _SEGMENT_BOXES) if kind in (b"moof", b"mdat")]
    if not kinds or kinds[0] != b"moof" or kinds[-1] != b"mdat":
        raise NotMedia("a media segment is moof and mdat")


def box_borders(data: bytes | memoryview) -> list[int]:
    """Where the top-level boxes of a file end, as far as it is made of boxes."""
    borders, at = [], 0
    try:
        for _, size in _boxes(data):
            at += size
            borders.append(at)
    except NotMedia:
        pass
    return borders


def _kinds(data: bytes | memoryview, allowed: set[bytes]) -> list[bytes]:
    kinds = [kind for kind, _ in _boxes(data)]
    unknown = [kind for kind in kinds if kind not in allowed]
    if unknown:
        raise NotMedia(f"unexpected box {unknown[0]!r}")
    return kinds


def _boxes(data: bytes | memoryview) -> Iterator[tuple[bytes, int]]:
    """Top-level boxes as (type, size); their sizes must add up to the whole."""
    at, end = 0, len(data)
    while at < end:
        if end - at < 8:
            raise NotMedia("a box is cut off")
        size, header = int.from_bytes(data[at : at + 4]), 8
        kind = bytes(data[at + 4 : at + 8])
        if size == 1:
            if end - at < 16:
                raise NotMedia("a box is cut off")
            size, header = int.from_bytes(data[at + 8 : at + 16]), 16
        if size < header or at + size > end:
            raise NotMedia("a box is longer than the data")
        yield kind, size
        at += size
