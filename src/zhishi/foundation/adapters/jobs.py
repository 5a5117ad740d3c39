"""The reconciler: asks each duty what is due and not done, and does it (law 3).

A hint only shortens the pause. A duty that fails is logged and asked again at the next round, later each time,
so that one broken recording never stops the others.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import Any

import structlog

from zhishi.foundation.kernel.clock import Clock
from zhishi.foundation.ports import Duty

log = structlog.get_logger()

ROUND_S = 5.0
_PAUSE_MAX_ROUNDS = 64


class Reconciler:
    """Performs duties inside this process, one after another."""

    def __init__(self, clock: Clock, *, round_s: float = ROUND_S) -> None:
        self._clock = clock
        self._round_s = round_s
        self._duties: dict[str, Duty] = {}
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._failures: defaultdict[tuple[str, Any], int] = defaultdict(int)
        self._pause: dict[tuple[str, Any], int] = {}

    def register(self, duty: Duty) -> None:
        self._duties[duty.name] = duty

    def hint(self, name: str) -> None:
        self._wake.set()

    async def run_once(self) -> int:
        """One round over all duties. Returns how many things were done."""
        done = 0
        for duty in self._duties.values():
            try:
                due = await duty.due()
            except Exception:
                log.exception("duty.due_failed", duty=duty.name)
                continue
            for key in due:
                done += await self._perform(duty, key)
        return done

    async def _perform(self, duty: Duty, key: Any) -> int:
        mark = (duty.name, key)
        if self._pause.get(mark, 0) > 0:
            self._pause[mark] -= 1
            return 0
        try:
            await duty.perform(key)
        except Exception:
            self._failures[mark] += 1
            self._pause[mark] = min(2 ** self._failures[mark], _PAUSE_MAX_ROUNDS)
            log.exception("duty.failed", duty=duty.name, key=str(key), failures=self._failures[mark])
            return 0
        self._failures.pop(mark, None)
        self._pause.pop(mark, None)
        return 1

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="reconciler")

    async def _run(self) -> None:
        while True:
            self._wake.clear()
            await self.run_once()
            try:
                await asyncio.wait_for(self._wake.wait(), self._round_s)
            except TimeoutError:
                continue

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None
