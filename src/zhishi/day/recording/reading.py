"""Reading the bytes of parts, wherever they lie: in the part store, or in a settled file."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from zhishi.day.recording.models import Epoch, Segment
from zhishi.day.recording.queries import BLOB
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
