"""The examinations for asynchronous callers: in processes of their own, because each keeps a core busy."""

from __future__ import annotations

import asyncio
import multiprocessing
import multiprocessing.connection
import os
import signal
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Self, TypeVar

import structlog

from zhishi.foundation.kernel.errors import refusal
from zhishi.foundation.vision import service
from zhishi.foundation.vision.examinations import LoginExamination, PhotographExamination
from zhishi.foundation.vision.verification import Embedding

log = structlog.get_logger()

_Answer = TypeVar("_Answer")


# The worker died twice over the same call: the pictures, or the machine, are to blame.
VisionFailed = refusal(
    "vision_failed",
    503,
    "人脸核验暂时不能用，请再试一次；仍不行请点【申请人工核验】，由工作人员核验。",
    "The face check is not available just now. Try again, or ask for manual verification by staff.",
)
VisionBusy = refusal(
    "vision_busy",
    503,
    "正在登录的人很多，请等十几秒再点【人脸登录】；离截止时间不够时请点【申请人工核验】，截止前申请就算按时。",
    "Many people are logging in: wait some ten seconds and press face login again. If time is running out, ask for "
    "manual verification: asked for before login closes, it is in time.",
)

# At 0.3 s a call the last of them waits 20 s for one worker: longer, and browsers and people give up.
WAITING_PER_WORKER = 64


class VisionPool:
    """Worker processes for the examinations. One keeps one core busy, in some 150 MB of memory.

    The processes are spawned, not forked: a forked copy of a server has its locks and its sockets. A worker
    that dies (out of memory, killed) takes the calls under way with it; it is replaced and they are made
    once more.
    """

    def __init__(self, *, workers: int = 1) -> None:
        self._workers = workers
        self._executor = self._make_executor()
        self._closed = False
        self._waiting = 0

    async def warm_up(self) -> None:
        """Start a worker and load the engines, half a second; `EngineMissing` if one is not there.

        Without it the first candidate waits for this. One call is enough for one worker; more start as
        needed.
        """
        await self._call(service.load_engines)

    async def examine_login(self, registered: bytes | Embedding | None, frames: Sequence[bytes]) -> LoginExamination:
        """See `service.examine_login`; calls wait their turn, some 0.3 s each."""
        return await self._call(service.examine_login, registered, tuple(frames))

    async def examine_photograph(self, data: bytes) -> PhotographExamination:
        """See `service.examine_photograph`."""
        return await self._call(service.examine_photograph, data)

    def worker_ids(self) -> tuple[int, ...]:
        """Process ids of the workers that are up."""
        # The executor offers no public view of them; `_processes` has been there since Python 3.2.
        return tuple(self._executor._processes or ())

    async def close(self) -> None:
        """Drop the calls that wait, let the one under way end, and end the workers. May be called twice."""
        self._closed = True
        await asyncio.to_thread(self._executor.shutdown, wait=True, cancel_futures=True)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def _call(self, function: Callable[..., _Answer], *arguments: object) -> _Answer:
        if self._waiting >= WAITING_PER_WORKER * self._workers:
            raise VisionBusy(retry_after_s=10)
        self._waiting += 1
        try:
            return await self._perform(function, *arguments)
        finally:
            self._waiting -= 1

    async def _perform(self, function: Callable[..., _Answer], *arguments: object) -> _Answer:
        for _ in range(2):
            if self._closed:
                raise RuntimeError("the pool is closed")
            executor = self._executor
            try:
                return await asyncio.wrap_future(executor.submit(function, *arguments))
            except BrokenProcessPool:
                self._replace(executor)
        log.error("vision.worker_lost_twice", call=function.__name__)
        raise VisionFailed(retry_after_s=2)

    def _replace(self, broken: ProcessPoolExecutor) -> None:
        """Put a new executor in place of `broken`, once, however many calls found it broken."""
        if self._executor is broken and not self._closed:
            self._executor = self._make_executor()
            broken.shutdown(wait=False)

    def _make_executor(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(
            max_workers=self._workers,
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_prepare_worker,
        )


def _prepare_worker() -> None:
    """Make a fresh worker process behave: one thread, deaf to Ctrl-C, gone when its parent is gone."""
    # yuface's OpenMP and dlib's BLAS read these when they are loaded, which is later than this.
    os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"
    import cv2

    cv2.setNumThreads(1)
    # Ctrl-C in a terminal goes to the whole process group; the server ends its workers itself.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_follow_parent, name="follow-parent", daemon=True).start()


def _follow_parent() -> None:
    """End this process when its parent has died without closing the pool (the executor would wait
    forever)."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        multiprocessing.connection.wait([parent.sentinel])
        os._exit(1)
