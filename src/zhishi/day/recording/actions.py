"""What happens to recordings: tracks opened, epochs closed, heartbeats heard."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from zhishi.day.attempts.actions import by_candidate
from zhishi.day.attempts.models import Attempt
from zhishi.day.recording.indexing import insert_into, open_epochs
from zhishi.day.recording.models import Epoch, Notice, RecorderReport, Track
from zhishi.day.recording.rules import CloseReason, TrackKind
from zhishi.foundation import audit
from zhishi.foundation.kernel.clock import to_ms
from zhishi.foundation.kernel.errors import refusal
from zhishi.foundation.kernel.ids import new_id

ClosureShrinks = refusal(
    "closure_shrinks",
    409,
    "这一段录像此前声明的分片更多；服务器保留原来的声明，请联系技术服务。",
    "This epoch was closed with more segments before: the earlier statement stands, please call support.",
)


async def open_tracks(session: AsyncSession, *, attempt: Attempt, kinds: Sequence[TrackKind], at: datetime) -> None:
    """Open the tracks that are due from entry on (F7.3). Those already open stay as they are."""
    held = set(await session.scalars(select(Track.kind).where(Track.attempt_id == attempt.id)))
    for kind in kinds:
        if kind in held:
            continue
        track = Track(id=new_id(), attempt_id=attempt.id, kind=kind, opened_at=at)
        session.add(track)
        audit.record(
            session,
            at=at,
            actor=by_candidate(attempt),
            action="track.opened",
            subject=("track", track.id),
            kind=kind,
        )
    await session.flush()


async def close_track(session: AsyncSession, *, attempt: Attempt, kind: TrackKind, at: datetime) -> None:
    """A track came to its end before or after the attempt's: the phone's, by hand (F4.4). Again changes nothing."""
    track = await session.scalar(select(Track).where(Track.attempt_id == attempt.id, Track.kind == kind))
    if track is None or track.closed_at is not None:
        return
    track.closed_at = at
    audit.record(
        session, at=at, actor=by_candidate(attempt), action="track.closed", subject=("track", track.id), kind=kind
    )


async def reopen_track(session: AsyncSession, *, attempt: Attempt, kind: TrackKind, at: datetime) -> None:
    """A track that was closed goes on: another phone was bound after the first one was stopped."""
    track = await session.scalar(select(Track).where(Track.attempt_id == attempt.id, Track.kind == kind))
    if track is None or track.closed_at is None:
        return
    track.closed_at = None
    audit.record(
        session, at=at, actor=by_candidate(attempt), action="track.reopened", subject=("track", track.id), kind=kind
    )


async def close_epoch(
    session: AsyncSession, *, track: Track, epoch: int, segments: int, reason: CloseReason, at: datetime
) -> Epoch:
    """Take the recorder's word on how many segments it finished, whoever brought it. Raises `ClosureShrinks`.

    Said again with the same number, nothing changes; a larger number (a crash found more in the spool) counts.
    """
    await (await session.connection()).run_sync(open_epochs, [(track.id, epoch)])
    row = await session.get(Epoch, (track.id, epoch), with_for_update=True)
    assert row is not None
    if row.declared is not None and segments < row.declared:
        raise ClosureShrinks(declared=row.declared)
    if row.declared == segments:
        return row
    row.declared, row.close_reason, row.closed_at = segments, reason, at
    attempt = await session.get_one(Attempt, track.attempt_id)
    audit.record(
        session,
        at=at,
        actor=by_candidate(attempt),
        action="epoch.closed",
        subject=("track", track.id),
        epoch=epoch,
        segments=segments,
        reason=reason,
    )
    return row


@dataclass(frozen=True, slots=True)
class Noticed:
    """A finished segment that a heartbeat names."""

    track_id: str
    epoch: int
    seq: int
    sha256: bytes
    start_ms: int
    duration_ms: int


async def hear(session: AsyncSession, *, noticed: Sequence[Noticed], at: datetime) -> None:
    """Keep when each segment was first heard of. What was heard of before keeps its time.

    An epoch of which only this is known exists all the same: its recording is awaited, with its init.
    """
    if not noticed:
        return
    epochs = sorted({(one.track_id, one.epoch) for one in noticed})
    await (await session.connection()).run_sync(open_epochs, epochs)
    heard_ms = to_ms(at)
    unique = {(one.track_id, one.epoch, one.seq): one for one in noticed}
    rows = [
        {
            "track_id": one.track_id,
            "epoch": one.epoch,
            "seq": one.seq,
            "sha256": one.sha256,
            "start_ms": one.start_ms,
            "duration_ms": one.duration_ms,
            "heard_ms": heard_ms,
        }
        for one in unique.values()
    ]
    await session.execute(insert_into(session)(Notice).on_conflict_do_nothing(), rows)


async def note_lost(session: AsyncSession, *, lost: Sequence[Noticed], at: datetime) -> None:
    """Keep that segments which were held are so no longer: they are wanted again, and it is the server's doing."""
    await hear(session, noticed=lost, at=at)
    for one in lost:
        await session.execute(
            update(Notice)
            .where(Notice.track_id == one.track_id, Notice.epoch == one.epoch, Notice.seq == one.seq)
            .values(lost_ms=to_ms(at))
        )


async def keep_reports(session: AsyncSession, reports: Mapping[str, dict[str, Any]], *, at: datetime) -> None:
    """Keep the last word of each computer about itself. No event and no audit row: it comes every four seconds."""
    statement = insert_into(session)(RecorderReport)
    newest = {"heard_at": statement.excluded.heard_at, "report": statement.excluded.report}
    rows = [{"attempt_id": key, "heard_at": at, "report": report} for key, report in sorted(reports.items())]
    await session.execute(statement.on_conflict_do_update(index_elements=["attempt_id"], set_=newest), rows)
