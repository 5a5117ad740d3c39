"""Reading recordings: what is held of which track."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from zhishi.day.attempts.queries import AttemptFacts
from zhishi.day.recording.causes import Trouble
from zhishi.day.recording.completeness import Assessment, EpochFacts, TrackFacts, assess
from zhishi.day.recording.logbook import troubles_in
from zhishi.day.recording.models import Epoch, Notice, Segment, Track
from zhishi.day.recording.rules import CloseReason, Piece, TrackKind, due_until, witnessed
from zhishi.foundation.kernel.clock import to_ms
from zhishi.foundation.kernel.errors import NotFound
from zhishi.foundation.kernel.intervals import Interval, length

BLOB = "blob:"


@dataclass(frozen=True, slots=True)
class HeldEpoch:
    """An epoch with its row, its facts for the rules, its bytes and its witness."""

    row: Epoch
    facts: EpochFacts
    bytes_held: int
    witnessed: list[Interval]

    @property
    def witnessed_ms(self) -> int:
        return length(self.witnessed)


@dataclass(frozen=True, slots=True)
class HeldTrack:
    """A track with its epochs and the verdict on it."""

    track: Track
    epochs: list[HeldEpoch]
    assessment: Assessment


async def tracks_of(session: AsyncSession, attempt_id: str) -> list[Track]:
    """The tracks of an attempt, camera first."""
    found = await session.scalars(select(Track).where(Track.attempt_id == attempt_id).order_by(Track.kind))
    return list(found)


async def track(session: AsyncSession, track_id: str) -> Track:
    """One track. Raises `NotFound`."""
    found = await session.get(Track, track_id)
    if found is None:
        raise NotFound()
    return found


async def held_tracks(session: AsyncSession, attempt: AttemptFacts, *, now: datetime) -> list[HeldTrack]:
    """Everything about the tracks of an attempt: rows, intervals, gaps, verdicts.

    It reads every segment and notice, so it is for one attempt; lists ask `counting`.
    """
    listed = await tracks_of(session, attempt.attempt.id)
    ids = [one.id for one in listed]
    epochs = await _epochs_of(session, ids)
    segments = await _segments_of(session, ids)
    notices = await _notices_of(session, ids)
    troubles = await troubles_in(session, attempt.attempt.id, until_ms=to_ms(now))
    found = []
    for one in listed:
        held = [_held_epoch(row, segments, notices) for row in epochs.get(one.id, [])]
        facts = [epoch.facts for epoch in held]
        assessment = _assess(one, attempt, facts, troubles[TrackKind(one.kind)], now=now)
        found.append(HeldTrack(one, held, assessment))
    return found


def _assess(
    track: Track, attempt: AttemptFacts, epochs: Sequence[EpochFacts], troubles: Sequence[Trouble], *, now: datetime
) -> Assessment:
    due_to, over = track_due(track, attempt, now)
    facts = TrackFacts(
        due_from_ms=to_ms(track.opened_at),
        due_to_ms=to_ms(due_to),
        over=over,
        epochs=epochs,
        troubles=troubles,
    )
    return assess(facts, may_still_come=now < attempt.schedule.phone_until)


def is_track_over(track: Track, attempt: AttemptFacts, *, now: datetime) -> bool:
    """Whether nothing more of a track is due: camera and screen with the attempt, the phone when it was stopped."""
    return track_due(track, attempt, now)[1]


def track_due(track: Track, attempt: AttemptFacts, now: datetime) -> tuple[datetime, bool]:
    """Until when a track is due, and whether nothing more of it is."""
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


@dataclass(frozen=True, slots=True)
class _Held:
    """A segment whose bytes are here."""

    piece: Piece
    size: int
    sha256: bytes
    received_ms: int


@dataclass(frozen=True, slots=True)
class _Heard:
    """A segment that a heartbeat spoke of."""

    piece: Piece
    heard_ms: int
    sha256: bytes
    lost: bool


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
            Segment.received_ms,
        )
        .where(Segment.track_id.in_(track_ids))
        .order_by(Segment.track_id, Segment.epoch, Segment.seq)
    )
    found: defaultdict[_Key, list[_Held]] = defaultdict(list)
    for track_id, epoch, seq, start_ms, duration_ms, size, digest, received_ms in rows:
        found[track_id, epoch].append(_Held(Piece(seq, start_ms, duration_ms), size, digest, received_ms))
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
            Notice.lost_ms,
        ).where(Notice.track_id.in_(track_ids))
    )
    found: defaultdict[_Key, list[_Heard]] = defaultdict(list)
    for track_id, epoch, seq, start_ms, duration_ms, heard_ms, digest, lost_ms in rows:
        piece = Piece(seq, start_ms, duration_ms)
        found[track_id, epoch].append(_Heard(piece, heard_ms, digest, lost=lost_ms is not None))
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
        checked=row.settled_at is not None and row.file_segments == len(held),
        closed=None if row.close_reason is None else CloseReason(row.close_reason),
        undecodable=frozenset(row.file_undecodable or ()),
        lost=frozenset(one.piece.seq for one in heard if one.lost) - {one.piece.seq for one in held},
    )
    return HeldEpoch(
        row=row,
        facts=facts,
        bytes_held=sum(one.size for one in held),
        witnessed=witnessed(_witnesses(held, heard)),
    )


def _witnesses(held: Sequence[_Held], heard: Sequence[_Heard]) -> list[tuple[Piece, int]]:
    """Held segments with the time at which the server first heard of them: by a heartbeat, or as they came.

    Where a heartbeat spoke of other bytes under that number nothing is a witness.
    """
    told = {one.piece.seq: one for one in heard}
    found = []
    for one in held:
        word = told.get(one.piece.seq)
        if word is None:
            found.append((one.piece, one.received_ms))
        elif word.sha256 == one.sha256:
            found.append((one.piece, min(word.heard_ms, one.received_ms)))
    return found


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


async def declared(session: AsyncSession, track_id: str, epoch: int) -> int | None:
    """How many segments its recorder said that an epoch has; None if it has not said so."""
    return await session.scalar(select(Epoch.declared).where(Epoch.track_id == track_id, Epoch.epoch == epoch))


async def segments_in(session: AsyncSession, track_id: str, epoch: int) -> list[Segment]:
    """The index rows of an epoch, in order."""
    found = await session.scalars(
        select(Segment).where(Segment.track_id == track_id, Segment.epoch == epoch).order_by(Segment.seq)
    )
    return list(found)
