"""Group commit: many callers, one transaction.

Callers hand in items and wait; while batches are being made durable the next one gathers. Under load the cost of a
sync is shared by a whole batch, alone a caller waits for one sync. An item's answer is given only after the batch
that holds it is durable. With two at work, the bytes of one batch are written while the index of the other is.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")
Answer = TypeVar("Answer")

# Answers in the order of the items; an exception as an answer is raised to that item's caller alone.
Handler = Callable[[Sequence[Item]], Awaitable[Sequence[Answer | Exception]]]


class QueueFull(Exception):
    """More is waiting than can be kept in memory."""


class Batches(Generic[Item, Answer]):
    """Gathers items and hands them to `handler`, at most `at_work` batches at a time."""

    def __init__(
        self,
        handler: Handler[Item, Answer],
        *,
        size: Callable[[Item], int],
        batch_items: int = 64,
        batch_size: int = 16 * 2**20,
        waiting_size: int = 192 * 2**20,
        at_work: int = 1,
    ) -> None:
        self._handler = handler
        self._size = size
        self._batch_items = batch_items
        self._batch_size = batch_size
        self._waiting_size = waiting_size
        self._queued: deque[tuple[Item, asyncio.Future[Answer]]] = deque()
        self._queued_size = 0
        self._at_work = at_work
        self._workers: set[asyncio.Task[None]] = set()

    async def submit(self, item: Item) -> Answer:
        """The handler's answer, once durable. Raises `QueueFull` at once rather than run out of memory."""
        return await self.hand_in(item)

    def hand_in(self, item: Item) -> asyncio.Future[Answer]:
        """The same for whoever is no coroutine: the answer to come."""
        size = self._size(item)
        if self._queued_size + size > self._waiting_size:
            raise QueueFull
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._queued.append((item, answer))
        self._queued_size += size
        if len(self._workers) < self._at_work:
            self._workers.add(asyncio.create_task(self._work(), name="batches"))
        return answer

    async def _work(self) -> None:
        try:
            await self._empty_the_queue()
        finally:
            # Here and not in a callback of the task: whoever hands in next must not count on a worker that has left.
            me = asyncio.current_task()
            assert me is not None
            self._workers.discard(me)

    async def _empty_the_queue(self) -> None:
        while self._queued:
            batch = self._take()
            try:
                answers = await self._handler([item for item, _ in batch])
                if len(answers) != len(batch):
                    raise ValueError(f"{len(answers)} answers to {len(batch)} items")
            except Exception as error:
                answers = [error] * len(batch)
            for (_, waiting), answer in zip(batch, answers, strict=True):
                if waiting.done():  # The caller went away; what it sent is kept all the same.
                    continue
                if isinstance(answer, Exception):
                    waiting.set_exception(answer)
                else:
                    waiting.set_result(answer)

    def _take(self) -> list[tuple[Item, asyncio.Future[Answer]]]:
        batch: list[tuple[Item, asyncio.Future[Answer]]] = []
        size = 0
        while self._queued and len(batch) < self._batch_items:
            size += self._size(self._queued[0][0])
            if batch and size > self._batch_size:
                break
            batch.append(self._queued.popleft())
        self._queued_size -= sum(self._size(item) for item, _ in batch)
        return batch

    async def drain(self) -> None:
        """Wait until everything handed in is answered."""
        while self._workers:
            await asyncio.gather(*self._workers, return_exceptions=True)
