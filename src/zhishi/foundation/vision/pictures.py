"""From uploaded bytes to a picture, or a refusal that names its cause.

What the bytes are is read from the bytes: file names and media types are claims. The size is read from the
header before anything is decoded, because a few kilobytes of PNG can unfold to gigabytes.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

Picture: TypeAlias = npt.NDArray[np.uint8]
"""height × width × 3, BGR."""


class PictureCause(StrEnum):
    """Why a file is not a picture that we look at."""

    UNREADABLE = "unreadable"
    TOO_LARGE = "too_large"
    DIMENSIONS = "dimensions"


class PictureRefused(Exception):
    """The file is refused; `detail` has the numbers that tell its owner what to change."""

    def __init__(self, cause: PictureCause, detail: dict[str, Any]) -> None:
        super().__init__(cause, detail)
        self.cause = cause
        self.detail = detail


@dataclass(frozen=True, slots=True)
class PictureLimits:
    """Bounds in bytes and pixels. Either orientation is fine, so they are on the long and the short side."""

    max_bytes: int
    max_side: int = 6000
    min_long_side: int = 1
    min_short_side: int = 1


LOGIN_LIMITS: Final = PictureLimits(max_bytes=1 << 20, min_long_side=480, min_short_side=270)
"""A webcam frame: at most 1 MiB, at least 480 pixels wide; 270 is the height of that in 16:9."""

PHOTOGRAPH_LIMITS: Final = PictureLimits(max_bytes=10 << 20, min_long_side=130, min_short_side=90)
"""A registered photograph. Small ones are common (an ID photograph of one inch at 90 dpi); whether the face
in it is large enough is judged by the face, not by the file."""

_PNG_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_JPEG_SIGNATURE: Final = b"\xff\xd8\xff"
# Start-of-frame markers of JPEG carry the size; C4, C8 and CC in the same range mean other things.
_JPEG_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_JPEG_SCAN: Final = 0xDA
_JPEG_END: Final = 0xD9


def decode_picture(data: bytes, *, limits: PictureLimits) -> Picture:
    """The picture in `data` (JPEG or PNG), upright as its EXIF says; `PictureRefused` if it will not do."""
    if len(data) > limits.max_bytes:
        raise PictureRefused(PictureCause.TOO_LARGE, {"bytes": len(data), "max_bytes": limits.max_bytes})
    _check_dimensions(*_read_dimensions(data), limits)
    if not _is_whole(data):
        raise _unreadable("incomplete")
    try:
        # IMREAD_COLOR turns the picture upright by its EXIF orientation and drops alpha and 16-bit depth.
        picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error as failure:
        raise _unreadable("corrupt") from failure
    if picture is None:
        raise _unreadable("corrupt")
    return np.asarray(picture, dtype=np.uint8)


def fit(picture: Picture, long_side: int) -> tuple[Picture, float]:
    """The picture made small enough for `long_side`, and the factor that was applied (1 if none)."""
    factor = long_side / max(picture.shape[:2])
    if factor >= 1:
        return picture, 1.0
    size = (max(1, round(picture.shape[1] * factor)), max(1, round(picture.shape[0] * factor)))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), dtype=np.uint8), factor


def _unreadable(reason: str) -> PictureRefused:
    return PictureRefused(PictureCause.UNREADABLE, {"reason": reason})


def _check_dimensions(width: int, height: int, limits: PictureLimits) -> None:
    long, short = max(width, height), min(width, height)
    if long > limits.max_side or long < limits.min_long_side or short < limits.min_short_side:
        raise PictureRefused(
            PictureCause.DIMENSIONS,
            {
                "width": width,
                "height": height,
                "max_side": limits.max_side,
                "min_long_side": limits.min_long_side,
                "min_short_side": limits.min_short_side,
            },
        )


def _read_dimensions(data: bytes) -> tuple[int, int]:
    """Width and height as stored (before EXIF orientation), from the header alone."""
    if data.startswith(_PNG_SIGNATURE):
        if data[12:16] != b"IHDR" or len(data) < 24:
            raise _unreadable("corrupt")
        size = int.from_bytes(data[16:20]), int.from_bytes(data[20:24])
    elif data.startswith(_JPEG_SIGNATURE):
        size = _jpeg_dimensions(data)
    else:
        raise _unreadable("not_jpeg_or_png")
    if 0 in size:
        raise _unreadable("corrupt")
    return size


def _jpeg_dimensions(data: bytes) -> tuple[int, int]:
    for marker, start, _ in _jpeg_segments(data):
        if marker in _JPEG_FRAMES and start + 9 <= len(data):
            return int.from_bytes(data[start + 7 : start + 9]), int.from_bytes(data[start + 5 : start + 7])
    raise _unreadable("corrupt")


def _jpeg_segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Marker, offset and end of each segment up to and including the first scan header (ITU-T T.81, B.1)."""
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF:  # fill byte
            at += 1
            continue
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4])
        yield marker, at, end
        if marker == _JPEG_SCAN:
            return
        at = end


def _is_whole(data: bytes) -> bool:
    """Whether the file reaches its end. libjpeg only warns about a missing end, and fills in grey."""
    return _png_is_whole(data) if data.startswith(_PNG_SIGNATURE) else _jpeg_is_whole(data)


def _png_is_whole(data: bytes) -> bool:
    """Walk the chunks to IEND, checking each CRC (PNG specification, 5.3)."""
    at = len(_PNG_SIGNATURE)
    while at + 12 <= len(data):
        end = at + 12 + int.from_bytes(data[at : at + 4])
        if end > len(data) or zlib.crc32(data[at + 4 : end - 4]) != int.from_bytes(data[end - 4 : end]):
            return False
        if data[at + 4 : at + 8] == b"IEND":
            return True
        at = end
    return False


def _jpeg_is_whole(data: bytes) -> bool:
    """Find the end marker after the first scan. Cameras append previews and video after it: not our concern.

    Inside a scan 0xFF is followed by 0x00 or a restart marker, so the first FF D9 is the end; between the
    scans of a progressive file there are tables, in which FF D9 can occur by chance only.
    """
    scan = next((end for marker, _, end in _jpeg_segments(data) if marker == _JPEG_SCAN), None)
    return scan is not None and data.find(bytes((0xFF, _JPEG_END)), scan) != -1
