"""Heartbeats: who is there, and which segments exist (见证).

A thousand candidates send 250 a second, so they too are written in batches. What a heartbeat says is a notice,
not evidence: the bytes prove themselves by the digest that was heard of in time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, select
from sqlalchemy.ext.asyncio import AsyncSession

from zhishi.day.attempts.actions import note_heard
from zhishi.day.recording.actions import Noticed, hear
from zhishi.day.recording.models import Notice, Segment, Track
from zhishi.foundation.adapters.batches import Batches
from zhishi.foundation.adapters.database import Database
from zhishi.foundation.kernel.clock import Clock, to_ms

# A segment that a heartbeat named this long ago and that has not come may have been lost on the way: ask for it.
WANTED_AFTER_MS = 30_000
WANTED_MOST = 50


@dataclass(frozen=True, slots=True)
class Beat:
    """One heartbeat of an attempt."""

    attempt_id: str
    noticed: Sequence[Noticed]
    received_ms: int


class Heartbeats:
    """Takes heartbeats and writes them in batches."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._batches: Batches[Beat, None] = Batches(self._store, size=lambda _: 1, waiting_size=10_000)

    async def take(self, beat: Beat) -> None:
        """Keep durably. Raises `QueueFull`."""
        await self._batches.submit(beat)

    async def drain(self) -> None:
        await self._batches.drain()

    async def _store(self, batch: Sequence[Beat]) -> Sequence[None]:
        at = self._clock.now()
        async with self._database.writing() as session:
            await hear(session, noticed=[one for beat in batch for one in beat.noticed], at=at)
            await note_heard(session, {beat.attempt_id for beat in batch}, at=at)
        return [None] * len(batch)


async def wanted_of(session: AsyncSession, attempt_id: str, *, now: datetime) -> list[tuple[str, int, int]]:
    """(track, epoch, seq) of segments that were heard of a while ago and have not come."""
    rows = await session.execute(
        select(Notice.track_id, Notice.epoch, Notice.seq)
        .join(Track, Track.id == Notice.track_id)
        .outerjoin(
            Segment,
            and_(
                Segment.track_id == Notice.track_id,
                Segment.epoch == Notice.epoch,
                Segment.seq == Notice.seq,
            ),
        )
        .where(
            Track.attempt_id == attempt_id,
            Segment.seq.is_(None),
            Notice.heard_ms < to_ms(now) - WANTED_AFTER_MS,
        )
        .order_by(Notice.heard_ms)
        .limit(WANTED_MOST)
    )
    return [(track_id, epoch, seq) for track_id, epoch, seq in rows]
