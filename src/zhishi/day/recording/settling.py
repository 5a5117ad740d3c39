"""Journal, then settle: a finished epoch becomes one MP4 file, checked byte by byte, and the journal is freed.

A file is init + segments in order. Settling reads every part and checks its digest, decodes the file, stores it,
and switches the index to it in one transaction. What arrives later makes a new generation of the file. At every
moment each index row names bytes that are there: before the switch the old ones, after it the new ones; the old
container is given back only after a while, so that readers finish.
"""

from __future__ import annotations

import asyncio
import hashlib
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import Table, bindparam, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from zhishi.before.exams.queries import SittingFacts, sitting_facts
from zhishi.day.attempts.models import Attempt
from zhishi.day.attempts.queries import AttemptFacts, attempt_facts
from zhishi.day.recording import counting, queries
from zhishi.day.recording.actions import Noticed, note_lost
from zhishi.day.recording.arrivals import INIT_SEQ
from zhishi.day.recording.ingest import Ingest
from zhishi.day.recording.inspection import Inspection, Inspector
from zhishi.day.recording.models import Epoch, Segment, SpentContainer, Track
from zhishi.day.recording.queries import BLOB
from zhishi.day.recording.reading import Reader, init_location, location
from zhishi.day.recording.tallies import EpochCount
from zhishi.foundation import audit
from zhishi.foundation.adapters.database import Database
from zhishi.foundation.kernel.clock import Clock, to_ms
from zhishi.foundation.kernel.digests import sha256
from zhishi.foundation.ports import Blobs, PartLost, PartStore

log = structlog.get_logger()

Key = tuple[str, int]  # (track, epoch)

# How long a container that nothing points to is kept for readers who began before the switch.
READERS_FINISH = timedelta(minutes=10)
# A recording that comes in late is not made into a new file with each of its segments.
QUIET = timedelta(minutes=2)
_READ_BYTES = 8 * 2**20


@dataclass(frozen=True, slots=True)
class _Built:
    """A file made from parts, not yet stored."""

    path: Path
    size: int
    digest: bytes
    offsets: dict[int, int]


class Settler:
    """Performs the two duties of settling: `settle` an epoch, `free` what is spent."""

    def __init__(
        self,
        *,
        database: Database,
        blobs: Blobs,
        parts: PartStore,
        clock: Clock,
        ingest: Ingest,
        inspector: Inspector,
        scratch: Path,
    ) -> None:
        self._database = database
        self._blobs = blobs
        self._parts = parts
        self._clock = clock
        self._ingest = ingest
        self._inspector = inspector
        self._scratch = scratch
        self._reader = Reader(blobs, parts)

    async def due(self) -> Sequence[Key]:
        """Epochs that have parts outside their newest file and whose attempt is over.

        Due when the epoch is whole, or 60 minutes after the end with what there is, once no more of it is coming in.
        """
        now = self._clock.now()
        async with self._database.reading() as session:
            unsettled = await _unsettled(session, now=now)
            whole = [key for key, _, count in unsettled if count.whole]
            late = [key for key, attempt, _ in unsettled if now >= attempt.schedule.phone_until]
            partial = [key for key in late if key not in whole]
            newest = await counting.newest_arrivals(session, partial)
        return whole + [key for key in partial if newest[key] <= to_ms(now - QUIET)]

    async def settle(self, key: Key) -> None:
        """Make the file of an epoch from all parts that are held now."""
        async with self._database.reading() as session:
            row = await queries.epoch_row(session, *key)
            segments = await queries.segments_in(session, *key)
            track = await queries.track(session, key[0])
            attempt = await attempt_facts(session, track.attempt_id)
        lost: list[Epoch | Segment] = []
        with tempfile.TemporaryDirectory(dir=self._scratch) as folder:
            built = await self._build(Path(folder) / "recording.mp4", row, segments, lost)
            if lost:
                await self._report_lost(lost)
                return
            inspection = await self._inspector.inspect(built.path, [built.offsets[one.seq] for one in segments])
            file_key = f"recordings/{attempt.attempt.id}/{track.kind}/{row.epoch}-{row.generation + 1}.mp4"
            await self._store(file_key, built)
        await self._switch(row, segments, built, file_key, inspection)

    async def _build(self, path: Path, row: Epoch, segments: Sequence[Segment], lost: list[Epoch | Segment]) -> _Built:
        """Write the file. Rows whose bytes are gone or were changed are added to `lost`."""
        digest, offsets = hashlib.sha256(), {}
        parts: list[Epoch | Segment] = [row, *segments]
        with path.open("wb") as file:
            for part in parts:
                data = await self._read_checked(part)
                if data is None:
                    lost.append(part)
                    continue
                if isinstance(part, Segment):
                    offsets[part.seq] = file.tell()
                await asyncio.to_thread(file.write, data)
                digest.update(data)
            size = file.tell()
        return _Built(path, size, digest.digest(), offsets)

    async def _store(self, file_key: str, built: _Built) -> None:
        """Put a file into the store and read it back: soon it will be the only copy. Raises `OSError`."""
        await self._blobs.put(file_key, built.path)
        digest = hashlib.sha256()
        for offset in range(0, built.size, _READ_BYTES):
            data = await self._blobs.read(file_key, offset, min(_READ_BYTES, built.size - offset))
            await asyncio.to_thread(digest.update, data)
        if digest.digest() != built.digest:
            await self._blobs.delete(file_key)
            raise OSError(f"what was stored as {file_key} does not read back as it was written")

    async def _read_checked(self, part: Epoch | Segment) -> bytes | None:
        """The bytes of an init or segment; None if they are gone or not those that were acknowledged."""
        try:
            data = await self._reader.read(location(part) if isinstance(part, Segment) else init_location(part))
        except PartLost:
            return None
        return data if sha256(data) == (part.sha256 if isinstance(part, Segment) else part.init_sha256) else None

    async def _report_lost(self, lost: Sequence[Epoch | Segment]) -> None:
        """Take damaged parts out of the index, so that they count as missing and the client is asked for them."""
        now = self._clock.now()
        async with self._database.writing() as session:
            for part in lost:
                await (_forget_segment(session, part) if isinstance(part, Segment) else _forget_init(session, part))
                audit.record(
                    session,
                    at=now,
                    actor=audit.SYSTEM,
                    action="segment.damaged",
                    subject=("track", part.track_id),
                    epoch=part.epoch,
                    **_whereabouts(part),
                )
            known = [part for part in lost if isinstance(part, Segment)]
            # A journal may have lost its last part with these; a file still holds the others.
            await self._mark_spent(session, {one.container for one in known if not self._is_single(one.container)})
            await note_lost(session, lost=[_as_noticed(segment) for segment in known], at=now)
        log.error("recording.damaged", track=lost[0].track_id, epoch=lost[0].epoch, parts=len(lost))

    async def _switch(
        self, row: Epoch, segments: Sequence[Segment], built: _Built, file_key: str, inspection: Inspection
    ) -> None:
        """Point the index at the new file, in one transaction."""
        now = self._clock.now()
        container = BLOB + file_key
        old = {segment.container for segment in segments}
        if row.init_container is not None:
            old.add(row.init_container)
        async with self._database.writing() as session:
            await _move_segments(session, row, container, built.offsets)
            await session.execute(
                update(Epoch)
                .where(Epoch.track_id == row.track_id, Epoch.epoch == row.epoch)
                .values(
                    init_container=container,
                    init_offset=0,
                    generation=row.generation + 1,
                    file_key=file_key,
                    file_size=built.size,
                    file_sha256=built.digest,
                    file_segments=len(segments),
                    file_frames=inspection.frames,
                    file_problem=inspection.problem,
                    file_undecodable=[segments[index].seq for index in inspection.undecodable],
                    settled_at=now,
                )
            )
            await self._mark_spent(session, old)
            audit.record(
                session,
                at=now,
                actor=audit.SYSTEM,
                action="epoch.settled",
                subject=("track", row.track_id),
                epoch=row.epoch,
                generation=row.generation + 1,
                sha256=built.digest.hex(),
                frames=inspection.frames,
                problem=inspection.problem,
            )

    async def _mark_spent(self, session: AsyncSession, containers: set[str]) -> None:
        """Remember since when a container may have lost its last reference: readers may still be at it."""
        for container in containers:
            await session.merge(SpentContainer(container=container, spent_at=self._clock.now()))

    async def due_to_free(self) -> Sequence[str]:
        """Containers that nothing points to any more, and that nobody can still be reading."""
        # Bytes that are appended but not yet indexed are in use too.
        async with self._ingest.paused():
            idle = await self._parts.idle_containers()
            async with self._database.reading() as session:
                held = select(Segment.container).where(Segment.container.in_(idle)).distinct()
                used = set(await session.scalars(held))
                used |= set(await session.scalars(select(Epoch.init_container).where(Epoch.init_container.in_(idle))))
                spent = {one.container: one.spent_at for one in await session.scalars(select(SpentContainer))}
        finished = self._clock.now() - READERS_FINISH
        # A journal is shared: it is free when it is idle, wholly unused, and was long enough so. One that this database
        # never gave up is not touched: it may belong to a newer copy of the database than this one.
        journals = [name for name in idle if name not in used and name in spent and spent[name] <= finished]
        single = [name for name, at in spent.items() if at <= finished and self._is_single(name)]
        return journals + single

    def _is_single(self, container: str) -> bool:
        """Whether a container is a file or object of its own, spent as a whole once it is replaced."""
        return container.startswith(BLOB) or not self._parts.shared

    async def free(self, container: str) -> None:
        """Give a container back."""
        if container.startswith(BLOB):
            await self._blobs.delete(container.removeprefix(BLOB))
        else:
            await self._parts.free(container)
        async with self._database.writing() as session:
            await session.execute(delete(SpentContainer).where(SpentContainer.container == container))


def _whereabouts(part: Epoch | Segment) -> dict[str, Any]:
    """Where the bytes of a part should lie and what they were: its index row is about to go."""
    if isinstance(part, Segment):
        seq, at, digest = part.seq, location(part), part.sha256
    else:
        seq, at, digest = INIT_SEQ, init_location(part), part.init_sha256 or b""
    return {
        "seq": seq,
        "sha256": digest.hex(),
        "container": at.container,
        "offset": at.offset,
        "length": at.length,
    }


async def _forget_segment(session: AsyncSession, lost: Segment) -> None:
    await session.execute(
        delete(Segment).where(
            Segment.track_id == lost.track_id,
            Segment.epoch == lost.epoch,
            Segment.seq == lost.seq,
            Segment.sha256 == lost.sha256,
        )
    )
    # Even if as many segments come back as the last file held, they do not all lie in it.
    await session.execute(
        update(Epoch).where(Epoch.track_id == lost.track_id, Epoch.epoch == lost.epoch).values(settled_at=None)
    )


async def _forget_init(session: AsyncSession, lost: Epoch) -> None:
    await session.execute(
        update(Epoch)
        .where(Epoch.track_id == lost.track_id, Epoch.epoch == lost.epoch, Epoch.init_sha256 == lost.init_sha256)
        .values(init_sha256=None, init_container=None, init_offset=None, init_length=None, settled_at=None)
    )


def _as_noticed(segment: Segment) -> Noticed:
    """A segment that was held once, as heartbeats speak of segments: it exists, and is wanted again."""
    return Noticed(segment.track_id, segment.epoch, segment.seq, segment.sha256, segment.start_ms, segment.duration_ms)


async def _move_segments(session: AsyncSession, row: Epoch, container: str, offsets: Mapping[int, int]) -> None:
    """Point index rows at their places in a file: one statement for all, since ingest waits meanwhile."""
    table = Segment.__table__
    assert isinstance(table, Table)
    statement = (
        update(table)
        .where(
            table.c.track_id == row.track_id,
            table.c.epoch == row.epoch,
            table.c.seq == bindparam("moved_seq"),
        )
        .values(container=container, offset=bindparam("moved_offset"))
    )
    moves = [{"moved_seq": seq, "moved_offset": offset} for seq, offset in offsets.items()]
    await (await session.connection()).execute(statement, moves)


async def _unsettled(session: AsyncSession, *, now: datetime) -> list[tuple[Key, AttemptFacts, EpochCount]]:
    """(epoch, its attempt, its numbers) where the newest file does not hold all segments and the attempt is over.

    Asked every few seconds, so nothing is counted of what is still being recorded or wholly settled. When a segment
    came says nothing here: it may have come after a file was begun and before it was settled.
    """
    rows = await session.execute(
        select(Epoch.track_id, Epoch.epoch, Epoch.settled_at, Epoch.file_segments, Attempt)
        .join(Track, Track.id == Epoch.track_id)
        .join(Attempt, Attempt.id == Track.attempt_id)
        .where(Epoch.init_sha256.is_not(None), ~counting.all_in_file())
    )
    sittings: dict[str, SittingFacts] = {}
    over = []
    for track_id, epoch, settled_at, file_segments, row in rows:
        if row.sitting_id not in sittings:
            sittings[row.sitting_id] = await sitting_facts(session, row.sitting_id)
        attempt = AttemptFacts(row, sittings[row.sitting_id])
        if attempt.ended_at(now) is not None:
            over.append((track_id, epoch, None if settled_at is None else file_segments, attempt))
    counted = await counting.epoch_counts(session, sorted({track_id for track_id, *_ in over}))
    counts = {(track_id, count.epoch): count for track_id, listed in counted.items() for count in listed}
    return [
        ((track_id, epoch), attempt, counts[track_id, epoch])
        for track_id, epoch, in_file, attempt in over
        if counts[track_id, epoch].held not in (0, in_file)
    ]
