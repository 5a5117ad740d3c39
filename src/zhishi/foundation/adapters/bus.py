"""The bus inside one process."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from weakref import WeakSet

from zhishi.foundation.ports import Message

_BACKLOG = 256


class MemoryListener:
    """What came on a topic since the subscription; the oldest is dropped where a listener is too slow."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[Message] = asyncio.Queue(_BACKLOG)

    def __aiter__(self) -> MemoryListener:
        return self

    async def __anext__(self) -> Message:
        return await self._queue.get()

    def give(self, message: Message) -> None:
        if self._queue.full():
            self._queue.get_nowait()
        self._queue.put_nowait(message)


class MemoryBus:
    """Each listener has a bounded queue; a slow one loses the oldest messages, never holds up a sender.

    Listeners are held weakly: one that nobody reads any more is gone without having to say so.
    """

    def __init__(self) -> None:
        self._listeners: defaultdict[str, WeakSet[MemoryListener]] = defaultdict(WeakSet)

    async def publish(self, topic: str, message: Message) -> None:
        for listener in self._listeners.get(topic, ()):
            listener.give(message)

    def subscribe(self, topic: str) -> MemoryListener:
        listener = MemoryListener()
        self._listeners[topic].add(listener)
        return listener
