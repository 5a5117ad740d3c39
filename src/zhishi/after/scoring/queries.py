"""Reading scoring. What comes out of here goes to examiners, so no name, ticket or photograph is ever selected.

The room does not import the roster at all; an import contract keeps it so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from zhishi.after.scoring.models import PanelMember, Scheme, Sheet
from zhishi.after.scoring.schemas import SchemeView
from zhishi.before.exams.queries import sitting_facts
from zhishi.day.attempts.models import Attempt
from zhishi.day.attempts.queries import AttemptFacts, attempt_facts
from zhishi.day.lots.queries import lots_of
from zhishi.day.recording.counting import JudgedTrack, judged_tracks_of
from zhishi.day.recording.queries import HeldTrack, held_tracks
from zhishi.day.recording.rules import ARRIVED, TrackKind
from zhishi.day.rescue.queries import reported_among
from zhishi.foundation.kernel.clock import to_ms
from zhishi.foundation.kernel.errors import NotFound
from zhishi.foundation.kernel.intervals import Interval

# Law 9: never the screen, the pan or the chat.
SHOWN_TO_EXAMINERS = (TrackKind.CAMERA, TrackKind.PHONE)


@dataclass(frozen=True, slots=True)
class SheetFacts:
    """A sheet, its attempt and lot, and which recordings can be seen of it.

    `reported` says that their upload was reported as failed (R9), and that staff has not settled that yet.
    """

    sheet: Sheet
    attempt: AttemptFacts
    lot: str
    tracks: list[JudgedTrack]
    reported: bool
    now: datetime

    @property
    def ends(self) -> datetime:
        return self.attempt.ended_at(self.now) or self.attempt.schedule.ends

    @property
    def why_not_playable(self) -> str | None:
        """Examiners judge whole recordings: they wait until everything has come, or until it is late (F10.3)."""
        shown = [one for one in self.tracks if one.track.kind in SHOWN_TO_EXAMINERS]
        if shown and all(one.verdict in ARRIVED for one in shown):
            return None
        if self.now < self.attempt.schedule.phone_until:
            return "still_uploading"
        # What comes on a stick next week must not find a score that was given without it.
        return "upload_reported" if self.reported else None


async def scheme_of(session: AsyncSession, exam_id: str) -> SchemeView:
    """The scheme of an exam. Raises `NotFound`."""
    scheme = await session.get(Scheme, exam_id)
    if scheme is None:
        raise NotFound()
    return SchemeView.model_validate(scheme.content)


async def sheets_of(session: AsyncSession, staff_id: str) -> list[tuple[Sheet, str]]:
    """An examiner's sheets with their lots, in the order of the lots within each exam."""
    sheets = list(await session.scalars(select(Sheet).where(Sheet.staff_id == staff_id)))
    lots = await lots_of(session, [sheet.attempt_id for sheet in sheets])
    known = [(sheet, lots[sheet.attempt_id]) for sheet in sheets if sheet.attempt_id in lots]
    return sorted(known, key=lambda pair: (pair[0].exam_id, pair[1], pair[0].id))


async def sheet_for(session: AsyncSession, *, sheet_id: str, staff_id: str, for_change: bool = False) -> Sheet:
    """A sheet of this examiner; `for_change` lets one window at a time look at its revision and then save.

    Raises `NotFound`, also for another examiner's sheet.
    """
    sheet = await session.get(Sheet, sheet_id, with_for_update=for_change)
    if sheet is None or sheet.staff_id != staff_id:
        raise NotFound()
    return sheet


async def sheet_facts(session: AsyncSession, sheet: Sheet, lot: str, *, now: datetime) -> SheetFacts:
    """A sheet with what examiners may know of its attempt."""
    attempt = await attempt_facts(session, sheet.attempt_id)
    return (await _facts_of(session, [(sheet, lot)], [attempt], now=now))[0]


async def sheet_facts_of(
    session: AsyncSession, listed: Sequence[tuple[Sheet, str]], *, now: datetime
) -> list[SheetFacts]:
    """The same for many sheets, in a few queries."""
    rows = await session.scalars(select(Attempt).where(Attempt.id.in_([sheet.attempt_id for sheet, _ in listed])))
    attempts = list(rows)
    held_in = {one: await sitting_facts(session, one) for one in sorted({row.sitting_id for row in attempts})}
    facts = [AttemptFacts(row, held_in[row.sitting_id]) for row in attempts]
    return await _facts_of(session, listed, facts, now=now)


async def _facts_of(
    session: AsyncSession, listed: Sequence[tuple[Sheet, str]], attempts: Sequence[AttemptFacts], *, now: datetime
) -> list[SheetFacts]:
    by_id = {attempt.attempt.id: attempt for attempt in attempts}
    judged = await judged_tracks_of(session, attempts, now=now)
    shown = {
        attempt_id: [one for one in tracks if one.track.kind in SHOWN_TO_EXAMINERS]
        for attempt_id, tracks in judged.items()
    }
    reported = await reported_among(session, by_id.keys())
    return [
        SheetFacts(sheet, by_id[sheet.attempt_id], lot, shown[sheet.attempt_id], sheet.attempt_id in reported, now)
        for sheet, lot in listed
    ]


async def recordings_of(session: AsyncSession, facts: SheetFacts) -> list[HeldTrack]:
    """The recordings of a sheet to the millisecond, for the one that is open."""
    tracks = await held_tracks(session, facts.attempt, now=facts.now)
    return [one for one in tracks if one.track.kind in SHOWN_TO_EXAMINERS]


def window(facts: SheetFacts) -> Interval:
    """T0 to this candidate's end, Unix ms: all that examiners may see."""
    return to_ms(facts.attempt.schedule.starts), to_ms(facts.ends)


async def panel_of(session: AsyncSession, exam_id: str) -> list[PanelMember]:
    """The examiners of an exam."""
    found = await session.scalars(
        select(PanelMember).where(PanelMember.exam_id == exam_id).order_by(PanelMember.number)
    )
    return list(found)


async def examiner_number(session: AsyncSession, *, exam_id: str, staff_id: str) -> int:
    """The number by which an examiner is known."""
    member = await session.get(PanelMember, (exam_id, staff_id))
    return 0 if member is None else member.number
