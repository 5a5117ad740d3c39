"""Whose turn it is: a lock that coroutines and threads share, first come, first served."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import Future
from contextlib import asynccontextmanager, contextmanager


class Turns:
    """One at a time. A lock of asyncio's is no use to a thread, one of threads would stop the event loop."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._taken = False
        self._waiting: deque[Future[None]] = deque()

    @asynccontextmanager
    async def awaited(self) -> AsyncIterator[None]:
        """For a coroutine."""
        turn = self._ask()
        if turn is not None:
            try:
                await asyncio.wrap_future(turn)
            except asyncio.CancelledError:
                # The turn may have come in the same moment: then it is ours to pass on.
                if not turn.cancel():
                    self._pass_on()
                raise
        try:
            yield
        finally:
            self._pass_on()

    @contextmanager
    def blocking(self) -> Iterator[None]:
        """For a thread."""
        turn = self._ask()
        if turn is not None:
            turn.result()
        try:
            yield
        finally:
            self._pass_on()

    def _ask(self) -> Future[None] | None:
        """None if it is the caller's turn at once."""
        with self._guard:
            if not self._taken:
                self._taken = True
                return None
            turn: Future[None] = Future()
            self._waiting.append(turn)
            return turn

    def _pass_on(self) -> None:
        """To the next who still waits."""
        while True:
            with self._guard:
                if not self._waiting:
                    self._taken = False
                    return
                turn = self._waiting.popleft()
            if turn.set_running_or_notify_cancel():
                turn.set_result(None)
                return
