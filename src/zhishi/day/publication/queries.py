"""Reading how an exam stands before its results are published."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from zhishi.before.exams.models import Exam
from zhishi.before.exams.queries import real_sittings_of
from zhishi.day.attempts.queries import entered_attempts
from zhishi.day.publication.schemas import Lacking, WaitingSitting
from zhishi.day.recording.counting import JudgedTrack, judged_tracks_of
from zhishi.day.recording.rules import Verdict
from zhishi.day.rescue.queries import open_reports_among
from zhishi.foundation.kernel.clock import to_ms


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether the results of an exam may be published: what must be waited for, and what may never come."""

    waiting: Sequence[WaitingSitting]
    lacking: Lacking


async def standing_of(session: AsyncSession, exam: Exam, *, now: datetime) -> Standing:
    """How all real sittings of an exam stand; a rehearsal has no results."""
    waiting, incomplete, reports = [], 0, 0
    for held_in in await real_sittings_of(session, exam.id):
        # A real sitting has its T0.
        assert held_in.schedule is not None
        until = held_in.schedule.phone_until
        if now < until:
            waiting.append(
                WaitingSitting(sitting_id=held_in.sitting.id, name=held_in.sitting.name, until_ms=to_ms(until))
            )
        attempts = await entered_attempts(session, sitting_id=held_in.sitting.id)
        judged = await judged_tracks_of(session, attempts, now=now)
        incomplete += sum(not _is_complete(tracks) for tracks in judged.values())
        reports += await open_reports_among(session, list(judged))
    return Standing(waiting, Lacking(incomplete=incomplete, open_reports=reports))


def _is_complete(tracks: Sequence[JudgedTrack]) -> bool:
    """Whether everything that was recorded is here and was read back: what was not may still be asked for again."""
    return bool(tracks) and all(one.verdict is Verdict.COMPLETE for one in tracks)
