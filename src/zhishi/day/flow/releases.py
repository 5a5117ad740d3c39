"""Writing down who was given the key of the paper, in batches: at T0 everybody asks in the same second."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from zhishi.day.attempts.actions import note
from zhishi.day.attempts.rules import ServerEvent
from zhishi.foundation.adapters.batches import Batches
from zhishi.foundation.adapters.database import Database


@dataclass(frozen=True, slots=True)
class Release:
    """The key of a paper, given to an attempt at a moment."""

    attempt_id: str
    paper_id: str
    at: datetime


class Releases:
    """Keeps releases durably, many in one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._batches: Batches[Release, None] = Batches(
            self._store, size=lambda _: 1, batch_items=500, waiting_size=100_000
        )

    async def take(self, release: Release) -> None:
        """Keep durably, before the key leaves."""
        await self._batches.submit(release)

    async def drain(self) -> None:
        await self._batches.drain()

    async def _store(self, batch: Sequence[Release]) -> Sequence[None]:
        async with self._database.writing() as session:
            for one in batch:
                note(session, one.attempt_id, ServerEvent.PAPER_RELEASED, at=one.at, paper=one.paper_id)
        return [None] * len(batch)
