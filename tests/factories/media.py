"""Real recordings for tests: H.264 and Opus in CMAF, cut as the browser's recorder cuts them.

PyAV writes a fragmented MP4; here it is split at its fragments and every `tfdt` is moved to Unix time, which is
what `timestampBase: 'unix'` does in the recorder.
"""

from __future__ import annotations

import functools
import hashlib
import io
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Literal

import av
import numpy as np

SEGMENT_MS: Final = 2000
WIDTH: Final = 64
HEIGHT: Final = 48
FRAMES_PER_SECOND: Final = 10
_SAMPLE_RATE: Final = 48_000
_MS: Final = Fraction(1, 1000)


Show = Literal["moving", "black", "dark", "covered", "still"]
_STEPS = np.linspace(0, 1, WIDTH)[None, :, None] * np.ones((HEIGHT, 1, 3))
_SHOWN: Final = {
    "black": np.zeros((HEIGHT, WIDTH, 3), np.uint8),
    "dark": (_STEPS * 36).astype(np.uint8),
    "covered": np.full((HEIGHT, WIDTH, 3), 120, np.uint8),
    "still": (_STEPS * 255).astype(np.uint8),
}


@dataclass(frozen=True, slots=True)
class MediaSegment:
    """One segment of a recording, as it is sent."""

    seq: int
    start_ms: int
    duration_ms: int
    data: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()


@dataclass(frozen=True, slots=True)
class Recording:
    """One epoch: an init segment and segments of two seconds from `start_ms`."""

    start_ms: int
    init: bytes
    segments: tuple[MediaSegment, ...]

    @property
    def file(self) -> bytes:
        """Init and segments laid end to end: a valid MP4."""
        return self.init + b"".join(segment.data for segment in self.segments)

    @property
    def frames(self) -> int:
        return len(self.segments) * SEGMENT_MS * FRAMES_PER_SECOND // 1000


@functools.cache
def record(start_ms: int, segments: int, *, shade: int = 0, show: Show = "moving") -> Recording:
    """A recording of `segments` segments that begins at `start_ms` (Unix ms). `shade` makes the pictures differ."""
    recording = cut(_encode(segments, shade, show), start_ms)
    assert len(recording.segments) == segments, f"{len(recording.segments)} fragments for {segments} segments"
    return recording


def cut(file: bytes, start_ms: int) -> Recording:
    """A fragmented MP4 whose fragments are `SEGMENT_MS` long, as a recording that begins at `start_ms` (Unix ms)."""
    boxes = list(_boxes(file))
    init = b"".join(data for kind, data in boxes if kind in (b"ftyp", b"moov"))
    timescales = _timescales(init)
    parts, seq = [], 0
    for (kind, moof), (_, mdat) in itertools.pairwise(boxes):
        if kind == b"moof":
            data = _moved(moof, start_ms, timescales) + mdat
            parts.append(MediaSegment(seq, start_ms + seq * SEGMENT_MS, SEGMENT_MS, data))
            seq += 1
    return Recording(start_ms, init, tuple(parts))


def prolonged(recording: Recording, segments: int) -> Recording:
    """The same pictures told over and over until there are so many segments, each moved to its time.

    The first segment and the last are told once and never: there the sound begins and ends off the beat.
    """
    timescales, source = _timescales(recording.init), recording.segments
    parts = []
    for seq in range(segments):
        told = source[0 if seq == 0 else 1 + (seq - 1) % (len(source) - 2)]
        later_ms = (seq - told.seq) * SEGMENT_MS
        (_, moof), *rest = _boxes(told.data)
        data = _moved(moof, later_ms, timescales) + b"".join(box for _, box in rest)
        parts.append(MediaSegment(seq, told.start_ms + later_ms, SEGMENT_MS, data))
    return Recording(recording.start_ms, recording.init, tuple(parts))


def decoded_frames(data: bytes) -> int:
    """How many pictures a whole MP4 file holds; fails where it does not decode."""
    with av.open(io.BytesIO(data), "r") as container:
        return len(list(container.decode(video=0)))


def first_picture_ms(data: bytes) -> int:
    """The Unix time of the first picture in a file."""
    with av.open(io.BytesIO(data), "r") as container:
        frame = next(container.decode(video=0))
        assert frame.pts is not None
        assert frame.time_base is not None
        return round(frame.pts * frame.time_base * 1000)


def _encode(segments: int, shade: int, show: Show) -> bytes:
    """One fragmented MP4 whose fragments are `SEGMENT_MS` long."""
    file = io.BytesIO()
    group = SEGMENT_MS * FRAMES_PER_SECOND // 1000
    movflags = {"movflags": "frag_keyframe+empty_moov+default_base_moof", "use_editlist": "0"}
    with av.open(file, "w", format="mp4", options=movflags) as container:
        options = {"preset": "ultrafast", "g": str(group), "sc_threshold": "0", "bf": "0", "threads": "1"}
        video = container.add_stream("libx264", rate=FRAMES_PER_SECOND, options=options)
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        audio = container.add_stream("libopus", rate=_SAMPLE_RATE, layout="mono")
        audio.bit_rate = 32_000
        for number in range(segments * group):
            container.mux(video.encode(_picture(number, shade, show)))
            container.mux(audio.encode(_sound(number)))
        container.mux(video.encode(None))
        container.mux(audio.encode(None))
    return file.getvalue()


def _picture(number: int, shade: int, show: Show) -> av.VideoFrame:
    pixels = np.full((HEIGHT, WIDTH, 3), (number * 7 + shade * 31) % 256, np.uint8)
    pixels[: HEIGHT // 4, : (number * 5) % WIDTH] = 255
    if show != "moving":
        pixels = _SHOWN[show]
    frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
    frame.pts, frame.time_base = number * 1000 // FRAMES_PER_SECOND, _MS
    return frame


def _sound(number: int) -> av.AudioFrame:
    count = _SAMPLE_RATE // FRAMES_PER_SECOND
    wave = (np.sin(np.arange(count) * 0.05 + number) * 6000).astype(np.int16)
    frame = av.AudioFrame.from_ndarray(wave[None, :], format="s16", layout="mono")
    frame.sample_rate, frame.pts, frame.time_base = _SAMPLE_RATE, number * count, Fraction(1, _SAMPLE_RATE)
    return frame


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The boxes on one level (ISO/IEC 14496-12), each with its header."""
    at = 0
    while at < len(data):
        size = int.from_bytes(data[at : at + 4])
        yield data[at + 4 : at + 8], data[at : at + size]
        at += size


def _inside(box: bytes, *path: bytes) -> Iterator[bytes]:
    """The boxes at the end of a path of containers."""
    for kind, data in _boxes(box[8:]):
        if kind == path[0]:
            yield from (_inside(data, *path[1:]) if len(path) > 1 else (data,))


def _timescales(init: bytes) -> dict[int, int]:
    """Ticks per second of each track, from version 0 of `tkhd` and `mdhd`, which is what PyAV writes."""
    moov = next(data for kind, data in _boxes(init) if kind == b"moov")
    return {
        int.from_bytes(next(_inside(trak, b"tkhd"))[20:24]): int.from_bytes(
            next(_inside(trak, b"mdia", b"mdhd"))[20:24]
        )
        for trak in _inside(moov, b"trak")
    }


def _moved(moof: bytes, start_ms: int, timescales: dict[int, int]) -> bytes:
    """The fragment with every `tfdt` (version 1, 64 bits) later by `start_ms`."""
    moved = bytearray(moof)
    for traf in _inside(moof, b"traf"):
        track_id = int.from_bytes(next(_inside(traf, b"tfhd"))[12:16])
        tfdt = next(_inside(traf, b"tfdt"))
        assert tfdt[8] == 1, "a tfdt of 32 bits cannot hold Unix time"
        at = moof.index(traf) + traf.index(tfdt) + 12
        ticks = int.from_bytes(tfdt[12:20]) + start_ms * timescales[track_id] // 1000
        moved[at : at + 8] = ticks.to_bytes(8)
    return bytes(moved)


def without_samples(segment: bytes) -> bytes:
    """A segment that says nothing and holds nothing: an empty movie fragment before empty media data."""
    assert b"moof" in segment
    return (8).to_bytes(4, "big") + b"moof" + (8).to_bytes(4, "big") + b"mdat"
