"""Does a recording decode? Runs in a worker process, because decoding holds a core for seconds."""

from __future__ import annotations

import asyncio
import bisect
import contextlib
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any, TypeVar

import av
from av import Packet, VideoFrame, VideoStream

Given = TypeVar("Given")
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Inspection:
    """What decoding a settled file showed: video frames, audio packets, and the first problem if there was one.

    `undecodable` are the segments, counted in their order in the file from 0, that show no picture at all or hold a
    picture that does not decode.
    """

    frames: int
    audio_frames: int
    problem: str | None
    undecodable: tuple[int, ...] = ()


def inspect_recording(given: tuple[str, Sequence[int]]) -> Inspection:
    """Decode a whole MP4 file, picture and sound: its path, and where in it each of its segments begins, in bytes.

    Files come from strangers: whatever a decoder does with one is a problem of that file and of nobody else.
    """
    path, starts = given
    seen = _Seen(starts)
    try:
        with av.open(path) as container:
            for packet in container.demux([one for one in container.streams if one.type in ("video", "audio")]):
                _decode(packet, seen)
    except Exception as error:
        seen.trouble(f"{type(error).__name__}: the file cannot be read")
    if seen.frames == 0:
        seen.trouble("no picture in the file")
    return Inspection(seen.frames, seen.audio_frames, seen.problem, seen.undecodable)


def _decode(packet: Packet[Any], seen: _Seen) -> None:
    picture = isinstance(packet.stream, VideoStream)
    # Frames come out later than their packets went in; their times tell which is whose.
    if picture and packet.pts is not None and packet.pos is not None:
        seen.places[packet.pts] = packet.pos
    try:
        for frame in packet.decode():
            if isinstance(frame, VideoFrame):
                seen.see(frame.pts)
            else:
                seen.audio_frames += 1
    except Exception as error:
        seen.trouble(f"{type(error).__name__} after {seen.frames} frames")
        if picture and packet.pos is not None:
            seen.failed.add(seen.segment_at(packet.pos))


class _Seen:
    """What was found in a file so far."""

    def __init__(self, starts: Sequence[int]) -> None:
        self._starts = starts
        self._showing: set[int] = set()
        self.frames = self.audio_frames = 0
        self.problem: str | None = None
        # Where the packet of a picture lies, by its time in the stream's unit.
        self.places: dict[int, int] = {}
        self.failed: set[int] = set()

    def trouble(self, words: str) -> None:
        self.problem = self.problem or words

    def see(self, pts: int | None) -> None:
        self.frames += 1
        place = None if pts is None else self.places.get(pts)
        if place is not None:
            self._showing.add(self.segment_at(place))

    def segment_at(self, place: int) -> int:
        """Which segment a place in the file belongs to; -1 before the first."""
        return bisect.bisect_right(self._starts, place) - 1

    @property
    def undecodable(self) -> tuple[int, ...]:
        return tuple(n for n in range(len(self._starts)) if n not in self._showing or n in self.failed)


class Inspector:
    """One worker process that decodes; started when first needed."""

    def __init__(self) -> None:
        self._pool: ProcessPoolExecutor | None = None

    async def inspect(self, path: Path, starts: Sequence[int]) -> Inspection:
        """Decode a file without holding up the event loop; `starts` as for `inspect_recording`."""
        return await self.run(inspect_recording, (str(path), starts))

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
