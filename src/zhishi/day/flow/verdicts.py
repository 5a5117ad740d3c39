"""How a finished attempt went, technically: what a rehearsal is for (F1.2). No judgement of the person."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Literal

from sqlalchemy.ext.asyncio import AsyncSession

from zhishi.day.attempts.queries import AttemptFacts, events_of, newest_preparation
from zhishi.day.attempts.rules import ClientEvent, ServerEvent
from zhishi.day.binding.queries import phone_state
from zhishi.day.flow.actions import NotNow
from zhishi.day.flow.schemas import AttemptVerdict, PreparationReport, VerdictItem
from zhishi.day.recording.causes import GapCause
from zhishi.day.recording.queries import HeldTrack, held_tracks
from zhishi.day.recording.rules import TrackKind, Verdict

State = Literal["ok", "warn", "bad", "unknown"]

# A short break is mended by the next exam's quiet minute; a recording of which a tenth is missing is no recording.
_MISSING_BAD = 0.1


async def verdict_of(session: AsyncSession, attempt: AttemptFacts, *, now: datetime) -> AttemptVerdict:
    """The verdict on an attempt that was entered and is over. Raises `NotNow` before."""
    row = attempt.attempt
    if row.entered_at is None or attempt.ended_at(now) is None:
        raise NotNow()
    tracks = {TrackKind(one.track.kind): one for one in await held_tracks(session, attempt, now=now)}
    counts = Counter(event.kind for event in await events_of(session, row.id))
    phone = await phone_state(session, row, now=now)
    preparation = await newest_preparation(session, row.registration_id, device_id=row.device_id)
    report = None if preparation is None else PreparationReport.model_validate(preparation.report)
    items = [
        _recorded("camera", tracks.get(TrackKind.CAMERA)),
        _recorded("screen", tracks.get(TrackKind.SCREEN)),
        _counted("picture", counts[ClientEvent.PICTURE_BAD]),
        _counted("sound", counts[ClientEvent.SOUND_SILENT] + counts[ClientEvent.SOUND_CLIPPED]),
        VerdictItem(key="phone", state="warn")
        if phone.bound_ms is None
        else _recorded("phone", tracks.get(TrackKind.PHONE)),
        _counted("network", counts[ClientEvent.OFFLINE] + counts[ServerEvent.INTERRUPTED]),
        _counted(
            "presence",
            counts[ClientEvent.PAGE_HIDDEN] + counts[ClientEvent.WINDOW_BLURRED] + counts[ClientEvent.FULLSCREEN_LEFT],
        ),
        _devices(report),
    ]
    return AttemptVerdict(overall=_overall(items), items=items)


def _overall(items: list[VerdictItem]) -> Literal["ready", "attention", "not_ready"]:
    states = {item.state for item in items}
    if "bad" in states:
        return "not_ready"
    return "attention" if states & {"warn", "unknown"} else "ready"


def _recorded(key: Literal["camera", "screen", "phone"], held: HeldTrack | None) -> VerdictItem:
    if held is None or not held.epochs:
        return VerdictItem(key=key, state="bad")
    assessment = held.assessment
    lost = sum(gap.to_ms - gap.from_ms for gap in assessment.gaps if gap.cause is not GapCause.STARTING)
    detail = {"due_ms": assessment.due_ms, "covered_ms": assessment.covered_ms, "lost_ms": lost}
    state: State = "ok" if lost == 0 else "warn"
    if assessment.verdict in (Verdict.UPLOADING, Verdict.RECORDING):
        # A phone that was not stopped yet is still recording.
        state = "unknown"
    elif lost > assessment.due_ms * _MISSING_BAD:
        state = "bad"
    return VerdictItem(key=key, state=state, detail=detail)


def _counted(key: Literal["picture", "sound", "network", "presence"], count: int) -> VerdictItem:
    return VerdictItem(key=key, state="warn" if count else "ok", detail={"count": count})


def _devices(report: PreparationReport | None) -> VerdictItem:
    if report is None:
        return VerdictItem(key="devices", state="unknown")
    bad = sum(item.state == "bad" for item in report.items)
    return VerdictItem(key="devices", state="warn" if bad else "ok", detail={"count": bad})
