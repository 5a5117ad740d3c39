"""Ingest: a segment is acknowledged when its digest is checked and bytes and index are durable (law 6).

The path is short on purpose: what arrives was checked while it was received; its bytes are appended to the part store
with those of its batch (one sync), then all index rows of the batch are committed in one transaction (one sync). Only
then is any of its requests answered. The order matters: a row never names bytes that might not be there.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import select

from zhishi.day.recording.arrivals import INIT_SEQ, Arrival, Name, Stored
from zhishi.day.recording.indexing import EpochKey, digests_of
from zhishi.day.recording.keeping import AT_WORK, open_keeper
from zhishi.day.recording.models import Track
from zhishi.day.recording.rules import TrackKind
from zhishi.foundation.adapters.batches import Batches
from zhishi.foundation.adapters.database import Database
from zhishi.foundation.kernel.clock import Clock, to_ms
from zhishi.foundation.kernel.errors import refusal
from zhishi.foundation.ports import Jobs, PartStore

SegmentConflict = refusal(
    "segment_conflict",
    409,
    "这个分片编号下已经有内容不同的录像，两份都不会丢失：本机副本请保留，并联系技术服务。",
    "Other footage is already stored under this number. Neither is lost: keep this device and call support.",
)

K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose a track is, and which one."""

    attempt_id: str
    kind: TrackKind


class Ingest:
    """Takes arrivals and makes them durable in batches."""

    def __init__(self, database: Database, parts: PartStore, clock: Clock, jobs: Jobs) -> None:
        self._database = database
        self._keeper = open_keeper(parts, database)
        self._clock = clock
        self._jobs = jobs
        self._batches: Batches[Arrival, Stored] = Batches(self._store, size=lambda one: len(one.data), at_work=AT_WORK)
        self._owners: OrderedDict[str, Owner] = OrderedDict()
        self._epochs_seen: OrderedDict[EpochKey, None] = OrderedDict()
        self._gate = asyncio.Lock()
        self._unindexed = 0
        self._all_indexed = asyncio.Event()

    async def take(self, arrival: Arrival) -> Stored:
        """Store durably. Raises `SegmentConflict`, `NoSpace`, `QueueFull`."""
        return await self._batches.submit(arrival)

    async def holds(self, arrival: Arrival) -> bool:
        """Whether an arrival of this name and digest is there already: who asks need not write its bytes again."""
        async with self._database.reading() as session:
            connection = await session.connection()
            held = await connection.run_sync(digests_of, [arrival.name])
        return held.get(arrival.name) == arrival.sha256

    def hand_in(self, arrival: Arrival) -> asyncio.Future[Stored]:
        """The same for whoever is no coroutine. `QueueFull` is raised at once, the others when the future is done."""
        return self._batches.hand_in(arrival)

    def known_owner(self, track_id: str) -> Owner | None:
        """Whose track it is, if that was asked before; None says nothing."""
        return self._owners.get(track_id)

    async def owner_of(self, track_id: str) -> Owner | None:
        """Whose track it is; None if there is no such track. That never changes, so it is kept."""
        known = self.known_owner(track_id)
        if known is not None:
            return known
        async with self._database.reading() as session:
            found = (
                await session.execute(select(Track.attempt_id, Track.kind).where(Track.id == track_id))
            ).one_or_none()
        if found is None:
            return None
        owner = Owner(found[0], TrackKind(found[1]))
        _remember(self._owners, track_id, owner)
        return owner

    async def drain(self) -> None:
        """Wait until everything handed in is durable."""
        await self._batches.drain()

    async def close(self) -> None:
        """Nothing more is handed in."""
        await self.drain()
        self._keeper.close()

    async def _store(self, batch: Sequence[Arrival]) -> Sequence[Stored | Exception]:
        fresh: dict[Name, Arrival] = {}
        for arrival in batch:
            fresh.setdefault(arrival.name, arrival)
        received_ms = to_ms(self._clock.now())
        # In the order of their names: two batches that wait for each other's rows would never end.
        held = await self._keep([fresh[name] for name in sorted(fresh)], received_ms)
        return [self._answer(arrival, fresh[arrival.name], held, received_ms) for arrival in batch]

    def _answer(
        self, arrival: Arrival, first: Arrival, held: Mapping[Name, bytes], received_ms: int
    ) -> Stored | Exception:
        """`first` is the one of this name that went to the store; `held` has what was there before it."""
        if held.get(arrival.name, first.sha256) != arrival.sha256:
            return SegmentConflict(epoch=arrival.epoch, seq=arrival.seq)
        return Stored(new=first is arrival and arrival.name not in held, received_ms=received_ms)

    async def _keep(self, arrivals: Sequence[Arrival], received_ms: int) -> Mapping[Name, bytes]:
        """Make arrivals durable. Returns the digests of those whose names were taken before."""
        epochs = {(arrival.track_id, arrival.epoch) for arrival in arrivals}
        unseen = sorted(epochs - self._epochs_seen.keys())
        async with self._between_bytes_and_index():
            held = await self._keeper.keep(arrivals, epochs=unseen, received_ms=received_ms)
        for key in unseen:
            _remember(self._epochs_seen, key, None)
        if any(arrival.seq == INIT_SEQ for arrival in arrivals):
            self._jobs.hint("settle")
        return held

    @asynccontextmanager
    async def _between_bytes_and_index(self) -> AsyncIterator[None]:
        async with self._gate:
            self._unindexed += 1
        try:
            yield
        finally:
            self._unindexed -= 1
            if self._unindexed == 0:
                self._all_indexed.set()

    @asynccontextmanager
    async def paused(self) -> AsyncIterator[None]:
        """While the block runs, no bytes lie in a container unindexed: whoever frees containers needs that."""
        async with self._gate:
            while self._unindexed:
                self._all_indexed.clear()
                await self._all_indexed.wait()
            yield


def _remember(memory: OrderedDict[K, V], key: K, value: V, *, most: int = 100_000) -> None:
    """Keep the newest entries of what never changes."""
    memory[key] = value
    if len(memory) > most:
        memory.popitem(last=False)
