"""Importing a package: every item goes the way of an upload, with the same checks, and may come again."""

from __future__ import annotations

import asyncio
import hashlib
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, Final

import structlog
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

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
from zhishi.foundation.edge.refusals import explain
from zhishi.foundation.edge.services import Services
from zhishi.foundation.kernel.digests import sha256
from zhishi.foundation.kernel.errors import Refusal, Unexpected
from zhishi.foundation.kernel.ids import new_id

log = structlog.get_logger()

# What a row says while its package is being imported, and for ever if the process did not live to see the end.
UNFINISHED: Final = "unfinished"
# How many refused items and broken places a result names.
_NAMED = 100
# Between two tries while live uploads fill the queue: they go first.
_PAUSE_S = 0.2


async def import_package(services: Services, file: Path, *, actor: audit.Actor) -> PackageImport:
    """Take everything out of a package that can be taken; of a broken one, what is whole.

    A store that fails on the way breaks the import off: what was taken is kept, the result says how far it came and
    why it stopped, and importing again takes the rest. Raises `PackageInvalid`, `PackageForeign`,
    `PackageTokenInvalid`, and `PackageAltered` or `PackageCutShort` where not even the token can be read: then nothing
    was stored.
    """
    digest, size = await asyncio.to_thread(_measure, file)
    with file.open("rb") as opened:
        reader, uploader, attempt = await _accept(services, opened, digest, actor=actor)
        done = PackageImport(
            stored=0,
            already_there=0,
            refused_count=0,
            refused=[],
            broken_count=0,
            broken=[],
            package_id=new_id(),
            attempt_id=attempt.id,
            device=reader.header.device,
            made_ms=reader.header.made_ms,
            sha256=digest,
            size=size,
            broken_off=UNFINISHED,
        )
        await _begin(services, done, actor=actor)
        try:
            await _take_all(services, reader, uploader, done)
            done.broken_off = None
        except Exception as error:
            hindered = explain(error)
            done.broken_off = (hindered or Unexpected()).code
            log.warning("package.broken_off", package=done.package_id, code=done.broken_off, exc_info=error)
            if hindered is None:
                raise
        finally:
            # Also if the process is told to stop: then it is unfinished.
            await _end(services, attempt, done, actor=actor)
            services.jobs.hint("settle")
    return done


async def _accept(
    services: Services, opened: BinaryIO, digest: str, *, actor: audit.Actor
) -> tuple[PackageReader, Uploader, Attempt]:
    """Whose package it is: it was made for this house by a recorder that it knows. A refusal is put on record."""
    try:
        reader = await asyncio.to_thread(PackageReader, opened, services.keys.packages)
        uploader = await _owner_of(services, reader)
        return reader, uploader, await _attempt_of(services, uploader)
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
    if reader.header.attempt_id not in (uploader.name, uploader.attempt_id) or uploader.phone != (
        reader.header.device == PHONE
    ):
        raise PackageTokenInvalid()
    return uploader


async def _attempt_of(services: Services, uploader: Uploader) -> Attempt:
    """Whose footage it is. Raises `NotFound` where an attempt was deleted."""
    async with services.database.reading() as look:
        return (await attempt_facts(look, uploader.attempt_id)).attempt


async def _take_all(services: Services, reader: PackageReader, uploader: Uploader, counts: ImportCounts) -> None:
    """Every item that can be read and is not refused. One at a time: a package may be larger than the memory."""
    while True:
        try:
            record = await asyncio.to_thread(reader.next_item)
        except (PackageAltered, PackageCutShort) as broken:
            counts.broken_count += 1
            if len(counts.broken) < _NAMED:
                counts.broken.append(BrokenRecord(code=broken.code, **(broken.detail or {})))
            continue
        if record is None:
            break
        await _count(services, uploader, record, counts)


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


async def _begin(services: Services, done: PackageImport, *, actor: audit.Actor) -> None:
    """Write down that a package was accepted: whatever happens from here on, there is a trace of it (D7)."""
    now = services.clock.now()
    async with services.database.writing() as work:
        work.add(
            Package(
                id=done.package_id,
                attempt_id=done.attempt_id,
                imported_at=now,
                by=actor.id,
                sha256=done.sha256,
                size=done.size,
                counts=_counts(done),
                broken_off=done.broken_off,
            )
        )
        _record(work, "package.accepted", done, actor=actor, at=now)


async def _end(services: Services, attempt: Attempt, done: PackageImport, *, actor: audit.Actor) -> None:
    """Write down what came of it."""
    async with services.database.writing() as work:
        row = await work.get_one(Package, done.package_id)
        row.counts, row.broken_off = _counts(done), done.broken_off
        _record(
            work,
            "package.imported",
            done,
            actor=actor,
            at=services.clock.now(),
            stored=done.stored,
            already_there=done.already_there,
            refused=done.refused_count,
            broken=done.broken_count,
            broken_off=done.broken_off,
        )
        after_commit(work, topic_of_sitting(attempt.sitting_id), attempt_id=attempt.id)


def _counts(done: PackageImport) -> dict[str, Any]:
    return done.model_dump(mode="json", include=set(ImportCounts.model_fields))


def _record(
    work: AsyncSession, action: str, done: PackageImport, *, actor: audit.Actor, at: datetime, **detail: Any
) -> None:
    audit.record(
        work,
        at=at,
        actor=actor,
        action=action,
        subject=("attempt", done.attempt_id),
        package=done.package_id,
        sha256=done.sha256,
        **detail,
    )
