"""Does a recording decode? Runs in a worker process, because decoding holds a core for seconds."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

import av
from av.error import FFmpegError

Given = TypeVar("Given")
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Inspection:
    """What decoding a settled file showed: video frames, audio packets, and the first problem if there was one.

    `failed_at` are the places in the file, in bytes, of the packets that do not decode.
    """

    frames: int
    audio_frames: int
    problem: str | None
    failed_at: tuple[int, ...] = ()


def inspect_recording(path: str) -> Inspection:
    """Decode a whole MP4 file, picture and sound."""
    frames = audio_frames = 0
    problem: str | None = None
    failed_at: list[int] = []
    try:
        with av.open(path) as container:
            for packet in container.demux():
                try:
                    for frame in packet.decode():
                        if isinstance(frame, av.VideoFrame):
                            frames += 1
                        else:
                            audio_frames += 1
                except FFmpegError as error:
                    problem = problem or f"{type(error).__name__} after {frames} frames"
                    if packet.pos is not None:
                        failed_at.append(packet.pos)
    except FFmpegError as error:
        problem = problem or f"{type(error).__name__}: the file cannot be opened"
    if frames == 0 and problem is None:
        problem = "no picture in the file"
    return Inspection(frames, audio_frames, problem, tuple(failed_at))


class Inspector:
    """One worker process that decodes; started when first needed."""

    def __init__(self) -> None:
        self._pool: ProcessPoolExecutor | None = None

    async def inspect(self, path: Path) -> Inspection:
        """Decode a file without holding up the event loop."""
        return await self.run(inspect_recording, str(path))

    async def run(self, work: Callable[[Given], Found], given: Given) -> Found:
        """Do a piece of decoding, a function of its module, in the worker process."""
        if self._pool is None:
            # spawn: a fork of a process with running threads may hang. Nice: ingest goes first.
            self._pool = ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=os.nice, initargs=(10,))
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, work, given)
        except Exception:
            # A worker that died (memory, a signal) must not spoil the next file; the reconciler comes back to this one.
            self.close()
            raise

    def close(self) -> None:
        if self._pool is not None:
            with contextlib.suppress(Exception):
                self._pool.shutdown(wait=False, cancel_futures=True)
            self._pool = None
