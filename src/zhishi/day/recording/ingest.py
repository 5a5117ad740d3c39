"""Ingest: a segment is acknowledged when its digest is checked and bytes and index are durable (law 6).

The path is short on purpose: read the body, hash it, look at its boxes, hand it to the batch. A batch appends all
bytes to the part store (one sync), then commits all index rows in one transaction (one sync). Only then is any of
its requests answered. The order matters: a row never names bytes that might not be there.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import select, tuple_
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncSession

from zhishi.day.recording.models import Epoch, Segment, Track
from zhishi.foundation.adapters.batches import Batches
from zhishi.foundation.adapters.database import Database
from zhishi.foundation.kernel.clock import Clock, to_ms
from zhishi.foundation.kernel.errors import refusal
from zhishi.foundation.ports import Jobs, Location, PartStore

SegmentConflict = refusal(
    "segment_conflict",
    409,
    "这个分片编号下已经有内容不同的录像，两份都不会丢失：本机副本请保留，并联系技术服务。",
    "Other footage is already stored under this number. Neither is lost: keep this device and call support.",
)

K = TypeVar("K")
V = TypeVar("V")
Name = tuple[str, int, int]  # (track, epoch, seq)
INIT_SEQ = -1


@dataclass(frozen=True, slots=True)
class Arrival:
    """A checked init (seq −1) or media segment, ready to be stored."""

    track_id: str
    epoch: int
    seq: int
    start_ms: int
    duration_ms: int
    sha256: bytes
    data: bytes

    @property
    def name(self) -> Name:
        return self.track_id, self.epoch, self.seq


@dataclass(frozen=True, slots=True)
class Stored:
    """The acknowledgement: `new` is false if the same bytes were there already."""

    new: bool
    received_ms: int


class Ingest:
    """Takes arrivals and makes them durable in batches."""

    def __init__(self, database: Database, parts: PartStore, clock: Clock, jobs: Jobs) -> None:
        self._database = database
        self._parts = parts
        self._clock = clock
        self._jobs = jobs
        self._batches: Batches[Arrival, Stored] = Batches(self._store, size=lambda one: len(one.data))
        self._owners: OrderedDict[str, str] = OrderedDict()
        self._epochs_seen: OrderedDict[tuple[str, int], None] = OrderedDict()
        # Held while bytes are appended and not yet indexed, so that nobody frees their container in between.
        self.appending = asyncio.Lock()

    async def take(self, arrival: Arrival) -> Stored:
        """Store durably. Raises `SegmentConflict`, `NoSpace`, `QueueFull`."""
        return await self._batches.submit(arrival)

    async def owner_of(self, track_id: str) -> str | None:
        """The attempt that a track belongs to; None if there is no such track. That never changes, so it is kept."""
        known = self._owners.get(track_id)
        if known is not None:
            return known
        async with self._database.reading() as session:
            owner = await session.scalar(select(Track.attempt_id).where(Track.id == track_id))
        if owner is not None:
            _remember(self._owners, track_id, owner)
        return owner

    async def drain(self) -> None:
        """Wait until everything handed in is durable."""
        await self._batches.drain()

    async def _store(self, batch: Sequence[Arrival]) -> Sequence[Stored | Exception]:
        known = await self._known([arrival.name for arrival in batch])
        fresh: dict[Name, Arrival] = {}
        for arrival in batch:
            if arrival.name not in known:
                fresh.setdefault(arrival.name, arrival)
        received_ms = to_ms(self._clock.now())
        if fresh:
            new = list(fresh.values())
            async with self.appending:
                locations = await self._parts.append([arrival.data for arrival in new])
                known.update(await self._index(new, locations, received_ms))
        return [self._answer(arrival, fresh, known, received_ms) for arrival in batch]

    def _answer(
        self, arrival: Arrival, fresh: dict[Name, Arrival], known: dict[Name, bytes], received_ms: int
    ) -> Stored | Exception:
        if known.get(arrival.name, arrival.sha256) != arrival.sha256:
            return SegmentConflict(epoch=arrival.epoch, seq=arrival.seq)
        return Stored(new=fresh.get(arrival.name) is arrival, received_ms=received_ms)

    async def _known(self, names: Sequence[Name]) -> dict[Name, bytes]:
        """Digests of what is already stored under these names."""
        async with self._database.reading() as session:
            return await _digests(session, names)

    async def _index(
        self, arrivals: Sequence[Arrival], locations: Sequence[Location], received_ms: int
    ) -> dict[Name, bytes]:
        """Commit the index rows. Returns what other processes stored under these names in the meantime."""
        placed = list(zip(arrivals, locations, strict=True))
        async with self._database.writing() as session:
            await self._open_epochs(session, {(one.track_id, one.epoch) for one in arrivals})
            lost = await _insert_segments(session, [pair for pair in placed if pair[0].seq != INIT_SEQ], received_ms)
            for arrival, place in placed:
                if arrival.seq == INIT_SEQ and not await _set_init(session, arrival, place):
                    lost.append(arrival.name)
            raced = await _digests(session, lost)
        for arrival in arrivals:
            _remember(self._epochs_seen, (arrival.track_id, arrival.epoch), None)
        if any(arrival.seq == INIT_SEQ for arrival in arrivals):
            self._jobs.hint("settle")
        return raced

    async def _open_epochs(self, session: AsyncSession, keys: set[tuple[str, int]]) -> None:
        unseen = [key for key in sorted(keys) if key not in self._epochs_seen]
        await open_epochs(session, unseen)


async def open_epochs(session: AsyncSession, keys: Sequence[tuple[str, int]]) -> None:
    """Make sure that epochs have their rows."""
    if keys:
        statement = _insert(session)(Epoch).on_conflict_do_nothing()
        await session.execute(statement, [{"track_id": track, "epoch": epoch} for track, epoch in keys])


async def _insert_segments(
    session: AsyncSession, placed: Sequence[tuple[Arrival, Location]], received_ms: int
) -> list[Name]:
    """Insert index rows. Returns the names that were taken."""
    if not placed:
        return []
    rows = [
        {
            "track_id": one.track_id,
            "epoch": one.epoch,
            "seq": one.seq,
            "start_ms": one.start_ms,
            "duration_ms": one.duration_ms,
            "sha256": one.sha256,
            "container": place.container,
            "offset": place.offset,
            "length": place.length,
            "received_ms": received_ms,
        }
        for one, place in placed
    ]
    statement = _insert(session)(Segment).on_conflict_do_nothing()
    if session.get_bind().dialect.name == "sqlite":
        # The single writer looked before it wrote: nothing can have come in between, and RETURNING costs time.
        await session.execute(statement, rows)
        return []
    kept = await session.execute(statement.values(rows).returning(Segment.track_id, Segment.epoch, Segment.seq))
    inserted = {tuple(row) for row in kept}
    return [one.name for one, _ in placed if one.name not in inserted]


async def _set_init(session: AsyncSession, arrival: Arrival, place: Location) -> bool:
    epoch = await session.get(Epoch, (arrival.track_id, arrival.epoch), with_for_update=True)
    assert epoch is not None
    if epoch.init_sha256 is not None:
        return False
    epoch.init_sha256 = arrival.sha256
    epoch.init_container, epoch.init_offset, epoch.init_length = place.container, place.offset, place.length
    return True


async def _digests(session: AsyncSession, names: Sequence[Name]) -> dict[Name, bytes]:
    found: dict[Name, bytes] = {}
    media = [name for name in names if name[2] != INIT_SEQ]
    inits = [name[:2] for name in names if name[2] == INIT_SEQ]
    if media:
        rows = await session.execute(
            select(Segment.track_id, Segment.epoch, Segment.seq, Segment.sha256).where(
                tuple_(Segment.track_id, Segment.epoch, Segment.seq).in_(media)
            )
        )
        found.update({(track, epoch, seq): digest for track, epoch, seq, digest in rows})
    if inits:
        epochs = await session.execute(
            select(Epoch.track_id, Epoch.epoch, Epoch.init_sha256).where(
                tuple_(Epoch.track_id, Epoch.epoch).in_(inits), Epoch.init_sha256.is_not(None)
            )
        )
        found.update({(track, epoch, INIT_SEQ): digest for track, epoch, digest in epochs if digest is not None})
    return found


def _insert(session: AsyncSession) -> Any:
    """The dialect's own INSERT, which knows ON CONFLICT; SQLAlchemy gives the two no common type."""
    return sqlite_insert if session.get_bind().dialect.name == "sqlite" else pg_insert


def _remember(memory: OrderedDict[K, V], key: K, value: V, *, most: int = 100_000) -> None:
    """Keep the newest entries of what never changes."""
    memory[key] = value
    if len(memory) > most:
        memory.popitem(last=False)
