"""Reading the bytes of parts, wherever they lie: in the part store, or in a settled file."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from zhishi.day.recording.models import Epoch, Segment, Track
from zhishi.day.recording.queries import BLOB
from zhishi.day.recording.rules import EPOCH_AT_MOST_MS, TrackKind
from zhishi.foundation.ports import BlobMissing, Blobs, Location, PartLost, PartStore


def init_location(epoch: Epoch) -> Location:
    """Where the init segment of an epoch lies."""
    assert epoch.init_container is not None
    assert epoch.init_offset is not None
    assert epoch.init_length is not None
    return Location(epoch.init_container, epoch.init_offset, epoch.init_length)


def location(segment: Segment) -> Location:
    """Where a segment lies."""
    return Location(segment.container, segment.offset, segment.length)


class Reader:
    """Reads parts. Raises `PartLost` where the index is wrong: the caller decides what that means."""

    def __init__(self, blobs: Blobs, parts: PartStore) -> None:
        self._blobs = blobs
        self._parts = parts

    async def read(self, place: Location) -> bytes:
        if not place.container.startswith(BLOB):
            return await self._parts.read(place)
        try:
            return await self._blobs.read(place.container.removeprefix(BLOB), place.offset, place.length)
        except BlobMissing as error:
            raise PartLost(place.container) from error

    async def read_range(self, places: Sequence[Location], first: int, last: int) -> AsyncIterator[bytes]:
        """Bytes `first` to `last` (inclusive) of the parts laid end to end, part by part."""
        at = 0
        for place in places:
            low, high = max(first - at, 0), min(last - at + 1, place.length)
            if low < high:
                yield await self.read(Location(place.container, place.offset + low, high - low))
            at += place.length
            if at > last:
                return


@dataclass(frozen=True, slots=True)
class Newest:
    """The newest segment of a track, with its init, and where their bytes lie. `start_ms` is Unix ms."""

    attempt_id: str
    track_id: str
    kind: TrackKind
    start_ms: int
    init: Location
    segment: Location


async def newest_segments(session: AsyncSession, *, since_ms: int) -> list[Newest]:
    """Of every track that is being recorded the newest segment, if it began after `since_ms`.

    Asked every few seconds: it looks at epochs that nobody has closed, and for each at its highest number alone.
    """
    mine = aliased(Segment)
    top = select(func.max(mine.seq)).where(mine.track_id == Epoch.track_id, mine.epoch == Epoch.epoch).scalar_subquery()
    here = (Segment.track_id == Epoch.track_id) & (Segment.epoch == Epoch.epoch) & (Segment.seq == top)
    rows = await session.execute(
        select(Track.attempt_id, Track.kind, Epoch, Segment)
        .join(Track, Track.id == Epoch.track_id)
        .join(Segment, here)
        .where(
            Epoch.declared.is_(None),
            Epoch.init_sha256.is_not(None),
            Epoch.epoch > since_ms - EPOCH_AT_MOST_MS,
            Segment.start_ms > since_ms,
        )
    )
    return [
        Newest(attempt_id, epoch.track_id, TrackKind(kind), segment.start_ms, init_location(epoch), location(segment))
        for attempt_id, kind, epoch, segment in rows
    ]
