"""Asking all rooms about a sitting's candidates, and about one of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from zhishi.before.exams.queries import SittingFacts
from zhishi.before.exams.rules import SittingKind
from zhishi.before.roster.queries import Enrolled, enrolled_among, enrolled_in
from zhishi.day.attempts.models import Attempt, Preparation
from zhishi.day.attempts.queries import AttemptFacts, attempts_in, interruptions_in, newest_preparations
from zhishi.day.binding.queries import phone_states
from zhishi.day.binding.rules import PhoneStatus
from zhishi.day.binding.schemas import PhoneState
from zhishi.day.flow.queries import Known, facts_of, known_in, known_of
from zhishi.day.flow.rules import is_over
from zhishi.day.help.models import HelpCall
from zhishi.day.help.queries import newest_calls, present_call, unread_in
from zhishi.day.help.rules import Sender
from zhishi.day.help.schemas import CallView
from zhishi.day.identity.models import VerificationRequest
from zhishi.day.identity.queries import waiting_in
from zhishi.day.invigilation.rules import CandidateState, Filter, Signs, Trouble, matches, troubles_of
from zhishi.day.lots.queries import lots_of
from zhishi.day.recording.counting import JudgedTrack, device_reports, judged_tracks_of, summaries_of
from zhishi.day.recording.models import Track
from zhishi.day.recording.rules import ARRIVED, Verdict
from zhishi.day.recording.schemas import DeviceReport
from zhishi.day.recording.tallies import Summary
from zhishi.foundation.kernel.clock import to_ms


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
        """Whether the exam is over for them and everything that was recorded is held, the phone's too."""
        return self.state is CandidateState.FINISHED


def state_of(attempt: AttemptFacts | None, verdicts: Sequence[Verdict], *, now: datetime) -> CandidateState:
    """Where a candidate is; one verdict for each track."""
    if attempt is None:
        return CandidateState.ABSENT
    facts = facts_of(attempt)
    if facts.entered_at is None:
        return CandidateState.LOGGED_IN
    if is_over(facts, now):
        complete = bool(verdicts) and all(verdict in ARRIVED for verdict in verdicts)
        return CandidateState.FINISHED if complete else CandidateState.UPLOADING
    return CandidateState.WAITING if now < facts.starts else CandidateState.ANSWERING


async def candidates_of(
    session: AsyncSession, held_in: SittingFacts, *, now: datetime, also: Collection[str] = ()
) -> list[Candidate]:
    """Everybody in a sitting, by ticket number. In a rehearsal: everybody who rehearsed, and the registrations that
    are `also` named."""
    newest: dict[str, Attempt] = {}
    for attempt in sorted(await attempts_in(session, held_in.sitting.id), key=lambda one: one.ordinal):
        newest[attempt.registration_id] = attempt
    if held_in.kind is SittingKind.REAL:
        people: Sequence[Enrolled] = await enrolled_in(session, held_in.sitting.id)
    else:
        people = await enrolled_among(session, {*newest, *also})
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


@dataclass(frozen=True, slots=True)
class Watched:
    """A candidate with what may need somebody: what the list is filtered by."""

    candidate: Candidate
    call: HelpCall | None
    waiting: VerificationRequest | None
    phone: PhoneState | None
    devices: DeviceReport | None
    troubles: list[Trouble]

    def under(self, chosen: Filter) -> bool:
        """Whether the candidate belongs under a filter."""
        return matches(
            self.candidate.state,
            chosen,
            complete=self.candidate.complete,
            calling=self.call is not None and self.call.closed_at is None,
            verifying=self.waiting is not None,
            troubled=bool(self.troubles),
        )


async def watched_in(session: AsyncSession, held_in: SittingFacts, *, now: datetime) -> list[Watched]:
    """Everybody in a sitting, with what may need somebody. In as many queries for a thousand as for one."""
    waiting = await waiting_in(session, held_in.sitting.id)
    everybody = await candidates_of(session, held_in, now=now, also=waiting)
    rows = [one.attempt.attempt for one in everybody if one.attempt is not None]
    ids = [row.id for row in rows]
    calls, phones = await newest_calls(session, ids), await phone_states(session, rows, now=now)
    devices = await device_reports(session, ids)
    found = []
    for one in everybody:
        key = None if one.attempt is None else one.attempt.attempt.id
        phone, report = (None, None) if key is None else (phones[key], devices.get(key))
        found.append(
            Watched(
                candidate=one,
                call=None if key is None else calls.get(key),
                waiting=waiting.get(one.who.registration.id),
                phone=phone,
                devices=report,
                troubles=_troubles(one, phone, report, now=now),
            )
        )
    return found


def _troubles(
    candidate: Candidate, phone: PhoneState | None, report: DeviceReport | None, *, now: datetime
) -> list[Trouble]:
    entered = None if candidate.attempt is None else candidate.attempt.attempt.entered_at
    if entered is None:
        return []
    phone_lost = phone is not None and phone.state is PhoneStatus.LOST
    if report is None:
        signs = Signs(quiet_ms=to_ms(now) - to_ms(entered), phone_lost=phone_lost)
    else:
        signs = Signs(
            quiet_ms=to_ms(now) - report.heard_ms,
            tracks={track.state for track in report.tracks},
            pictures={track.picture for track in report.tracks if track.picture is not None},
            microphone=report.microphone,
            visible=report.visible,
            pending=report.pending_segments,
            phone_lost=phone_lost,
        )
    return troubles_of(candidate.state, signs)


@dataclass(frozen=True, slots=True)
class Line:
    """What a line of the list shows beyond what lists are filtered by."""

    watched: Watched
    tracks: Sequence[tuple[Track, Summary]]
    known: Known | None
    preparation: Preparation | None
    unread: int


async def lines_of(session: AsyncSession, page: Sequence[Watched], *, now: datetime) -> list[Line]:
    """The lines of a page."""
    attempts = [one.candidate.attempt for one in page if one.candidate.attempt is not None]
    summaries = await summaries_of(session, attempts, now=now)
    phones = {one.candidate.attempt.attempt.id: one.phone for one in page if one.candidate.attempt and one.phone}
    known = await known_in(session, attempts, phones=phones, now=now)
    absent = [one.candidate.who.registration.id for one in page if one.candidate.attempt is None]
    checks = await newest_preparations(session, absent)
    unread = await unread_in(session, list(known), Sender.CANDIDATE)
    found = []
    for one in page:
        if one.candidate.attempt is None:
            found.append(Line(one, (), None, checks.get(one.candidate.who.registration.id), 0))
            continue
        key = one.candidate.attempt.attempt.id
        found.append(Line(one, summaries[key], known[key], known[key].preparation, unread.get(key, 0)))
    return found


@dataclass(frozen=True, slots=True)
class Closeup:
    """One attempt as staff look at it: what the rooms know, and what it says of itself now."""

    known: Known
    devices: DeviceReport | None
    call: CallView
    interruptions: int


async def closeup_of(session: AsyncSession, attempt: AttemptFacts, *, now: datetime) -> Closeup:
    """Ask the rooms about one attempt, for whoever looks at it."""
    key = attempt.attempt.id
    call = (await newest_calls(session, [key])).get(key)
    return Closeup(
        known=await known_of(session, attempt, now=now),
        devices=(await device_reports(session, [key])).get(key),
        call=await present_call(session, call, sitting_id=attempt.attempt.sitting_id),
        interruptions=(await interruptions_in(session, [key])).get(key, 0),
    )
