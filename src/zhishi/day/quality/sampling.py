"""The duty of looking: a few frames of every track that is being recorded, twice a minute as long as time allows.

The recorder looks at its own picture, more often and sooner; this is for what it cannot see, a picture that is broken
on its way through encoder and network, and for devices whose word should not be all there is.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from zhishi.day.attempts import actions as attempts
from zhishi.day.attempts.rules import ServerEvent
from zhishi.day.quality.models import TrackPicture
from zhishi.day.quality.rules import Figures, PictureState, judge_picture
from zhishi.day.recording.reading import Newest, Reader, newest_segments
from zhishi.day.recording.rules import TrackKind
from zhishi.foundation.adapters.database import Database
from zhishi.foundation.kernel.clock import Clock, to_ms
from zhishi.foundation.ports import PartLost

EVERY = timedelta(seconds=30)
# A round of the reconciler does no more than this, so that settling never waits long.
MOST_A_ROUND = 40
# What was recorded longer ago than this can no longer be mended.
FRESH = timedelta(seconds=60)
# Who was not looked at for so long is looked at first, whenever that was.
FORGOTTEN = timedelta(hours=12)

Measure = Callable[[bytes], Awaitable[Figures | None]]


@dataclass(frozen=True, slots=True)
class Sample:
    """A segment to look at. To the reconciler all of one track are the same matter: what fails is put off."""

    track_id: str
    newest: Newest = field(compare=False)


class PictureSampling:
    """Looks at tracks, and writes down when what they show changes."""

    def __init__(self, database: Database, reader: Reader, clock: Clock, measure: Measure) -> None:
        self._database = database
        self._reader = reader
        self._clock = clock
        self._measure = measure

    async def due(self) -> Sequence[Sample]:
        """Tracks with a fresh segment that were not looked at for a while, the longest unseen first."""
        now = self._clock.now()
        async with self._database.reading() as session:
            found = await newest_segments(session, since_ms=to_ms(now - FRESH))
            rows = await session.scalars(select(TrackPicture).where(TrackPicture.seen_at > now - FORGOTTEN))
            seen = {row.track_id: row for row in rows}
        waiting = [one for one in found if _is_due(seen.get(one.track_id), one, now)]
        waiting.sort(key=lambda one: _last_seen(seen.get(one.track_id)))
        return [Sample(one.track_id, one) for one in waiting[:MOST_A_ROUND]]

    async def look(self, sample: Sample) -> None:
        """Look at one segment. Bytes that are gone are the finaliser's matter."""
        newest = sample.newest
        try:
            data = await self._reader.read(newest.init) + await self._reader.read(newest.segment)
        except PartLost:
            return
        figures = await self._measure(data)
        if figures is None:
            return
        state = judge_picture(figures, screen=newest.kind is TrackKind.SCREEN)
        async with self._database.writing() as session:
            await _keep(session, sample, state, at=self._clock.now())


def _is_due(seen: TrackPicture | None, newest: Newest, now: datetime) -> bool:
    return seen is None or (seen.sampled_ms < newest.start_ms and seen.seen_at <= now - EVERY)


def _last_seen(seen: TrackPicture | None) -> float:
    return 0.0 if seen is None else seen.seen_at.timestamp()


async def _keep(session: AsyncSession, sample: Sample, state: PictureState, *, at: datetime) -> None:
    newest = sample.newest
    row = await session.get(TrackPicture, newest.track_id)
    before = PictureState.GOOD if row is None else PictureState(row.state)
    if row is None:
        row = TrackPicture(track_id=newest.track_id, state=state, since=at, seen_at=at, sampled_ms=newest.start_ms)
        session.add(row)
    elif state is not before:
        row.state, row.since = state, at
    row.seen_at, row.sampled_ms = at, newest.start_ms
    if state is not before:
        attempts.note(
            session,
            newest.attempt_id,
            ServerEvent.PICTURE_SEEN,
            at=at,
            track=newest.kind,
            state=state,
            since_ms=newest.start_ms,
        )
