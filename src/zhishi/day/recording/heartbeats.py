"""Heartbeats: who is there, and which segments exist (见证).

A thousand candidates send 250 a second, so they too are written in batches. What a heartbeat says is a notice,
not evidence: the bytes prove themselves by the digest that was heard of in time.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, select
from sqlalchemy.ext.asyncio import AsyncSession

from zhishi.day.attempts.actions import note_heard
from zhishi.day.recording.actions import Noticed, hear, keep_reports
from zhishi.day.recording.arrivals import INIT_SEQ
from zhishi.day.recording.models import Epoch, Notice, Segment, Track
from zhishi.day.recording.rules import TrackKind
from zhishi.day.recording.schemas import Heartbeat
from zhishi.foundation.adapters.batches import Batches
from zhishi.foundation.adapters.database import Database
from zhishi.foundation.kernel.clock import Clock, to_ms

# A segment that a heartbeat named this long ago and that has not come may have been lost on the way: ask for it.
WANTED_AFTER_MS = 30_000
WANTED_MOST = 50


@dataclass(frozen=True, slots=True)
class Beat:
    """One heartbeat of an attempt's device.

    `report` is what a computer said of itself. It is None for a phone, whose beats are no sign of life of the
    computer: its own state goes another way.
    """

    attempt_id: str
    noticed: Sequence[Noticed]
    report: dict[str, Any] | None


def report_of(heartbeat: Heartbeat) -> dict[str, Any]:
    """What of a heartbeat is kept as the computer's last word."""
    return heartbeat.model_dump(include={"tracks", "microphone", "page", "spool"}, mode="json")


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
        # One a computer: of two in the same batch the later one tells how things are.
        reports = {beat.attempt_id: beat.report for beat in batch if beat.report is not None}
        async with self._database.writing() as session:
            await hear(session, noticed=[one for beat in batch for one in beat.noticed], at=at)
            if reports:
                await note_heard(session, reports.keys(), at=at)
                await keep_reports(session, reports, at=at)
        return [None] * len(batch)


async def wanted_of(
    session: AsyncSession, attempt_id: str, *, kinds: Collection[TrackKind], now: datetime
) -> list[tuple[str, int, int]]:
    """(track, epoch, seq) of what was heard of a while ago and has not come, or was lost; seq −1 is the init."""
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
            Track.kind.in_(kinds),
            Segment.seq.is_(None),
            Notice.heard_ms < to_ms(now) - WANTED_AFTER_MS,
        )
        .order_by(Notice.heard_ms, Notice.track_id, Notice.epoch, Notice.seq)
        .limit(WANTED_MOST)
    )
    inits = await session.execute(
        select(Epoch.track_id, Epoch.epoch)
        .join(Track, Track.id == Epoch.track_id)
        .where(
            Track.attempt_id == attempt_id,
            Track.kind.in_(kinds),
            Epoch.init_sha256.is_(None),
            Epoch.epoch < to_ms(now) - WANTED_AFTER_MS,
        )
    )
    missing = [(track_id, epoch, INIT_SEQ) for track_id, epoch in inits]
    return missing + [(track_id, epoch, seq) for track_id, epoch, seq in rows]
