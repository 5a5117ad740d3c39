"""What the house needs from outside, as Protocols. Each has one contract test, run against every adapter."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from zhishi.foundation.kernel.sheets import Sheet


class BlobMissing(Exception):
    """No blob of that name, or fewer bytes than asked for."""


class NoSpace(Exception):
    """The store is full; nothing of the write is kept."""


class Blobs(Protocol):
    """Whole objects by key. A `put` that returned is durable; the same key is never written twice with other bytes."""

    async def put(self, key: str, source: bytes | Path) -> None:
        """Store. Raises `NoSpace`."""
        ...

    async def read(self, key: str, offset: int, length: int) -> bytes:
        """Exactly `length` bytes from `offset`. Raises `BlobMissing`."""
        ...

    def stream(self, key: str, offset: int, length: int) -> AsyncIterator[bytes]:
        """The same in pieces, so that memory stays flat. Raises `BlobMissing` at the first piece."""
        ...

    async def size(self, key: str) -> int | None:
        """Bytes of the blob; None if there is none."""
        ...

    async def delete(self, key: str) -> None:
        """Remove; silently if there is none."""
        ...


@dataclass(frozen=True, slots=True)
class Location:
    """Where the bytes of one part (an init or a media segment) lie: a range inside a container."""

    container: str
    offset: int
    length: int


# Whoever receives a part may do so on a sheet, which saves its copy.
Part = bytes | Sheet


class PartLost(Exception):
    """The bytes of a part are not where the index says."""


class PartStore(Protocol):
    """Where live parts go: many small appends, each durable when `append` returns.

    Containers are named by the store; a container is freed as a whole once nothing in it is needed.
    `shared` says whether a container holds many parts (a journal file) or one (an object).
    """

    shared: bool

    async def append(self, parts: Sequence[Part]) -> list[Location]:
        """Keep all parts, in order, durably; all or none. Raises `NoSpace`."""
        ...

    async def read(self, location: Location) -> bytes:
        """The bytes of a part. Raises `PartLost`."""
        ...

    async def idle_containers(self) -> list[str]:
        """Containers to which nothing more will be appended."""
        ...

    async def free(self, container: str) -> None:
        """Give a container's space back; silently if it is gone."""
        ...

    async def close(self) -> None: ...


Message = Mapping[str, Any]


class Bus(Protocol):
    """Messages to whoever listens now. Losing one loses nothing: what is owed is read from the database (law 3)."""

    async def publish(self, topic: str, message: Message) -> None: ...

    def subscribe(self, topic: str) -> AsyncIterator[Message]:
        """Messages of a topic from now on; a listener that is too slow loses the oldest."""
        ...


@dataclass(frozen=True, slots=True)
class Duty:
    """Something owed: `due` reads from the database what is due and not done; `perform` does one, idempotently."""

    name: str
    due: Callable[[], Awaitable[Sequence[Any]]]
    perform: Callable[[Any], Awaitable[None]]


class Jobs(Protocol):
    """Whoever performs the duties."""

    def register(self, duty: Duty) -> None: ...

    def hint(self, name: str) -> None:
        """Something of this duty may be due now: look sooner. Never necessary."""
        ...
