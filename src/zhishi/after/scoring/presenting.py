"""How sheets are shown to their examiner."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from zhishi.after.scoring import queries
from zhishi.after.scoring.models import Sheet
from zhishi.after.scoring.queries import SheetFacts
from zhishi.after.scoring.rules import SheetState
from zhishi.after.scoring.schemas import SheetItem, SheetNote, SheetTrack, SheetView
from zhishi.before.papers.actions import open_paper
from zhishi.before.papers.queries import paper_of
from zhishi.before.papers.schemas import Question
from zhishi.day.recording.queries import HeldTrack
from zhishi.day.recording.rules import TrackKind
from zhishi.day.recording.schemas import GapView
from zhishi.foundation.edge.services import Services
from zhishi.foundation.kernel.clock import optional_ms
from zhishi.foundation.kernel.intervals import Interval, clip


def present_item(facts: SheetFacts, maximum: str) -> SheetItem:
    """A line of the list."""
    why = facts.why_not_playable
    return SheetItem(
        sheet_id=facts.sheet.id,
        lot=facts.lot,
        state=SheetState(facts.sheet.state),
        total=facts.sheet.total,
        maximum=maximum,
        playable=why is None,
        why=why,
    )


async def present_sheet(
    session: AsyncSession, services: Services, facts: SheetFacts, listed: list[tuple[Sheet, str]]
) -> SheetView:
    """A sheet with its recordings, questions and neighbours."""
    sheet = facts.sheet
    order = [one.id for one, _ in listed]
    at = order.index(sheet.id)
    number = await queries.examiner_number(session, exam_id=sheet.exam_id, staff_id=sheet.staff_id)
    scheme = await queries.scheme_of(session, sheet.exam_id)
    low, high = queries.window(facts)
    why = facts.why_not_playable
    recordings = await queries.recordings_of(session, facts) if why is None else []
    return SheetView(
        sheet_id=sheet.id,
        time_zone=facts.attempt.held_in.exam.time_zone,
        lot=facts.lot,
        position=at + 1,
        count=len(order),
        previous_id=order[at - 1] if at > 0 else None,
        next_id=order[at + 1] if at + 1 < len(order) else None,
        examiner_label=f"{number:02d}",
        state=SheetState(sheet.state),
        revision=sheet.revision,
        from_ms=low,
        to_ms=high,
        playable=why is None,
        why=why,
        scheme=scheme,
        marks={element.key: sheet.marks.get(element.key) for element in scheme.elements},
        comment=sheet.comment,
        notes=[SheetNote.model_validate(note) for note in sheet.notes],
        total=sheet.total,
        submitted_ms=optional_ms(sheet.submitted_at),
        questions=await _questions(session, services, facts),
        tracks=[_present_track(sheet.id, one, (low, high)) for one in recordings],
    )


def _present_track(sheet_id: str, held: HeldTrack, bounds: Interval) -> SheetTrack:
    low, high = bounds
    gaps = [
        GapView(from_ms=max(gap.from_ms, low), to_ms=min(gap.to_ms, high), cause=gap.cause)
        for gap in held.assessment.gaps
        if gap.from_ms < high and gap.to_ms > low
    ]
    return SheetTrack(
        kind=TrackKind(held.track.kind),
        playlist_url=f"/api/v1/sheets/{sheet_id}/tracks/{held.track.kind}/playlist.m3u8",
        covered=clip(held.assessment.covered, bounds),
        gaps=gaps,
    )


async def _questions(session: AsyncSession, services: Services, facts: SheetFacts) -> list[Question]:
    paper = await paper_of(session, facts.attempt.attempt.sitting_id)
    if paper is None:
        return []
    starts = facts.attempt.schedule.starts
    return open_paper(paper, keys=services.keys, starts=starts, now=facts.now).questions
