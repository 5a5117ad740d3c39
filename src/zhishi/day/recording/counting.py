"""Recordings in numbers, for lists: what is counted is counted by the database, never segment by segment."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from zhishi.day.attempts.queries import AttemptFacts
from zhishi.day.recording.models import Epoch, Notice, RecorderReport, Segment, Track
from zhishi.day.recording.queries import track_due
from zhishi.day.recording.rules import TOLERANCE_MS, TrackKind, Verdict
from zhishi.day.recording.schemas import DeviceReport
from zhishi.day.recording.tallies import (
    EpochCount,
    EpochTally,
    Extent,
    Space,
    Summary,
    TrackTally,
    judge_counts,
    summarise,
)
from zhishi.foundation.kernel.clock import to_ms
from zhishi.foundation.kernel.intervals import Interval

_Key = tuple[str, int]


@dataclass(frozen=True, slots=True)
class JudgedTrack:
    """A track with nothing but the verdict on it."""

    track: Track
    verdict: Verdict


async def device_reports(session: AsyncSession, attempt_ids: Sequence[str]) -> dict[str, DeviceReport]:
    """What the computers of attempts last said of themselves."""
    rows = await session.scalars(select(RecorderReport).where(RecorderReport.attempt_id.in_(attempt_ids)))
    return {row.attempt_id: _present_report(row) for row in rows}


def _present_report(row: RecorderReport) -> DeviceReport:
    page, spool = row.report["page"], row.report["spool"]
    quota, usage = spool["quota_bytes"], spool["usage_bytes"]
    return DeviceReport(
        heard_ms=to_ms(row.heard_at),
        tracks=row.report["tracks"],
        microphone=row.report["microphone"],
        visible=page["visible"],
        focused=page["focused"],
        pending_segments=spool["segments"],
        pending_bytes=spool["bytes"],
        free_bytes=None if quota is None or usage is None else max(0, quota - usage),
    )


async def judged_tracks_of(
    session: AsyncSession, attempts: Sequence[AttemptFacts], *, now: datetime
) -> dict[str, list[JudgedTrack]]:
    """The tracks of attempts with their verdicts: what is counted is counted by the database, and only if it must."""
    by_id = {attempt.attempt.id: attempt for attempt in attempts}
    found: dict[str, list[JudgedTrack]] = {attempt_id: [] for attempt_id in by_id}
    listed = await _tracks_in(session, list(by_id))
    over = {one.id for one in listed if track_due(one, by_id[one.attempt_id], now)[1]}
    counts = await epoch_counts(session, sorted(over))
    for one in listed:
        verdict = judge_counts(
            counts.get(one.id, []),
            over=one.id in over,
            may_still_come=now < by_id[one.attempt_id].schedule.phone_until,
        )
        found[one.attempt_id].append(JudgedTrack(one, verdict))
    return found


async def summaries_of(
    session: AsyncSession, attempts: Sequence[AttemptFacts], *, now: datetime
) -> dict[str, list[tuple[Track, Summary]]]:
    """The tracks of attempts with their verdicts, covered time and number of gaps, summed up by the database."""
    by_id = {attempt.attempt.id: attempt for attempt in attempts}
    found: dict[str, list[tuple[Track, Summary]]] = {attempt_id: [] for attempt_id in by_id}
    listed = await _tracks_in(session, list(by_id))
    ids = [one.id for one in listed]
    counts, extents = await epoch_counts(session, ids), await _extents_of(session, ids)
    for one in listed:
        attempt = by_id[one.attempt_id]
        due_to, over = track_due(one, attempt, now)
        tally = TrackTally(
            due_from_ms=to_ms(one.opened_at),
            due_to_ms=to_ms(due_to),
            over=over,
            epochs=[EpochTally(count, extents.get((one.id, count.epoch))) for count in counts.get(one.id, [])],
        )
        summary = summarise(tally, may_still_come=now < attempt.schedule.phone_until)
        found[one.attempt_id].append((one, summary))
    return found


async def _tracks_in(session: AsyncSession, attempt_ids: Sequence[str]) -> list[Track]:
    found = await session.scalars(
        select(Track).where(Track.attempt_id.in_(attempt_ids)).order_by(Track.attempt_id, Track.kind)
    )
    return list(found)


async def epoch_counts(session: AsyncSession, track_ids: Sequence[str]) -> dict[str, list[EpochCount]]:
    """The epochs of tracks in numbers."""
    if not track_ids:
        return {}
    rows = await session.execute(_counting().where(Epoch.track_id.in_(track_ids)).order_by(Epoch.track_id, Epoch.epoch))
    found: defaultdict[str, list[EpochCount]] = defaultdict(list)
    for track_id, epoch, init, declared, held, top, heard, heard_to, in_file in rows:
        newest = max(-1 if top is None else top, -1 if heard is None else heard)
        count = EpochCount(epoch, init, declared, held, newest, checked=in_file == held, heard_to_ms=heard_to)
        found[track_id].append(count)
    return found


def _counting() -> Select[Any]:
    mine = (Segment.track_id == Epoch.track_id) & (Segment.epoch == Epoch.epoch)
    count = select(func.count()).select_from(Segment).where(mine).scalar_subquery()
    top = select(func.max(Segment.seq)).where(mine).scalar_subquery()
    spoken_of = (Notice.track_id == Epoch.track_id) & (Notice.epoch == Epoch.epoch)
    heard = select(func.max(Notice.seq)).where(spoken_of).scalar_subquery()
    ends = select(Notice.start_ms + Notice.duration_ms).where(spoken_of).order_by(Notice.seq.desc()).limit(1)
    # What has ended is asked for again and again, and by far the most of it is settled: it is not counted.
    held = case((all_in_file(), Epoch.file_segments), else_=count)
    in_file = case((Epoch.settled_at.is_not(None), Epoch.file_segments), else_=None)
    init = Epoch.init_sha256.is_not(None)
    return select(Epoch.track_id, Epoch.epoch, init, Epoch.declared, held, top, heard, ends.scalar_subquery(), in_file)


def all_in_file() -> ColumnElement[bool]:
    """Whether the settled file of an epoch holds all its segments, told without counting them.

    A file of as many segments as were declared, with no number beyond them, holds each of these numbers, so that
    no other segment can have come since. False says nothing.
    """
    beyond = exists().where(
        Segment.track_id == Epoch.track_id, Segment.epoch == Epoch.epoch, Segment.seq >= Epoch.declared
    )
    declared = Epoch.declared.is_not(None) & (Epoch.file_segments == Epoch.declared)
    return and_(Epoch.settled_at.is_not(None), declared, ~beyond)


async def _extents_of(session: AsyncSession, track_ids: Sequence[str]) -> dict[_Key, Extent]:
    """From where to where each epoch is held, and its spaces."""
    rows = await session.execute(
        select(
            Segment.track_id,
            Segment.epoch,
            func.count(),
            func.sum(Segment.duration_ms),
            func.min(Segment.seq),
            func.max(Segment.seq),
            func.min(Segment.start_ms),
            func.max(Segment.start_ms + Segment.duration_ms),
            func.max(Segment.duration_ms),
        )
        .where(Segment.track_id.in_(track_ids))
        .group_by(Segment.track_id, Segment.epoch)
    )
    sums = {(row[0], row[1]): row[2:] for row in rows}
    # Segments follow each other without spaces unless some are missing or the recorder stalled: few are worth a look.
    spaced = {
        key[0]
        for key, (count, length_ms, low, high, from_ms, to_ms, _) in sums.items()
        if count <= high - low or to_ms - from_ms - length_ms > TOLERANCE_MS
    }
    spaces = await _spaces_of(session, sorted(spaced))
    return {
        key: Extent(low, high, from_ms, to_ms, longest, spaces.get(key, ()))
        for key, (_, _, low, high, from_ms, to_ms, longest) in sums.items()
    }


async def _spaces_of(session: AsyncSession, track_ids: Sequence[str]) -> dict[_Key, list[Space]]:
    if not track_ids:
        return {}
    epoch = (Segment.track_id, Segment.epoch)
    before = func.lag(Segment.seq).over(partition_by=epoch, order_by=Segment.seq)
    end_before = func.lag(Segment.start_ms + Segment.duration_ms).over(partition_by=epoch, order_by=Segment.seq)
    pairs = (
        select(*epoch, Segment.start_ms, (Segment.seq - before).label("step"), end_before.label("end_before"))
        .where(Segment.track_id.in_(track_ids))
        .subquery()
        .c
    )
    rows = await session.execute(
        select(pairs.track_id, pairs.epoch, pairs.end_before, pairs.start_ms, pairs.step).where(
            pairs.start_ms - pairs.end_before > TOLERANCE_MS
        )
    )
    found: defaultdict[_Key, list[Space]] = defaultdict(list)
    for track_id, started, low, high, step in rows:
        found[track_id, started].append(Space(low, high, lacking=step > 1))
    return found


async def newest_arrivals(session: AsyncSession, keys: Sequence[_Key]) -> dict[_Key, int]:
    """When the last segment of each epoch came that has any, in Unix ms."""
    rows = await session.execute(
        select(Segment.track_id, Segment.epoch, func.max(Segment.received_ms))
        .where(Segment.track_id.in_({track_id for track_id, _ in keys}))
        .group_by(Segment.track_id, Segment.epoch)
    )
    return {(track_id, epoch): newest for track_id, epoch, newest in rows}


async def received_in(
    session: AsyncSession,
    attempt_ids: Sequence[str],
    span: Interval,
    *,
    step_ms: int,
    kinds: Sequence[str] = tuple(TrackKind),
) -> list[int]:
    """Moments of a span (both ends included) at which segments of these attempts came: the first of each step.

    It looks through the segments of those attempts, so it is for a few.
    """
    theirs = select(Track.id).where(Track.attempt_id.in_(attempt_ids), Track.kind.in_(kinds))
    step = (Segment.received_ms - span[0]) // step_ms
    found = await session.scalars(
        select(func.min(Segment.received_ms))
        .where(Segment.track_id.in_(theirs), Segment.received_ms.between(span[0], span[1]))
        .group_by(step)
        .order_by(step)
    )
    return list(found)
