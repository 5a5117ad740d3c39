"""Routes of examiners. Every address is under the random id of one of their own sheets (law 9)."""

from __future__ import annotations

from starlette.responses import Response

from zhishi.after.scoring import actions, presenting, queries
from zhishi.after.scoring.queries import SHOWN_TO_EXAMINERS, SheetFacts
from zhishi.after.scoring.schemas import Draft, DraftSaved, SheetList, SheetView, Submission
from zhishi.before.staff.access import EXAMINERS, Me
from zhishi.before.staff.models import StaffAccount
from zhishi.day.recording.playlists import playlist
from zhishi.day.recording.queries import epoch_row, playable, segment
from zhishi.day.recording.reading import init_location, location
from zhishi.day.recording.rules import TrackKind
from zhishi.day.recording.schemas import Ms, Seq
from zhishi.day.recording.staff_api import HLS, send_part
from zhishi.foundation.edge.doors import Door
from zhishi.foundation.edge.services import Services
from zhishi.foundation.edge.transactions import Here, Look, Work
from zhishi.foundation.kernel.clock import to_ms
from zhishi.foundation.kernel.errors import NotFound

door = Door("/api/v1/sheets", tag="sheets")


@door.get("", access=EXAMINERS, summary="My sheets")
async def list_sheets(me: Me, look: Look, services: Here) -> SheetList:
    now = services.clock.now()
    listed = await queries.sheets_of(look, me.id)
    exams = sorted({sheet.exam_id for sheet, _ in listed})
    maxima = {exam_id: (await queries.scheme_of(look, exam_id)).maximum for exam_id in exams}
    items = [
        presenting.present_item(facts, maxima[facts.sheet.exam_id])
        for facts in await queries.sheet_facts_of(look, listed, now=now)
    ]
    return SheetList(sheets=items, done=sum(item.state == "submitted" for item in items))


@door.get("/{sheet_id}", access=EXAMINERS, summary="One sheet")
async def read_sheet(sheet_id: str, me: Me, look: Look, services: Here) -> SheetView:
    return await _view(look, services, me, sheet_id)


@door.put("/{sheet_id}/draft", access=EXAMINERS, summary="Save marks, comment and notes")
async def save_draft(sheet_id: str, draft: Draft, me: Me, work: Work, services: Here) -> DraftSaved:
    now = services.clock.now()
    sheet = await queries.sheet_for(work, sheet_id=sheet_id, staff_id=me.id, for_change=True)
    scheme = await queries.scheme_of(work, sheet.exam_id)
    actions.save_draft(work, sheet=sheet, draft=draft, scheme=scheme, at=now)
    return DraftSaved(revision=sheet.revision, saved_ms=to_ms(now), total=sheet.total)


@door.post("/{sheet_id}/submission", access=EXAMINERS, summary="Submit and lock the sheet")
async def submit(sheet_id: str, submission: Submission, me: Me, work: Work, services: Here) -> SheetView:
    sheet = await queries.sheet_for(work, sheet_id=sheet_id, staff_id=me.id, for_change=True)
    scheme = await queries.scheme_of(work, sheet.exam_id)
    facts = await queries.sheet_facts(work, sheet, "", now=services.clock.now())
    if facts.why_not_playable is not None:
        raise actions.SheetNotPlayable()
    actions.submit(work, sheet=sheet, revision=submission.revision, scheme=scheme, at=services.clock.now())
    await work.flush()
    return await _view(work, services, me, sheet_id)


@door.get("/{sheet_id}/tracks/{kind}/playlist.m3u8", access=EXAMINERS, summary="HLS playlist of a recording")
async def read_playlist(sheet_id: str, kind: TrackKind, me: Me, look: Look, services: Here) -> Response:
    facts, track_id = await _shown(look, services, me, sheet_id, kind)
    text = playlist(await playable(look, track_id), over=True, within=queries.window(facts))
    return Response(text, media_type=HLS, headers={"Cache-Control": "no-store"})


@door.get("/{sheet_id}/tracks/{kind}/epochs/{epoch}/init", access=EXAMINERS, summary="Init segment")
async def read_init(sheet_id: str, kind: TrackKind, epoch: Ms, me: Me, look: Look, services: Here) -> Response:
    _, track_id = await _shown(look, services, me, sheet_id, kind)
    return await send_part(services, init_location(await epoch_row(look, track_id, epoch)))


@door.get("/{sheet_id}/tracks/{kind}/epochs/{epoch}/segments/{seq}", access=EXAMINERS, summary="Media segment")
async def read_segment(
    sheet_id: str, kind: TrackKind, epoch: Ms, seq: Seq, me: Me, look: Look, services: Here
) -> Response:
    facts, track_id = await _shown(look, services, me, sheet_id, kind)
    row = await segment(look, track_id, epoch, seq)
    low, high = queries.window(facts)
    if row.start_ms >= high or row.start_ms + row.duration_ms <= low:
        raise NotFound()
    return await send_part(services, location(row))


async def _shown(
    look: Look, services: Services, me: StaffAccount, sheet_id: str, kind: TrackKind
) -> tuple[SheetFacts, str]:
    """A recording that this examiner may see now: (facts, track id). Raises `NotFound` for any other."""
    sheet = await queries.sheet_for(look, sheet_id=sheet_id, staff_id=me.id)
    facts = await queries.sheet_facts(look, sheet, "", now=services.clock.now())
    found = [one.track.id for one in facts.tracks if one.track.kind == kind]
    if kind not in SHOWN_TO_EXAMINERS or not found or facts.why_not_playable is not None:
        raise NotFound()
    return facts, found[0]


async def _view(look: Look, services: Services, me: StaffAccount, sheet_id: str) -> SheetView:
    sheet = await queries.sheet_for(look, sheet_id=sheet_id, staff_id=me.id)
    listed = await queries.sheets_of(look, me.id)
    lot = next((lot for one, lot in listed if one.id == sheet_id), None)
    if lot is None:
        raise NotFound()
    facts = await queries.sheet_facts(look, sheet, lot, now=services.clock.now())
    return await presenting.present_sheet(look, services, facts, listed)
