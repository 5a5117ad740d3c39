"""What crosses HTTP about sittings and their candidates, for staff."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, StringConstraints

from zhishi.before.exams.rules import AttachmentKind, SittingKind
from zhishi.day.attempts.rules import EndReason
from zhishi.day.binding.schemas import PhoneState
from zhishi.day.flow.schemas import CheckKey, PreparationView, StepLine, StepView, Times
from zhishi.day.help.rules import CallState
from zhishi.day.help.schemas import CallView
from zhishi.day.invigilation.rules import CandidateState, Filter, Trouble
from zhishi.day.recording.rules import TrackKind, Verdict
from zhishi.day.recording.schemas import DeviceReport, EpochView, TrackView


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
    """A sitting with what belongs to its exam. Once results are published candidates' local copies may go (F10.4)."""

    exam_id: str
    results_published_ms: int | None
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


class PreparationNote(BaseModel):
    """The newest check of a candidate's device in a line: what it warned of, and what was bad."""

    at_ms: int
    warn: list[CheckKey]
    bad: list[CheckKey]


class CandidateRow(BaseModel):
    """A line of the list. `verification_…`: the oldest request that waits for staff; `manual`: staff granted the
    login; `hidden`: the page lies in the background though the exam runs; `trouble`: why it is under that filter."""

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
    step: StepView | None
    phone: PhoneState | None
    devices: DeviceReport | None
    preparation: PreparationNote | None
    call: CallState
    called_ms: int | None
    unread: int
    verification_id: str | None
    verification_asked_ms: int | None
    manual: bool
    hidden: bool
    trouble: list[Trouble]


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


class AcceptedText(BaseModel):
    """A text that the candidate accepted: which version, when, and how long it was open."""

    kind: AttachmentKind
    title: str
    version: int
    accepted_ms: int
    reading_ms: int


class AttemptNow(BaseModel):
    """Where an attempt stands, for whoever looks at one candidate."""

    attempt_id: str
    now_ms: int
    state: CandidateState
    step: StepView
    steps: list[StepLine]
    times: Times
    lot: str | None
    mark: str
    manual: bool
    late: bool
    ended_ms: int | None
    entry_until_ms: int | None
    move_allowed_until_ms: int | None
    interruptions: int
    last_heard_ms: int | None
    phone: PhoneState
    devices: DeviceReport | None
    call: CallView


class LiveTrack(BaseModel):
    track_id: str
    kind: TrackKind
    playlist_url: str
    verdict: Verdict


class LiveView(AttemptNow):
    """One candidate close up, asked for every few seconds by a page that has opened the record."""

    unread: int
    tracks: list[LiveTrack]


class AttemptRecord(AttemptNow):
    """Everything that is on record of an attempt."""

    registration_id: str
    ticket: str
    name: str
    post: str
    kind: SittingKind
    sitting_id: str
    time_zone: str
    entered_ms: int | None
    end_reason: EndReason | None
    complete: bool
    preparation: PreparationView | None
    acceptances: list[AcceptedText]
    events: list[EventView]
    tracks: list[RecordedTrack]


class CommandRequest(BaseModel):
    """Why staff make an exception: kept with it."""

    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=300)]


class Permit(BaseModel):
    """What was allowed, and until when; None: for good."""

    until_ms: int | None
