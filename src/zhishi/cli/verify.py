"""Reading everything back: is every acknowledged byte still what was acknowledged?"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field

from sqlalchemy import select

from zhishi.day.recording.models import Epoch, Segment
from zhishi.day.recording.reading import Reader, init_location, location
from zhishi.foundation.edge.services import Services
from zhishi.foundation.kernel.digests import sha256
from zhishi.foundation.ports import Location, PartLost


@dataclass
class Report:
    """What was read. `damaged` names each part whose bytes are gone or changed."""

    epochs: int = 0
    segments: int = 0
    bytes: int = 0
    damaged: list[str] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        return not self.damaged

    def as_json(self) -> dict[str, object]:
        return {**asdict(self), "sound": self.sound}


async def verify_recordings(services: Services) -> Report:
    """Read and check every init and media segment, wherever it lies."""
    report, reader = Report(), Reader(services.blobs, services.parts)
    async with services.database.reading() as session:
        async for epoch in await session.stream_scalars(select(Epoch).where(Epoch.init_sha256.is_not(None))):
            report.epochs += 1
            name = f"{epoch.track_id}/{epoch.epoch}/init"
            await _check(reader, report, name, init_location(epoch), epoch.init_sha256)
        async for segment in await session.stream_scalars(select(Segment)):
            report.segments += 1
            name = f"{segment.track_id}/{segment.epoch}/{segment.seq}"
            await _check(reader, report, name, location(segment), segment.sha256)
    return report


async def _check(reader: Reader, report: Report, name: str, place: Location, digest: bytes | None) -> None:
    try:
        data = await reader.read(place)
    except PartLost:
        report.damaged.append(name)
        return
    report.bytes += len(data)
    if sha256(data) != digest:
        report.damaged.append(name)
