"""What phones say of themselves every four seconds, written in batches like the computers' heartbeats."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Table, bindparam, update

from zhishi.day.binding.models import Binding
from zhishi.foundation.adapters.batches import Batches
from zhishi.foundation.adapters.database import Database
from zhishi.foundation.kernel.clock import Clock


@dataclass(frozen=True, slots=True)
class PhoneWord:
    """The last word of a bound phone."""

    binding_id: str
    state: dict[str, Any]


class PhoneStates:
    """Takes the words of phones and keeps the newest of each."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._batches: Batches[PhoneWord, None] = Batches(self._store, size=lambda _: 1, waiting_size=10_000)

    async def take(self, word: PhoneWord) -> None:
        """Keep durably. Raises `QueueFull`."""
        await self._batches.submit(word)

    async def drain(self) -> None:
        await self._batches.drain()

    async def _store(self, batch: Sequence[PhoneWord]) -> Sequence[None]:
        table = Binding.__table__
        assert isinstance(table, Table)
        # A phone that was replaced has no state any more; it only uploads what it still holds.
        heard = (
            update(table)
            .where(table.c.id == bindparam("binding"), table.c.ended_at.is_(None))
            .values(last_heard_at=bindparam("at"), state=bindparam("word"))
        )
        newest = {one.binding_id: one.state for one in batch}
        at = self._clock.now()
        rows = [{"binding": key, "at": at, "word": state} for key, state in sorted(newest.items())]
        async with self._database.writing() as session:
            await (await session.connection()).execute(heard, rows)
        return [None] * len(batch)
