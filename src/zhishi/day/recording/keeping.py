"""Keeping a batch: its bytes durable first, then its index rows.

On one machine, with journal and SQLite, a thread does both without coming back to the event loop in between: the loop
has a dozen bodies to receive before it would look, and that wait is longer than either sync. Elsewhere both are
services to be awaited.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from zhishi.day.recording.arrivals import Arrival, Name
from zhishi.day.recording.indexing import EpochKey, index_parts
from zhishi.foundation.adapters.database import Database
from zhishi.foundation.adapters.parts import Journal
from zhishi.foundation.ports import PartStore

# One writes the bytes of its batch, one the index of the batch before; the third has the next batch ready.
AT_WORK = 3


class Keeper(Protocol):
    """Whoever makes batches durable."""

    async def keep(
        self, arrivals: Sequence[Arrival], *, epochs: Sequence[EpochKey], received_ms: int
    ) -> Mapping[Name, bytes]:
        """See `index_parts`. Raises `NoSpace`."""
        ...

    def close(self) -> None: ...


class HomeKeeper:
    """Journal and SQLite, each written by one thread at a time."""

    def __init__(self, journal: Journal, database: Database) -> None:
        self._journal = journal
        self._database = database
        self._threads = ThreadPoolExecutor(AT_WORK, thread_name_prefix="keeper")

    async def keep(
        self, arrivals: Sequence[Arrival], *, epochs: Sequence[EpochKey], received_ms: int
    ) -> Mapping[Name, bytes]:
        def work() -> Mapping[Name, bytes]:
            places = self._journal.append_here([arrival.data for arrival in arrivals])
            placed = list(zip(arrivals, places, strict=True))
            return self._database.write_here(
                lambda connection: index_parts(connection, placed, epochs=epochs, received_ms=received_ms)
            )

        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def close(self) -> None:
        self._threads.shutdown()


class ServiceKeeper:
    """Any part store and any database."""

    def __init__(self, parts: PartStore, database: Database) -> None:
        self._parts = parts
        self._database = database

    async def keep(
        self, arrivals: Sequence[Arrival], *, epochs: Sequence[EpochKey], received_ms: int
    ) -> Mapping[Name, bytes]:
        places = await self._parts.append([arrival.data for arrival in arrivals])
        placed = list(zip(arrivals, places, strict=True))
        return await self._database.write_at_once(
            lambda connection: index_parts(connection, placed, epochs=epochs, received_ms=received_ms)
        )

    def close(self) -> None:
        return


def open_keeper(parts: PartStore, database: Database) -> Keeper:
    """The keeper for these two."""
    if isinstance(parts, Journal) and database.is_sqlite:
        return HomeKeeper(parts, database)
    return ServiceKeeper(parts, database)
