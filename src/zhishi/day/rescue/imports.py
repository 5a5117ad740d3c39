"""Importing a package: every item goes the way of an upload, with the same checks, and may come again."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path

from pydantic import ValidationError

from zhishi.day.attempts.actions import topic_of_sitting
from zhishi.day.attempts.models import Attempt
from zhishi.day.attempts.queries import attempt_facts
from zhishi.day.recording import queries
from zhishi.day.recording.access import Uploader, UploadTokenInvalid, check_owner, uploader_of_token
from zhishi.day.recording.actions import close_epoch
from zhishi.day.recording.arrivals import INIT_SEQ, Announced, Arrival, HeaderInvalid, SegmentTooLarge, arrive
from zhishi.day.recording.ingest import Ingest
from zhishi.day.recording.logbook import PHONE, PageName, keep_page, read_page
from zhishi.day.rescue.models import Package
from zhishi.day.rescue.packages import (
    ItemHeader,
    PackageAltered,
    PackageCutShort,
    PackageReader,
    PackageTokenInvalid,
    Record,
)
from zhishi.day.rescue.schemas import BrokenRecord, ImportCounts, PackageImport, RefusedItem
from zhishi.foundation import audit
from zhishi.foundation.adapters.batches import QueueFull
from zhishi.foundation.adapters.database import after_commit
from zhishi.foundation.edge.services import Services
from zhishi.foundation.kernel.digests import sha256
from zhishi.foundation.kernel.errors import Refusal
from zhishi.foundation.kernel.ids import new_id

# How many refused items and broken places a result names.
_NAMED = 100
# Between two tries while live uploads fill the queue: they go first.
_PAUSE_S = 0.2


async def import_package(services: Services, file: Path, *, actor: audit.Actor) -> PackageImport:
    """Take everything out of a package that can be taken; of a broken one, what is whole.

    Raises `PackageInvalid`, `PackageForeign`, `PackageTokenInvalid`, and `PackageAltered` or `PackageCutShort` where
    not even the token can be read: then nothing was stored. A store that fails raises what it raises for an upload;
    what was stored before is stored, and importing again takes the rest.
    """
    digest, size = await asyncio.to_thread(_measure, file)
    try:
        with file.open("rb") as opened:
            reader = await asyncio.to_thread(PackageReader, opened, services.keys.packages)
            uploader = await _owner_of(services, reader)
            attempt = await _attempt_of(services, uploader)
            counts = await _take_all(services, reader, uploader)
    except Refusal as refused:
        # By whom a foreign or altered package was brought is worth a row, though nothing came of it (law 4).
        async with services.database.writing() as work:
            audit.record(
                work,
                at=services.clock.now(),
                actor=actor,
                action="package.refused",
                subject=("package", digest),
                code=refused.code,
            )
        raise
    done = PackageImport(
        **counts.model_dump(),
        package_id=new_id(),
        attempt_id=attempt.id,
        device=reader.header.device,
        made_ms=reader.header.made_ms,
        sha256=digest,
        size=size,
    )
    await _keep(services, attempt, done, actor=actor)
    services.jobs.hint("settle")
    return done


def _measure(file: Path) -> tuple[str, int]:
    """(SHA-256 in hex, size in bytes) of a file."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest(), opened.tell()


async def _owner_of(services: Services, reader: PackageReader) -> Uploader:
    """The recorder whose token lies in a package, if that is who the package says that it is of."""
    token = await asyncio.to_thread(reader.read_token)
    try:
        uploader = uploader_of_token(token, services)
    except UploadTokenInvalid:
        raise PackageTokenInvalid() from None
    if uploader.attempt_id != reader.header.attempt_id or uploader.phone != (reader.header.device == PHONE):
        raise PackageTokenInvalid()
    return uploader


async def _attempt_of(services: Services, uploader: Uploader) -> Attempt:
    """Whose footage it is. Raises `NotFound` where an attempt was deleted."""
    async with services.database.reading() as look:
        return (await attempt_facts(look, uploader.attempt_id)).attempt


async def _take_all(services: Services, reader: PackageReader, uploader: Uploader) -> ImportCounts:
    """Every item that can be read and is not refused. One at a time: a package may be larger than the memory."""
    counts = ImportCounts(stored=0, already_there=0, refused_count=0, refused=[], broken=[])
    while len(counts.broken) < _NAMED:
        try:
            record = await asyncio.to_thread(reader.next_item)
        except (PackageAltered, PackageCutShort) as broken:
            counts.broken.append(BrokenRecord(code=broken.code, **(broken.detail or {})))
            continue
        if record is None:
            break
        await _count(services, uploader, record, counts)
    return counts


async def _count(services: Services, uploader: Uploader, record: Record, counts: ImportCounts) -> None:
    """Take one item, and count what became of it."""
    name = None
    try:
        item = _parse(record)
        name = f"{item.track_id}/{item.epoch}/{item.seq if item.seq >= 0 else item.kind}"
        new = await _take(services, uploader, item, record.data)
    except Refusal as refused:
        if refused.status >= 500:
            raise
        counts.refused_count += 1
        if len(counts.refused) < _NAMED:
            counts.refused.append(RefusedItem(record=record.number, item=name, code=refused.code))
        return
    if new:
        counts.stored += 1
    else:
        counts.already_there += 1


def _parse(record: Record) -> ItemHeader:
    try:
        item = ItemHeader.model_validate_json(record.description)
    except ValidationError as error:
        raise HeaderInvalid(field=".".join(map(str, error.errors()[0]["loc"]))) from None
    if item.size != len(record.data):
        raise HeaderInvalid(field="size")
    return item


async def _take(services: Services, uploader: Uploader, item: ItemHeader, data: bytes) -> bool:
    """Take an item as if its recorder had sent it now. Returns whether it was new."""
    if item.kind == "page":
        return await _take_page(services, uploader, item, data)
    await check_owner(services, uploader, item.track_id)
    if item.kind == "closure":
        return await _take_closure(services, item)
    seq = INIT_SEQ if item.kind == "init" else item.seq
    most = services.settings.segment_max_bytes
    if len(data) > most:
        raise SegmentTooLarge(limit=most)
    expected = bytes.fromhex(item.sha256)
    announced = Announced(item.track_id, item.epoch, seq, item.start_ms, item.duration_ms, expected)
    arrival = arrive(announced, data, await asyncio.to_thread(sha256, data))
    return await _store(services.get(Ingest), arrival)


async def _store(ingest: Ingest, arrival: Arrival) -> bool:
    # A package that comes again would else be written a second time before it is seen that all of it is there.
    if await ingest.holds(arrival):
        return False
    while True:
        try:
            return (await ingest.take(arrival)).new
        except QueueFull:
            await asyncio.sleep(_PAUSE_S)


async def _take_closure(services: Services, item: ItemHeader) -> bool:
    assert item.closure is not None
    async with services.database.writing() as work:
        before = await queries.declared(work, item.track_id, item.epoch)
        row = await close_epoch(
            work,
            track=await queries.track(work, item.track_id),
            epoch=item.epoch,
            segments=item.closure.segments,
            reason=item.closure.reason,
            at=services.clock.now(),
        )
        return row.declared != before


async def _take_page(services: Services, uploader: Uploader, item: ItemHeader, data: bytes) -> bool:
    lines = read_page(data)
    name = PageName(uploader.attempt_id, uploader.device, item.epoch, item.seq)
    async with services.database.writing() as work:
        digest = bytes.fromhex(item.sha256)
        return await keep_page(work, name, body=data, lines=lines, digest=digest, at=services.clock.now())


async def _keep(services: Services, attempt: Attempt, done: PackageImport, *, actor: audit.Actor) -> None:
    """Write down that a package was imported, and what came of it."""
    now, counts = services.clock.now(), done.model_dump(mode="json", include=set(ImportCounts.model_fields))
    async with services.database.writing() as work:
        work.add(
            Package(
                id=done.package_id,
                attempt_id=attempt.id,
                imported_at=now,
                by=actor.id,
                sha256=done.sha256,
                size=done.size,
                counts=counts,
            )
        )
        audit.record(
            work,
            at=now,
            actor=actor,
            action="package.imported",
            subject=("attempt", attempt.id),
            package=done.package_id,
            sha256=done.sha256,
            stored=done.stored,
            already_there=done.already_there,
            refused=done.refused_count,
            broken=len(done.broken),
        )
        after_commit(work, topic_of_sitting(attempt.sitting_id), attempt_id=attempt.id)
