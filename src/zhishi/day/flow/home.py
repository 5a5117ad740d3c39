"""The home page: what to do now, what is held, checks (requirements, "Times" and "Flow")."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from zhishi.before.exams.queries import SittingFacts, rehearsal_of, sitting_facts
from zhishi.before.exams.rules import SittingKind
from zhishi.before.roster.queries import enrolled
from zhishi.day.attempts import actions as attempts
from zhishi.day.attempts.queries import (
    AttemptFacts,
    attempt_facts,
    attempts_of,
    login_of_secret,
    newest_preparation,
)
from zhishi.day.attempts.rules import PREPARED_FOR
from zhishi.day.flow.copies import copy_needs
from zhishi.day.flow.home_schemas import Home, HomeAttempt
from zhishi.day.flow.homecoming import HomeFacts, next_act
from zhishi.day.flow.queries import present_preparation, present_times
from zhishi.day.flow.verdicts import verdict_of
from zhishi.day.lots.queries import lots_of
from zhishi.day.recording.counting import JudgedTrack, judged_tracks_of
from zhishi.day.recording.rules import ARRIVED, COMPUTER_TRACKS, Verdict
from zhishi.foundation.edge.services import Services
from zhishi.foundation.kernel.clock import optional_ms, to_ms

# Rehearsals may be many; each one shown is judged by all that is held of it. The real one is always among them.
ATTEMPTS_SHOWN = 10


async def home_of(
    session: AsyncSession, services: Services, registration_id: str, *, device_id: str | None, now: datetime
) -> Home:
    """Everything that the home page shows. No name while an exam runs: its screen is recorded (law 9)."""
    who = await enrolled(session, registration_id)
    held_in = await sitting_facts(session, who.registration.sitting_id)
    rehearsal = await rehearsal_of(session, held_in.exam.id)
    mine = await _attempts(session, registration_id, held_in, rehearsal)
    tracks = await judged_tracks_of(session, mine, now=now)
    lots = await lots_of(session, [one.attempt.id for one in mine])
    check = await newest_preparation(session, registration_id)
    facts = _facts(
        held_in,
        mine,
        tracks,
        prepared=check is not None and check.at > now - PREPARED_FOR,
        rehearsals=rehearsal is not None,
        now=now,
    )
    assert held_in.schedule is not None
    settings = services.settings
    return Home(
        ticket=who.registration.ticket,
        name=None if facts.running else who.person.name,
        exam_title=held_in.exam.title,
        sitting_name=held_in.sitting.name,
        post=who.registration.post,
        time_zone=held_in.exam.time_zone,
        hotline=settings.hotline,
        hotline_hours=settings.hotline_hours,
        now_ms=to_ms(now),
        times=present_times(held_in.schedule),
        results_published_ms=optional_ms(held_in.exam.results_published_at),
        next=next_act(facts, now),
        attempts=[
            await _present(session, one, lots.get(one.attempt.id), tracks.get(one.attempt.id, []), now=now)
            for one in mine
        ],
        preparation=present_preparation(check, device_id=device_id),
        rehearsal=rehearsal is not None,
        registered_photo=who.registration.photo_key is not None,
    )


async def _attempts(
    session: AsyncSession, registration_id: str, held_in: SittingFacts, rehearsal: SittingFacts | None
) -> list[AttemptFacts]:
    """One's own attempts, the newest first: the real one, and all rehearsals."""
    found: list[AttemptFacts] = []
    for one in (held_in, *([rehearsal] if rehearsal is not None else [])):
        rows = await attempts_of(session, sitting_id=one.sitting.id, registration_id=registration_id)
        found += [AttemptFacts(row, one) for row in rows]
    newest = sorted(found, key=lambda one: one.attempt.created_at, reverse=True)
    return [one for n, one in enumerate(newest) if n < ATTEMPTS_SHOWN or one.kind is SittingKind.REAL]


def _facts(
    held_in: SittingFacts,
    mine: Sequence[AttemptFacts],
    tracks: dict[str, list[JudgedTrack]],
    *,
    prepared: bool,
    rehearsals: bool,
    now: datetime,
) -> HomeFacts:
    real = next((one for one in mine if one.kind is SittingKind.REAL), None)
    entered = real is not None and real.attempt.entered_at is not None
    over = real is not None and entered and real.ended_at(now) is not None
    until = None if real is None or entered else real.attempt.entry_until
    rehearsed = [one for one in mine if one.kind is SittingKind.REHEARSAL and one.attempt.entered_at is not None]
    assert held_in.schedule is not None
    return HomeFacts(
        schedule=held_in.schedule,
        running=entered and not over,
        over=over,
        uploading=over and real is not None and _is_uploading(tracks, real),
        may_still_enter=until is not None and now < min(until, held_in.schedule.ends),
        prepared=prepared,
        rehearsed=not rehearsals or any(one.ended_at(now) is not None for one in rehearsed),
    )


async def leave_attempt(session: AsyncSession, *, secret: str | None, registration_id: str, now: datetime) -> bool:
    """Who leaves the home page leaves it for good: a face login leads there too, and would open it again.

    An exam that runs is not left by the way. Returns whether a login was ended.
    """
    login = None if secret is None else await login_of_secret(session, secret, now=now)
    if login is None:
        return False
    attempt = await attempt_facts(session, login.attempt_id, for_change=True)
    runs = attempt.attempt.entered_at is not None and attempt.ended_at(now) is None
    if runs or attempt.attempt.registration_id != registration_id:
        return False
    await attempts.end_logins(session, attempt=attempt.attempt, reason="logged_out", at=now)
    return True


def _is_uploading(tracks: dict[str, list[JudgedTrack]], attempt: AttemptFacts) -> bool:
    """Whether the computer has something to send that may still come; the phone keeps nobody at the computer."""
    found = [one for one in tracks.get(attempt.attempt.id, []) if one.track.kind in COMPUTER_TRACKS]
    return any(one.verdict is Verdict.UPLOADING for one in found)


async def _present(
    session: AsyncSession, attempt: AttemptFacts, lot: str | None, tracks: Sequence[JudgedTrack], *, now: datetime
) -> HomeAttempt:
    row = attempt.attempt
    ended = attempt.ended_at(now) if row.entered_at is not None else None
    copies = await copy_needs(session, attempt, tracks, kinds=COMPUTER_TRACKS, over=ended is not None, now=now)
    return HomeAttempt(
        attempt_id=row.id,
        kind=attempt.kind,
        lot=lot,
        created_ms=to_ms(row.created_at),
        entered_ms=optional_ms(row.entered_at),
        ended_ms=optional_ms(ended),
        report_until_ms=to_ms(attempt.schedule.report_until),
        running=row.entered_at is not None and ended is None,
        complete=bool(tracks) and all(one.verdict in ARRIVED for one in tracks),
        wanted=copies.wanted,
        released=copies.released,
        copies_may_go=copies.may_go,
        verdict=None if ended is None else (await verdict_of(session, attempt, now=now)).overall,
    )
