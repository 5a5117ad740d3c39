"""Looking into recordings: every frame with its server time, decoded by PyAV."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import av
import numpy as np
import numpy.typing as npt

from tests.e2e.exam import Exam

PATIENCE_S = 60


@dataclass(frozen=True, slots=True)
class Frame:
    """A decoded frame: server time in seconds and picture (height × width × 3, RGB)."""

    at: float
    picture: npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Recording:
    """A settled file, decoded from beginning to end without an error."""

    frames: list[Frame]
    audio: npt.NDArray[np.float32]
    audio_rate: int


def settled_record(exam: Exam, attempt_id: str) -> dict[str, Any]:
    """The record of an attempt once all its epochs are settled."""

    def settled(record: dict[str, Any]) -> bool:
        epochs = [epoch for one in record["tracks"] for epoch in one["recordings"]]
        return bool(epochs) and all(epoch["settled"] for epoch in epochs)

    return _record_when(exam, attempt_id, settled)


def wait_for_recordings(exam: Exam, attempt_id: str, kind: str, count: int) -> None:
    """Until the server holds something of so many recordings of a track."""
    _record_when(exam, attempt_id, lambda record: len(track(record, kind)["recordings"]) >= count)


def _record_when(exam: Exam, attempt_id: str, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The record of an attempt once something holds of it."""
    deadline = time.monotonic() + PATIENCE_S
    while not holds(record := exam.record(attempt_id)):
        if time.monotonic() > deadline:
            raise AssertionError([(one["kind"], one["recordings"]) for one in record["tracks"]])
        time.sleep(0.5)
    return record


def track(record: dict[str, Any], kind: str) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in record["tracks"] if one["kind"] == kind)
    return found


def download(exam: Exam, epoch: dict[str, Any]) -> bytes:
    """The bytes of a settled file, as the officer downloads them."""
    with exam.client("officer") as officer:
        answer = officer.get(epoch["download_url"])
    answer.raise_for_status()
    return answer.content


def decode(data: bytes) -> Recording:
    """Decode every packet; PyAV raises on the first that is damaged."""
    frames: list[Frame] = []
    samples: list[npt.NDArray[np.float32]] = []
    rate = 0
    with av.open(io.BytesIO(data)) as container:
        for packet in container.demux():
            for frame in packet.decode():
                if isinstance(frame, av.VideoFrame):
                    assert frame.time is not None
                    frames.append(Frame(frame.time, frame.to_ndarray(format="rgb24")))
                elif isinstance(frame, av.AudioFrame):
                    rate = frame.sample_rate
                    samples.append(frame.to_ndarray().astype(np.float32).mean(axis=0))
    sound = np.concatenate(samples) if samples else np.zeros(0, np.float32)
    return Recording(frames, sound, rate)
