"""Routes of examiners. Every address is under the random id of one of their own sheets (law 9)."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path
from starlette.responses import Response

from zhishi.after.scoring import actions, presenting, queries
from zhishi.after.scoring.blinding import NAME_MAX, NUMBER_MAX, BlindEpoch, blind, renumbered, without_dates
from zhishi.after.scoring.queries import SHOWN_TO_EXAMINERS
from zhishi.after.scoring.schemas import Draft, DraftSaved, SheetList, SheetView, Submission
from zhishi.before.staff.access import EXAMINERS, Me
from zhishi.before.staff.models import StaffAccount
from zhishi.day.recording.playlists import playlist
from zhishi.day.recording.queries import epoch_row, playable, segment
from zhishi.day.recording.reading import Reader, init_location, location
from zhishi.day.recording.rules import TrackKind
from zhishi.day.recording.staff_api import HLS, present_part
from zhishi.foundation.edge.doors import Door
from zhishi.foundation.edge.services import Services
from zhishi.foundation.edge.transactions import Here, Look, Work
from zhishi.foundation.kernel.clock import to_ms
from zhishi.foundation.kernel.errors import NotFound

door = Door("/api/v1/sheets", tag="sheets")

Name = Annotated[int, Path(ge=0, lt=NAME_MAX)]
Number = Annotated[int, Path(ge=0, lt=NUMBER_MAX)]


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
    _, epochs = await _shown(look, services, me, sheet_id, kind)
    text = playlist([epoch.shown for epoch in epochs], over=True)
    return Response(text, media_type=HLS, headers={"Cache-Control": "no-store"})


@door.get("/{sheet_id}/tracks/{kind}/epochs/{epoch}/init", access=EXAMINERS, summary="Init segment")
async def read_init(sheet_id: str, kind: TrackKind, epoch: Name, me: Me, look: Look, services: Here) -> Response:
    track_id, found = await _shown_epoch(look, services, me, sheet_id, kind, epoch)
    row = await epoch_row(look, track_id, found.epoch)
    return present_part(without_dates(await Reader(services.blobs, services.parts).read(init_location(row))))


@door.get("/{sheet_id}/tracks/{kind}/epochs/{epoch}/segments/{number}", access=EXAMINERS, summary="Media segment")
async def read_segment(
    sheet_id: str, kind: TrackKind, epoch: Name, number: Number, me: Me, look: Look, services: Here
) -> Response:
    track_id, found = await _shown_epoch(look, services, me, sheet_id, kind, epoch)
    seq = found.recorded(number)
    if seq is None:
        raise NotFound()
    row = await segment(look, track_id, found.epoch, seq)
    return present_part(renumbered(await Reader(services.blobs, services.parts).read(location(row)), number))


async def _shown(
    look: Look, services: Services, me: StaffAccount, sheet_id: str, kind: TrackKind
) -> tuple[str, list[BlindEpoch]]:
    """A recording that this examiner may see now: (track id, epochs). Raises `NotFound` for any other."""
    sheet = await queries.sheet_for(look, sheet_id=sheet_id, staff_id=me.id)
    facts = await queries.sheet_facts(look, sheet, "", now=services.clock.now())
    found = [one.track.id for one in facts.tracks if one.track.kind == kind]
    if kind not in SHOWN_TO_EXAMINERS or not found or facts.why_not_playable is not None:
        raise NotFound()
    recorded = await playable(look, found[0])
    return found[0], blind(recorded, queries.window(facts), key=services.keys.tokens, sheet_id=sheet_id)


async def _shown_epoch(
    look: Look, services: Services, me: StaffAccount, sheet_id: str, kind: TrackKind, name: int
) -> tuple[str, BlindEpoch]:
    """One epoch of it by the name that is shown. Raises `NotFound`, also for an epoch outside the window."""
    track_id, epochs = await _shown(look, services, me, sheet_id, kind)
    for epoch in epochs:
        if epoch.name == name:
            return track_id, epoch
    raise NotFound()


async def _view(look: Look, services: Services, me: StaffAccount, sheet_id: str) -> SheetView:
    sheet = await queries.sheet_for(look, sheet_id=sheet_id, staff_id=me.id)
    listed = await queries.sheets_of(look, me.id)
    lot = next((lot for one, lot in listed if one.id == sheet_id), None)
    if lot is None:
        raise NotFound()
    facts = await queries.sheet_facts(look, sheet, lot, now=services.clock.now())
    return await presenting.present_sheet(look, services, facts, listed)
