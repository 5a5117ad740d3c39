"""What crosses HTTP about recordings, on the candidate's side."""

from __future__ import annotations

from math import isfinite
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, Field

from zhishi.day.recording.causes import GapCause
from zhishi.day.recording.rules import (
    SEGMENT_DURATION_MAX_MS,
    SEQ_MAX,
    CloseReason,
    TrackKind,
    Verdict,
)

Ms = Annotated[int, Field(ge=0, le=2**46)]
# A clock's reading with its fraction. Python's JSON would let NaN and Infinity in, which no database keeps.
ClockMs = Annotated[float, Field(ge=0, le=2**46, allow_inf_nan=False)]
Seq = Annotated[int, Field(ge=0, le=SEQ_MAX)]


def _small(detail: dict[str, Any]) -> dict[str, Any]:
    for key, value in detail.items():
        plain = value is None or isinstance(value, (str, int, bool)) or (isinstance(value, float) and isfinite(value))
        if len(key) > 40 or not plain or len(str(value)) > 300:
            raise ValueError("detail holds short plain values")
        # Half a surrogate pair is no text: it could be stored, and then never be shown again.
        f"{key}{value}".encode()
    if len(detail) > 16:
        raise ValueError("detail holds at most 16 values")
    return detail


# What a device tells with something that it noticed: small and flat.
SmallDetail = Annotated[dict[str, Any], AfterValidator(_small)]


class Closure(BaseModel):
    """How many segments a recorder finished in an epoch, and why it ended."""

    segments: int = Field(ge=0, le=SEQ_MAX + 1)
    reason: CloseReason


class Closed(BaseModel):
    """The server's word on a closed epoch: which numbers are still missing."""

    epoch: int
    segments: int
    missing: list[int]


class LogbookLine(BaseModel):
    """Something that happened to a recorder, in server and device time. `detail` is small and flat."""

    at_ms: Ms
    device_ms: ClockMs
    kind: str = Field(pattern="^[a-z][a-z_]{0,31}$")
    track: TrackKind | None = None
    detail: SmallDetail = Field(default_factory=dict)


class LogbookLines(BaseModel):
    """A page of a recorder's logbook."""

    lines: list[LogbookLine] = Field(max_length=200)


class PageKept(BaseModel):
    """The acknowledgement of a page of the logbook."""

    run: int
    page: int
    sha256: str


class PageState(BaseModel):
    visible: bool
    focused: bool


# What a camera's pictures show, by the word of its recorder: nothing, too little light, something flat before the lens,
# a picture that no longer changes, fewer than half of the pictures that there should be.
PictureState = Literal["good", "black", "dark", "covered", "still", "slow"]


class TrackState(BaseModel):
    """How a track fares.

    `picture` is None where nobody looks (a screen). `doubtful` is the label of a camera that names a program.
    `lowered_kbps` is the pictures' bit rate while a slow line keeps it below the usual one.
    """

    kind: TrackKind
    state: Literal["starting", "recording", "stopped", "lost"]
    detail: str | None = Field(None, max_length=200)
    picture: PictureState | None = None
    doubtful: str | None = Field(None, max_length=200)
    lowered_kbps: int | None = Field(None, ge=0)


# `clipped`: so loud that words are lost.
MicrophoneState = Literal["live", "silent", "clipped", "lost"]


class FinishedSegment(BaseModel):
    """The digest of a segment that was finished since the last heartbeat."""

    track_id: str = Field(max_length=36)
    epoch: Ms
    seq: Seq
    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    start_ms: Ms
    duration_ms: int = Field(ge=0, le=SEGMENT_DURATION_MAX_MS)


class SpoolState(BaseModel):
    segments: int = Field(ge=0)
    bytes: int = Field(ge=0)
    quota_bytes: int | None = None
    usage_bytes: int | None = None


class Heartbeat(BaseModel):
    """What a recording page says every four seconds."""

    sent_ms: ClockMs
    device_ms: ClockMs
    sequence: int = Field(ge=0)
    page: PageState
    tracks: list[TrackState] = Field(max_length=3)
    digests: list[FinishedSegment] = Field(max_length=500)
    spool: SpoolState
    microphone: MicrophoneState | None = None


class DeviceReport(BaseModel):
    """What a computer last said of itself, and when it was heard."""

    heard_ms: int
    tracks: list[TrackState]
    microphone: MicrophoneState | None
    visible: bool
    focused: bool
    pending_segments: int
    pending_bytes: int
    free_bytes: int | None


class Wanted(BaseModel):
    """A segment that should be sent again; seq −1 is the init of its epoch."""

    track_id: str
    epoch: int
    seq: int


class HeartbeatAnswer(BaseModel):
    """Both times measure the clock's offset; `wanted` lists what the server lacks."""

    received_ms: float
    sent_ms: float
    ends_ms: int
    ended: bool
    wanted: list[Wanted]


class GapView(BaseModel):
    from_ms: int
    to_ms: int
    cause: GapCause


class EpochView(BaseModel):
    """An epoch as anybody may see it; `held` are inclusive runs of numbers."""

    epoch: int
    start_ms: int
    init: bool
    declared: int | None
    held: list[tuple[int, int]]
    settled: bool


class TrackView(BaseModel):
    """A track to the millisecond."""

    track_id: str
    kind: TrackKind
    due_from_ms: int
    due_to_ms: int
    due_ms: int
    covered_ms: int
    covered: list[tuple[int, int]]
    gaps: list[GapView]
    verdict: Verdict
    epochs: list[EpochView]


class Completeness(BaseModel):
    """What the server holds of an attempt, as far as its asker records it.

    `complete` says that all of camera and screen has arrived; `phone_complete` the same of the phone, which goes on
    recording after the end (F10.3), and is None where none was bound.
    """

    attempt_id: str
    now_ms: int
    complete: bool
    phone_complete: bool | None
    entered_ms: int | None
    ends_ms: int
    tracks: list[TrackView]


class ReceiptBody(BaseModel):
    """The acknowledgement of a stored part."""

    track_id: str
    epoch: int
    seq: int | None
    sha256: str
    size: int
    received_ms: int


Detail = dict[str, Any]
