"""Figures of a segment's frames. Decoding holds a core for some milliseconds, so it runs in a worker process."""

from __future__ import annotations

import io

import av
import numpy as np
import numpy.typing as npt
from av.error import FFmpegError

from zhishi.day.quality.rules import Figures

WIDTH, HEIGHT = 64, 48
# One frame may be the blink of a camera that has just been opened.
FRAMES = 4


def figures_of(segment: bytes) -> Figures | None:
    """The figures of an init and a segment laid end to end; None if no picture of it can be had."""
    try:
        with av.open(io.BytesIO(segment), "r") as container:
            frames = []
            for frame in container.decode(video=0):
                frames.append(_luma(frame))
                if len(frames) == FRAMES:
                    break
    except (FFmpegError, IndexError, ValueError):
        return None
    return _measure(frames) if frames else None


def _luma(frame: av.VideoFrame) -> npt.NDArray[np.float32]:
    small = frame.reformat(width=WIDTH, height=HEIGHT, format="gray")
    return small.to_ndarray().astype(np.float32)


def _measure(frames: list[npt.NDArray[np.float32]]) -> Figures:
    return Figures(
        highlight=max(float(np.percentile(frame, 95)) for frame in frames),
        spread=max(float(frame.std()) for frame in frames),
    )
