"""What a benchmark stands on: an exam with one sitting and one attempt in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from zhishi.before.exams.actions import create_exam, create_sitting
from zhishi.before.exams.rules import PhotoPolicy, SittingKind, Timings
from zhishi.before.roster.actions import add_person, register
from zhishi.day.attempts.actions import begin_attempt
from zhishi.day.recording.actions import open_tracks
from zhishi.day.recording.queries import tracks_of
from zhishi.day.recording.rules import TrackKind
from zhishi.foundation.audit import SYSTEM
from zhishi.foundation.edge.services import Services
from zhishi.migrations import upgrade


@dataclass(frozen=True, slots=True)
class Seeded:
    """An attempt and its tracks by their kind."""

    attempt_id: str
    tracks: Mapping[TrackKind, str]


async def seed(services: Services, *, kinds: Sequence[TrackKind], at: datetime) -> Seeded:
    """Make the tables, and an attempt whose T0 is now, with open tracks."""
    await upgrade(services.database)
    async with services.database.writing() as session:
        exam = await create_exam(
            session,
            title="bench",
            time_zone="UTC",
            timings=Timings(),
            photo_policy=PhotoPolicy.REQUIRED,
            actor=SYSTEM,
            at=at,
        )
        sitting = await create_sitting(
            session, exam=exam, kind=SittingKind.REAL, name="bench", starts_at=at, actor=SYSTEM, at=at
        )
        person = await add_person(session, keys=services.keys, name="bench", id_tail="000000", actor=SYSTEM, at=at)
        registration = await register(
            session,
            sitting_id=sitting.id,
            person=person,
            ticket="1",
            post="bench",
            photo_key=None,
            photo_source=None,
            actor=SYSTEM,
            at=at,
        )
        attempt = await begin_attempt(
            session,
            sitting_id=sitting.id,
            registration_id=registration.id,
            kind=SittingKind.REAL,
            ordinal=1,
            device_id="bench",
            at=at,
        )
        await open_tracks(session, attempt=attempt, kinds=kinds, at=at)
        tracks = {TrackKind(track.kind): track.id for track in await tracks_of(session, attempt.id)}
    return Seeded(attempt.id, tracks)
