"""Footage of the size and length of an exam's, made in seconds: a short piece is encoded, then told over and over.

H.264 and Opus at the recorder's settings. Each telling is moved in time as a recorder that goes on would have it.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from fractions import Fraction

import av
import numpy as np
from tests.factories.media import SEGMENT_MS, Recording, cut, prolonged

PIECE_S = 20
_SAMPLE_RATE = 48_000


@dataclass(frozen=True, slots=True)
class Shape:
    """What a track looks like: pixels, pictures a second, bits a second of picture."""

    width: int
    height: int
    rate: int
    bit_rate: int


CAMERA = Shape(640, 480, 15, 450_000)
SCREEN = Shape(1280, 720, 5, 600_000)


def film(shape: Shape, *, start_ms: int, seconds: int) -> Recording:
    """A recording of so many seconds from `start_ms` (Unix ms)."""
    return prolonged(cut(_encode(shape), start_ms), seconds * 1000 // SEGMENT_MS)


def _encode(shape: Shape) -> bytes:
    """`PIECE_S` seconds as one fragmented MP4 whose fragments are a segment long."""
    file, scene = io.BytesIO(), _scene(shape)
    group = str(shape.rate * SEGMENT_MS // 1000)
    movflags = {"movflags": "frag_keyframe+empty_moov+default_base_moof", "use_editlist": "0"}
    with av.open(file, "w", format="mp4", options=movflags) as container:
        options = {"preset": "ultrafast", "g": group, "sc_threshold": "0", "bf": "0"}
        video = container.add_stream("libx264", rate=shape.rate, options=options)
        video.width, video.height, video.pix_fmt, video.bit_rate = shape.width, shape.height, "yuv420p", shape.bit_rate
        audio = container.add_stream("libopus", rate=_SAMPLE_RATE, layout="mono")
        audio.bit_rate = 32_000
        for number in range(PIECE_S * shape.rate):
            frame = av.VideoFrame.from_ndarray(np.roll(scene, number * 3, axis=1), format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, shape.rate)
            container.mux(video.encode(frame))
            container.mux(audio.encode(_sound(number, _SAMPLE_RATE // shape.rate)))
        container.mux(video.encode(None))
        container.mux(audio.encode(None))
    return file.getvalue()


def _scene(shape: Shape) -> np.ndarray:
    """A picture with something in it at every scale, and the noise of a camera."""
    noise = np.random.default_rng(shape.rate)
    coarse = noise.integers(0, 256, (shape.height // 16, shape.width // 16, 3), np.uint8)
    return np.kron(coarse, np.ones((16, 16, 1), np.uint8)) // 2 + noise.integers(0, 8, 1, np.uint8)


def _sound(number: int, count: int) -> av.AudioFrame:
    wave = (np.sin(np.arange(count) * 0.05 + number) * 6000).astype(np.int16)
    frame = av.AudioFrame.from_ndarray(wave[None, :], format="s16", layout="mono")
    frame.sample_rate, frame.pts, frame.time_base = _SAMPLE_RATE, number * count, Fraction(1, _SAMPLE_RATE)
    return frame
