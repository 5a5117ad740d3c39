"""Reading recordings: what is held of which track."""

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
from zhishi.day.recording.rules import (
    TOLERANCE_MS,
    Assessment,
    EpochCount,
    EpochFacts,
    EpochTally,
    Extent,
    Piece,
    Space,
    Summary,
    TrackFacts,
    TrackKind,
    TrackTally,
    Verdict,
    assess,
    due_until,
    judge,
    summarise,
    witnessed_ms,
)
from zhishi.day.recording.schemas import DeviceReport
from zhishi.foundation.kernel.clock import to_ms
from zhishi.foundation.kernel.errors import NotFound

BLOB = "blob:"


@dataclass(frozen=True, slots=True)
class HeldEpoch:
    """An epoch with its row, its facts for the rules, its bytes and its witness."""

    row: Epoch
    facts: EpochFacts
    bytes_held: int
    witnessed_ms: int


@dataclass(frozen=True, slots=True)
class HeldTrack:
    """A track with its epochs and the verdict on it."""

    track: Track
    epochs: list[HeldEpoch]
    assessment: Assessment


@dataclass(frozen=True, slots=True)
class JudgedTrack:
    """A track with nothing but the verdict on it."""

    track: Track
    verdict: Verdict


async def tracks_of(session: AsyncSession, attempt_id: str) -> list[Track]:
    """The tracks of an attempt, camera first."""
    found = await session.scalars(select(Track).where(Track.attempt_id == attempt_id).order_by(Track.kind))
    return list(found)


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


async def track(session: AsyncSession, track_id: str) -> Track:
    """One track. Raises `NotFound`."""
    found = await session.get(Track, track_id)
    if found is None:
        raise NotFound()
    return found


async def held_tracks(session: AsyncSession, attempt: AttemptFacts, *, now: datetime) -> list[HeldTrack]:
    """Everything about the tracks of an attempt: rows, intervals, gaps, verdicts.

    It reads every segment and notice, so it is for one attempt; lists ask `judged_tracks_of` and `summaries_of`.
    """
    listed = await tracks_of(session, attempt.attempt.id)
    ids = [one.id for one in listed]
    epochs = await _epochs_of(session, ids)
    segments = await _segments_of(session, ids)
    notices = await _notices_of(session, ids)
    found = []
    for one in listed:
        held = [_held_epoch(row, segments, notices) for row in epochs.get(one.id, [])]
        assessment = _assess(one, attempt, [epoch.facts for epoch in held], now=now)
        found.append(HeldTrack(one, held, assessment))
    return found


async def judged_tracks_of(
    session: AsyncSession, attempts: Sequence[AttemptFacts], *, now: datetime
) -> dict[str, list[JudgedTrack]]:
    """The tracks of attempts with their verdicts: what is counted is counted by the database, and only if it must."""
    by_id = {attempt.attempt.id: attempt for attempt in attempts}
    found: dict[str, list[JudgedTrack]] = {attempt_id: [] for attempt_id in by_id}
    listed = await _tracks_in(session, list(by_id))
    over = {one.id for one in listed if _due_until(one, by_id[one.attempt_id], now)[1]}
    counts = await epoch_counts(session, sorted(over))
    for one in listed:
        verdict = judge(
            [count.whole for count in counts.get(one.id, [])],
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
        due_to, over = _due_until(one, attempt, now)
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
    for track_id, epoch, init, declared, held, top, heard in rows:
        newest = max(-1 if top is None else top, -1 if heard is None else heard)
        found[track_id].append(EpochCount(epoch, init, declared, held, newest))
    return found


def _counting() -> Select[Any]:
    mine = (Segment.track_id == Epoch.track_id) & (Segment.epoch == Epoch.epoch)
    count = select(func.count()).select_from(Segment).where(mine).scalar_subquery()
    top = select(func.max(Segment.seq)).where(mine).scalar_subquery()
    heard = (
        select(func.max(Notice.seq))
        .where(Notice.track_id == Epoch.track_id, Notice.epoch == Epoch.epoch)
        .scalar_subquery()
    )
    # What has ended is asked for again and again, and by far the most of it is settled: it is not counted.
    held = case((all_in_file(), Epoch.file_segments), else_=count)
    return select(Epoch.track_id, Epoch.epoch, Epoch.init_sha256.is_not(None), Epoch.declared, held, top, heard)


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


def _assess(track: Track, attempt: AttemptFacts, epochs: Sequence[EpochFacts], *, now: datetime) -> Assessment:
    due_to, over = _due_until(track, attempt, now)
    facts = TrackFacts(
        due_from_ms=to_ms(track.opened_at),
        due_to_ms=to_ms(due_to),
        over=over,
        epochs=epochs,
    )
    return assess(facts, may_still_come=now < attempt.schedule.phone_until)


def is_track_over(track: Track, attempt: AttemptFacts, *, now: datetime) -> bool:
    """Whether nothing more of a track is due: camera and screen with the attempt, the phone when it was stopped."""
    return _due_until(track, attempt, now)[1]


def _due_until(track: Track, attempt: AttemptFacts, now: datetime) -> tuple[datetime, bool]:
    return due_until(
        TrackKind(track.kind),
        closed_at=track.closed_at,
        ended_at=attempt.ended_at(now),
        phone_until=attempt.schedule.phone_until,
        now=now,
    )


async def _epochs_of(session: AsyncSession, track_ids: Sequence[str]) -> dict[str, list[Epoch]]:
    rows = await session.scalars(
        select(Epoch).where(Epoch.track_id.in_(track_ids)).order_by(Epoch.track_id, Epoch.epoch)
    )
    found: defaultdict[str, list[Epoch]] = defaultdict(list)
    for row in rows:
        found[row.track_id].append(row)
    return found


_Key = tuple[str, int]


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


@dataclass(frozen=True, slots=True)
class _Held:
    """A segment whose bytes are here."""

    piece: Piece
    size: int
    sha256: bytes


@dataclass(frozen=True, slots=True)
class _Heard:
    """A segment that a heartbeat spoke of."""

    piece: Piece
    heard_ms: int
    sha256: bytes


async def _segments_of(session: AsyncSession, track_ids: Sequence[str]) -> dict[_Key, list[_Held]]:
    rows = await session.execute(
        select(
            Segment.track_id,
            Segment.epoch,
            Segment.seq,
            Segment.start_ms,
            Segment.duration_ms,
            Segment.length,
            Segment.sha256,
        )
        .where(Segment.track_id.in_(track_ids))
        .order_by(Segment.track_id, Segment.epoch, Segment.seq)
    )
    found: defaultdict[_Key, list[_Held]] = defaultdict(list)
    for track_id, epoch, seq, start_ms, duration_ms, size, digest in rows:
        found[track_id, epoch].append(_Held(Piece(seq, start_ms, duration_ms), size, digest))
    return found


async def _notices_of(session: AsyncSession, track_ids: Sequence[str]) -> dict[_Key, list[_Heard]]:
    rows = await session.execute(
        select(
            Notice.track_id,
            Notice.epoch,
            Notice.seq,
            Notice.start_ms,
            Notice.duration_ms,
            Notice.heard_ms,
            Notice.sha256,
        ).where(Notice.track_id.in_(track_ids))
    )
    found: defaultdict[_Key, list[_Heard]] = defaultdict(list)
    for track_id, epoch, seq, start_ms, duration_ms, heard_ms, digest in rows:
        found[track_id, epoch].append(_Heard(Piece(seq, start_ms, duration_ms), heard_ms, digest))
    return found


def _held_epoch(row: Epoch, segments: dict[_Key, list[_Held]], notices: dict[_Key, list[_Heard]]) -> HeldEpoch:
    key = (row.track_id, row.epoch)
    held, heard = segments.get(key, []), notices.get(key, [])
    facts = EpochFacts(
        epoch=row.epoch,
        init=row.init_sha256 is not None,
        declared=row.declared,
        held=[one.piece for one in held],
        noticed=[one.piece for one in heard],
        settled=row.settled_at is not None and row.file_segments == len(held),
    )
    return HeldEpoch(
        row=row,
        facts=facts,
        bytes_held=sum(one.size for one in held),
        witnessed_ms=witnessed_ms(_witnesses(held, heard)),
    )


def _witnesses(held: Sequence[_Held], heard: Sequence[_Heard]) -> list[tuple[Piece, int]]:
    """Held segments with the time at which they were heard of, if it was these very bytes that were spoken of."""
    told = {one.piece.seq: one for one in heard}
    pairs = [(one, told[one.piece.seq]) for one in held if one.piece.seq in told]
    return [(one.piece, word.heard_ms) for one, word in pairs if word.sha256 == one.sha256]


@dataclass(frozen=True, slots=True)
class Playable:
    """What a playlist is made of: epochs with an init, each with its segments in order."""

    epoch: int
    segments: list[Piece]


async def playable(session: AsyncSession, track_id: str) -> list[Playable]:
    """The epochs of a track that can be played."""
    segments = await _segments_of(session, [track_id])
    epochs = (await _epochs_of(session, [track_id])).get(track_id, [])
    return [
        Playable(row.epoch, [one.piece for one in segments[track_id, row.epoch]])
        for row in epochs
        if row.init_sha256 is not None and segments.get((track_id, row.epoch))
    ]


async def segment(session: AsyncSession, track_id: str, epoch: int, seq: int) -> Segment:
    """One index row. Raises `NotFound`."""
    found = await session.get(Segment, (track_id, epoch, seq))
    if found is None:
        raise NotFound()
    return found


async def epoch_row(session: AsyncSession, track_id: str, epoch: int) -> Epoch:
    """One epoch that has its init. Raises `NotFound`."""
    found = await session.get(Epoch, (track_id, epoch))
    if found is None or found.init_sha256 is None:
        raise NotFound()
    return found


async def segments_in(session: AsyncSession, track_id: str, epoch: int) -> list[Segment]:
    """The index rows of an epoch, in order."""
    found = await session.scalars(
        select(Segment).where(Segment.track_id == track_id, Segment.epoch == epoch).order_by(Segment.seq)
    )
    return list(found)
