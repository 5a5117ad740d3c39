"""Ingest: a segment is acknowledged when its digest is checked and bytes and index are durable (law 6).

The path is short on purpose: read the body, look at its boxes, hand it to the batch. A batch is hashed, its bytes are
appended to the part store (one sync), then all its index rows are committed in one transaction (one sync). Only then
is any of its requests answered. The order matters: a row never names bytes that might not be there.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import select, tuple_
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncSession

from zhishi.day.recording.models import Epoch, Segment, SpentContainer, Track
from zhishi.day.recording.rules import TrackKind
from zhishi.foundation.adapters.batches import Batches
from zhishi.foundation.adapters.database import Database
from zhishi.foundation.kernel.clock import Clock, from_ms, to_ms
from zhishi.foundation.kernel.digests import sha256
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
DigestMismatch = refusal(
    "digest_mismatch",
    422,
    "收到的内容与摘要不符，可能在传输中损坏，未保存；会自动重传。",
    "The bytes do not match their digest, perhaps damaged on the way; nothing was stored, they are sent again.",
)

Name = tuple[str, int, int]  # (track, epoch, seq)
INIT_SEQ = -1


@dataclass(frozen=True, slots=True)
class Arrival:
    """An init (seq −1) or media segment whose boxes were looked at. `sha256` is what its bytes should have."""

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
class Owner:
    """Whose a track is, and which one."""

    attempt_id: str
    kind: TrackKind


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
        self._batches: Batches[Arrival, Stored] = Batches(self._store, size=lambda one: len(one.data), at_work=2)
        self._owners: OrderedDict[str, Owner] = OrderedDict()
        self._epochs_seen: OrderedDict[tuple[str, int], None] = OrderedDict()
        self._gate = asyncio.Lock()
        self._unindexed = 0
        self._all_indexed = asyncio.Event()

    async def take(self, arrival: Arrival) -> Stored:
        """Check the digest and store durably. Raises `DigestMismatch`, `SegmentConflict`, `NoSpace`, `QueueFull`."""
        return await self._batches.submit(arrival)

    async def holds(self, arrival: Arrival) -> bool:
        """Whether an arrival of this name and digest is there already: who asks need not write its bytes again."""
        async with self._database.reading() as session:
            return (await _digests(session, [arrival.name])).get(arrival.name) == arrival.sha256

    async def owner_of(self, track_id: str) -> Owner | None:
        """Whose track it is; None if there is no such track. That never changes, so it is kept."""
        known = self._owners.get(track_id)
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

    async def _store(self, batch: Sequence[Arrival]) -> Sequence[Stored | Exception]:
        sound = await asyncio.to_thread(_match_digests, batch)
        fresh: dict[Name, Arrival] = {}
        for arrival, matches in zip(batch, sound, strict=True):
            if matches:
                fresh.setdefault(arrival.name, arrival)
        received_ms = to_ms(self._clock.now())
        # In the order of their names: two batches that wait for each other's rows would never end.
        held = await self._keep([fresh[name] for name in sorted(fresh)], received_ms) if fresh else {}
        return [
            self._answer(arrival, fresh[arrival.name], held, received_ms) if matches else DigestMismatch()
            for arrival, matches in zip(batch, sound, strict=True)
        ]

    def _answer(
        self, arrival: Arrival, first: Arrival, held: Mapping[Name, bytes], received_ms: int
    ) -> Stored | Exception:
        """`first` is the one of this name that went to the store; `held` has what was there before it."""
        if held.get(arrival.name, first.sha256) != arrival.sha256:
            return SegmentConflict(epoch=arrival.epoch, seq=arrival.seq)
        return Stored(new=first is arrival and arrival.name not in held, received_ms=received_ms)

    async def _keep(self, arrivals: Sequence[Arrival], received_ms: int) -> Mapping[Name, bytes]:
        """Make arrivals durable. Returns the digests of those whose names were taken before."""
        async with self._between_bytes_and_index():
            places = await self._parts.append([arrival.data for arrival in arrivals])
            return await self._index(list(zip(arrivals, places, strict=True)), received_ms)

    async def _index(self, placed: Sequence[tuple[Arrival, Location]], received_ms: int) -> Mapping[Name, bytes]:
        """Commit the index rows. What was there already stays; its second bytes are given back with their container."""
        media = [pair for pair in placed if pair[0].seq != INIT_SEQ]
        inits = [pair for pair in placed if pair[0].seq == INIT_SEQ]
        epochs = {(arrival.track_id, arrival.epoch) for arrival, _ in placed}
        async with self._database.writing() as session:
            await open_epochs(session, sorted(epochs - self._epochs_seen.keys()))
            taken = await _insert_segments(session, media, received_ms)
            taken += [arrival.name for arrival, place in inits if not await _set_init(session, arrival, place)]
            held = await _digests(session, taken)
            unwanted = {place.container for arrival, place in placed if arrival.name in held}
            await _note_spent(session, unwanted, at=from_ms(received_ms))
        for key in epochs:
            _remember(self._epochs_seen, key, None)
        if inits:
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


def _match_digests(batch: Sequence[Arrival]) -> list[bool]:
    """Whether each arrival's bytes are what its digest says. Runs in a thread: hashing lets the others run."""
    return [sha256(arrival.data) == arrival.sha256 for arrival in batch]


async def _note_spent(session: AsyncSession, containers: Collection[str], *, at: datetime) -> None:
    """Remember that a container may have nothing in it that the index names: it is looked at when its time has come."""
    if containers:
        rows = [{"container": container, "spent_at": at} for container in sorted(containers)]
        await session.execute(insert_into(session)(SpentContainer).on_conflict_do_nothing(), rows)


async def open_epochs(session: AsyncSession, keys: Sequence[tuple[str, int]]) -> None:
    """Make sure that epochs have their rows."""
    if keys:
        statement = insert_into(session)(Epoch).on_conflict_do_nothing()
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
    statement = insert_into(session)(Segment).on_conflict_do_nothing()
    if session.get_bind().dialect.name == "sqlite":
        # One statement prepared once; only if some names were taken (a repeated request) is it worth looking which.
        done = await (await session.connection()).execute(statement, rows)
        if done.rowcount == len(rows):
            return []
        ours = await _locations(session, [one.name for one, _ in placed])
        return [one.name for one, place in placed if ours[one.name] != place]
    kept = await session.execute(statement.values(rows).returning(Segment.track_id, Segment.epoch, Segment.seq))
    inserted = {tuple(row) for row in kept}
    return [one.name for one, _ in placed if one.name not in inserted]


async def _locations(session: AsyncSession, names: Sequence[Name]) -> dict[Name, Location]:
    rows = await session.execute(
        select(Segment.track_id, Segment.epoch, Segment.seq, Segment.container, Segment.offset, Segment.length).where(
            tuple_(Segment.track_id, Segment.epoch, Segment.seq).in_(names)
        )
    )
    return {(row[0], row[1], row[2]): Location(row[3], row[4], row[5]) for row in rows}


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


def insert_into(session: AsyncSession) -> Any:
    """The dialect's own INSERT, which knows ON CONFLICT; SQLAlchemy gives the two no common type."""
    return sqlite_insert if session.get_bind().dialect.name == "sqlite" else pg_insert


def _remember(memory: OrderedDict[K, V], key: K, value: V, *, most: int = 100_000) -> None:
    """Keep the newest entries of what never changes."""
    memory[key] = value
    if len(memory) > most:
        memory.popitem(last=False)
