"""Asking all rooms about a sitting's candidates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from zhishi.before.exams.queries import SittingFacts
from zhishi.before.exams.rules import SittingKind
from zhishi.before.roster.queries import Enrolled, enrolled, enrolled_in
from zhishi.day.attempts.models import Attempt
from zhishi.day.attempts.queries import AttemptFacts, attempts_in, interruptions_in
from zhishi.day.flow.queries import facts_of
from zhishi.day.flow.rules import is_over
from zhishi.day.invigilation.rules import CandidateState
from zhishi.day.lots.queries import lots_of
from zhishi.day.recording.queries import JudgedTrack, judged_tracks_of
from zhishi.day.recording.rules import Verdict


@dataclass(frozen=True, slots=True)
class Candidate:
    """A registration with its newest attempt in a sitting, if there is one."""

    who: Enrolled
    attempt: AttemptFacts | None
    lot: str | None
    state: CandidateState
    interruptions: int
    tracks: list[JudgedTrack]

    @property
    def complete(self) -> bool:
        return is_complete([one.verdict for one in self.tracks])


def is_complete(verdicts: Sequence[Verdict]) -> bool:
    """Whether everything that was recorded is held; one verdict for each track."""
    return bool(verdicts) and all(verdict is Verdict.COMPLETE for verdict in verdicts)


def state_of(attempt: AttemptFacts | None, verdicts: Sequence[Verdict], *, now: datetime) -> CandidateState:
    """Where a candidate is."""
    if attempt is None:
        return CandidateState.ABSENT
    facts = facts_of(attempt)
    if facts.entered_at is None:
        return CandidateState.LOGGED_IN
    if is_over(facts, now):
        return CandidateState.FINISHED if is_complete(verdicts) else CandidateState.UPLOADING
    return CandidateState.WAITING if now < facts.starts else CandidateState.ANSWERING


async def candidates_of(session: AsyncSession, held_in: SittingFacts, *, now: datetime) -> list[Candidate]:
    """Everybody in a sitting, by ticket number. In a rehearsal: everybody who rehearsed."""
    attempts = await attempts_in(session, held_in.sitting.id)
    newest: dict[str, Attempt] = {}
    for attempt in sorted(attempts, key=lambda one: one.ordinal):
        newest[attempt.registration_id] = attempt
    people = await _people(session, held_in, list(newest))
    ids = [attempt.id for attempt in newest.values()]
    lots, interruptions = await lots_of(session, ids), await interruptions_in(session, ids)
    judged = await judged_tracks_of(session, [AttemptFacts(row, held_in) for row in newest.values()], now=now)
    found = []
    for one in people:
        row = newest.get(one.registration.id)
        facts = None if row is None else AttemptFacts(row, held_in)
        tracks = [] if row is None else judged[row.id]
        found.append(
            Candidate(
                who=one,
                attempt=facts,
                lot=None if row is None else lots.get(row.id),
                state=state_of(facts, [track.verdict for track in tracks], now=now),
                interruptions=0 if row is None else interruptions.get(row.id, 0),
                tracks=tracks,
            )
        )
    return found


async def _people(session: AsyncSession, held_in: SittingFacts, registration_ids: Sequence[str]) -> Sequence[Enrolled]:
    if held_in.kind is SittingKind.REAL:
        return await enrolled_in(session, held_in.sitting.id)
    people = [await enrolled(session, registration_id) for registration_id in registration_ids]
    return sorted(people, key=lambda one: one.registration.ticket)
