"""The recorder's logbook: why something was not recorded, in its own words, kept as it came (D6).

A recorder writes a line whenever something happens to it, and sends its pages as it sends segments. The lines explain
gaps; those that staff should see at once also go into the attempt's record.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ValidationError
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from zhishi.day.attempts import actions as attempts
from zhishi.day.attempts.rules import ClientEvent
from zhishi.day.recording.arrivals import DigestMismatch, SegmentTooLarge
from zhishi.day.recording.causes import LogEntry, Trouble, troubles_of
from zhishi.day.recording.indexing import insert_into
from zhishi.day.recording.ingest import SegmentConflict
from zhishi.day.recording.models import LogbookPage
from zhishi.day.recording.rules import Device, TrackKind
from zhishi.day.recording.schemas import LogbookLines
from zhishi.foundation.kernel.clock import from_ms, to_ms
from zhishi.foundation.kernel.digests import sha256
from zhishi.foundation.kernel.errors import refusal

LogbookInvalid = refusal(
    "logbook_invalid",
    422,
    "录制日志的内容不对，未保存；录像不受影响。",
    "The page of the logbook is malformed and was not stored; the recording is not affected.",
)

LogbookFull = refusal(
    "logbook_full",
    413,
    "录制日志太长，多出的部分未保存；录像不受影响。",
    "The logbook is too long and this page was not stored; the recording is not affected.",
)

# An exam writes some dozens of pages. All of them are read whenever gaps are explained.
PAGES_MAX = 2_000
# Two hundred lines of a few hundred bytes.
LOGBOOK_PAGE_MAX = 2**18
COMPUTER, PHONE = Device.COMPUTER, Device.PHONE
# Lines that a page tells of itself go into the record by another way, with their own checks.
_TOLD = frozenset(ClientEvent) - {ClientEvent.PAGE_LOADED, ClientEvent.PAGE_HIDDEN, ClientEvent.PAGE_SHOWN}


@dataclass(frozen=True, slots=True)
class PageName:
    """Which page: of which attempt and device, of which start of its recorder (Unix ms), and its number."""

    attempt_id: str
    device: str
    run: int
    page: int


def read_page(body: bytes) -> LogbookLines:
    """The lines of a page. Raises `SegmentTooLarge`, `LogbookInvalid`."""
    if len(body) > LOGBOOK_PAGE_MAX:
        raise SegmentTooLarge(limit=LOGBOOK_PAGE_MAX)
    try:
        return LogbookLines.model_validate_json(body)
    except ValidationError:
        raise LogbookInvalid() from None


async def keep_page(
    session: AsyncSession, name: PageName, *, body: bytes, lines: LogbookLines, digest: bytes, at: datetime
) -> bool:
    """Keep a page; False if the same was there already. Raises `DigestMismatch`, `SegmentConflict`, `LogbookFull`."""
    if sha256(body) != digest:
        raise DigestMismatch()
    await _check_room(session, name)
    row = {
        "attempt_id": name.attempt_id,
        "device": name.device,
        "run": name.run,
        "page": name.page,
        "sha256": digest,
        "body": body,
        "received_ms": to_ms(at),
    }
    statement = insert_into(session)(LogbookPage).values(row).on_conflict_do_nothing()
    if await session.scalar(statement.returning(LogbookPage.page)) is None:
        held = await session.get(LogbookPage, (name.attempt_id, name.device, name.run, name.page))
        assert held is not None
        if held.sha256 != digest:
            raise SegmentConflict(run=name.run, page=name.page)
        return False
    _tell(session, name, lines, at=at)
    return True


async def _check_room(session: AsyncSession, name: PageName) -> None:
    theirs = (LogbookPage.attempt_id == name.attempt_id) & (LogbookPage.device == name.device)
    if (await session.scalar(select(func.count()).select_from(LogbookPage).where(theirs)) or 0) < PAGES_MAX:
        return
    if await session.get(LogbookPage, (name.attempt_id, name.device, name.run, name.page)) is None:
        raise LogbookFull()


def _tell(session: AsyncSession, name: PageName, lines: LogbookLines, *, at: datetime) -> None:
    """Write the lines that staff should see into the attempt's record."""
    device = {"device": PHONE} if name.device == PHONE else {}
    for line in lines.lines:
        if line.kind not in _TOLD:
            continue
        detail: dict[str, Any] = {} if line.track is None else {"track": line.track}
        detail.update(line.detail)
        attempts.note(
            session,
            name.attempt_id,
            ClientEvent(line.kind),
            at=from_ms(line.at_ms),
            received_at=at,
            device_ms=int(line.device_ms),
            **device,
            **{f"client_{key}": value for key, value in detail.items()},
        )


async def entries_of(session: AsyncSession, attempt_id: str, *, device: str) -> list[LogEntry]:
    """The lines of a device's logbook, in the order in which they were written."""
    rows = await session.execute(
        select(LogbookPage.body)
        .where(LogbookPage.attempt_id == attempt_id, LogbookPage.device == device)
        .order_by(LogbookPage.run, LogbookPage.page)
    )
    return [entry for (body,) in rows for entry in _entries(body)]


def _entries(body: bytes) -> Sequence[LogEntry]:
    lines = LogbookLines.model_validate_json(body).lines
    return [LogEntry(line.at_ms, line.kind, line.track, line.detail) for line in lines]


@dataclass(frozen=True, slots=True)
class KeptPage:
    """A page of a logbook by its name and the digest of its bytes."""

    device: str
    run: int
    page: int
    sha256: bytes

    def as_json(self) -> dict[str, Any]:
        return {"device": self.device, "run": self.run, "page": self.page, "sha256": self.sha256.hex()}


async def pages_of(session: AsyncSession, attempt_id: str) -> list[KeptPage]:
    """The pages that are kept of an attempt's logbooks, in order."""
    rows = await session.execute(
        select(LogbookPage.device, LogbookPage.run, LogbookPage.page, LogbookPage.sha256)
        .where(LogbookPage.attempt_id == attempt_id)
        .order_by(LogbookPage.device, LogbookPage.run, LogbookPage.page)
    )
    return [KeptPage(*row) for row in rows]


async def troubles_in(session: AsyncSession, attempt_id: str, *, until_ms: int) -> dict[TrackKind, list[Trouble]]:
    """What kept each track from being recorded, by its own recorder's word."""
    computer = await entries_of(session, attempt_id, device=COMPUTER)
    phone = await entries_of(session, attempt_id, device=PHONE)
    return {
        kind: troubles_of(phone if kind is TrackKind.PHONE else computer, kind, until_ms=until_ms) for kind in TrackKind
    }
