"""The bus inside one process."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator

from zhishi.foundation.ports import Message

_BACKLOG = 256


class MemoryBus:
    """Each listener has a bounded queue; a slow one loses the oldest messages, never holds up a sender."""

    def __init__(self) -> None:
        self._listeners: defaultdict[str, set[asyncio.Queue[Message]]] = defaultdict(set)

    async def publish(self, topic: str, message: Message) -> None:
        for queue in self._listeners[topic]:
            if queue.full():
                queue.get_nowait()
            queue.put_nowait(message)

    async def subscribe(self, topic: str) -> AsyncIterator[Message]:
        queue: asyncio.Queue[Message] = asyncio.Queue(_BACKLOG)
        self._listeners[topic].add(queue)
        try:
            while True:
                yield await queue.get()
        finally:
            self._listeners[topic].discard(queue)
