"""What crosses HTTP about sittings and their candidates, for staff."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from zhishi.before.exams.rules import AttachmentKind, SittingKind
from zhishi.day.attempts.rules import EndReason
from zhishi.day.flow.schemas import Times
from zhishi.day.invigilation.rules import CandidateState, Filter
from zhishi.day.recording.rules import TrackKind, Verdict
from zhishi.day.recording.schemas import EpochView, TrackView


class SittingItem(BaseModel):
    sitting_id: str
    exam_title: str
    name: str
    kind: SittingKind
    starts_ms: int | None
    ends_ms: int | None
    time_zone: str
    registered: int
    entered: int
    ended: int
    complete: int


class SittingList(BaseModel):
    sittings: list[SittingItem]


class AttachmentItem(BaseModel):
    kind: AttachmentKind
    title: str
    version: int


class PaperState(BaseModel):
    """Whether the paper is sealed; never what is in it."""

    sealed: bool
    sealed_ms: int | None
    questions: int


class SittingView(SittingItem):
    times: Times | None
    hotline: str
    attachments: list[AttachmentItem]
    paper: PaperState


class TrackSummary(BaseModel):
    track_id: str
    kind: TrackKind
    verdict: Verdict
    due_ms: int
    covered_ms: int
    gaps: int


class CandidateRow(BaseModel):
    registration_id: str
    ticket: str
    name: str
    post: str
    has_photo: bool
    lot: str | None
    attempt_id: str | None
    state: CandidateState
    entered_ms: int | None
    late: bool
    ended_ms: int | None
    end_reason: EndReason | None
    interruptions: int
    last_heard_ms: int | None
    tracks: list[TrackSummary]


class CandidateList(BaseModel):
    total: int
    counts: dict[Filter, int]
    rows: list[CandidateRow]


class EventView(BaseModel):
    kind: str
    at_ms: int
    device_ms: int | None
    received_ms: int
    detail: dict[str, Any]


class RecordedEpoch(EpochView):
    """An epoch with what staff may do with it."""

    segments: int
    size: int
    witnessed_ms: int
    settled_ms: int | None
    frames: int | None
    problem: str | None
    close_reason: str | None
    download_url: str | None


class RecordedTrack(TrackView):
    playlist_url: str
    recordings: list[RecordedEpoch]


class AttemptRecord(BaseModel):
    """Everything that is on record of an attempt."""

    attempt_id: str
    ticket: str
    name: str
    lot: str | None
    mark: str
    post: str
    kind: SittingKind
    sitting_id: str
    state: CandidateState
    time_zone: str
    times: Times
    now_ms: int
    entered_ms: int | None
    late: bool
    ended_ms: int | None
    end_reason: EndReason | None
    interruptions: int
    last_heard_ms: int | None
    complete: bool
    events: list[EventView]
    tracks: list[RecordedTrack]
