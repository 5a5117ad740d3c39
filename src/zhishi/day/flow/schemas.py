"""What crosses HTTP about the flow."""

from __future__ import annotations

from math import isfinite
from typing import Any, Literal

from pydantic import BaseModel, Field, field_validator

from zhishi.before.exams.rules import SittingKind
from zhishi.day.attempts.rules import ClientEvent, EndReason
from zhishi.day.flow.rules import Page, Step, WhyNot
from zhishi.day.recording.rules import TrackKind
from zhishi.day.recording.schemas import ClockMs, Ms


class StepView(BaseModel):
    number: int
    key: Step


class AllowanceView(BaseModel):
    """Whether something is allowed now, and until when; else why not, and from when if known."""

    allowed: bool
    why: WhyNot | None
    from_ms: int | None
    until_ms: int | None


class May(BaseModel):
    enter: AllowanceView
    end: AllowanceView
    read_paper: AllowanceView


class Times(BaseModel):
    """The moments of an attempt, Unix ms."""

    login_opens_ms: int
    entry_opens_ms: int
    starts_ms: int
    login_closes_ms: int
    ends_ms: int
    report_until_ms: int
    phone_until_ms: int
    answer_s: int


class TrackRef(BaseModel):
    track_id: str
    kind: TrackKind


class PersonView(BaseModel):
    """Shown before entry only: from then on the screen is recorded."""

    name: str


class Situation(BaseModel):
    """Everything a candidate's page needs to show the right thing now."""

    attempt_id: str
    kind: SittingKind
    exam_title: str
    sitting_name: str
    time_zone: str
    hotline: str
    hotline_hours: str
    now_ms: int
    step: StepView
    page: Page
    may: May
    times: Times
    entered_ms: int | None
    late: bool
    ended_ms: int | None
    end_reason: EndReason | None
    lot: str | None
    post: str
    mark: str
    person: PersonView | None
    photo_registered: bool = False
    interruptions: int
    tracks: list[TrackRef]
    upload_token: str | None


class EntryRequest(BaseModel):
    """What the page found when the candidate pressed 【进入考试】."""

    displays: int = Field(ge=1, le=16)
    surface: Literal["monitor", "window", "browser", "unknown"]


class ReportedEvent(BaseModel):
    """Something the page noticed. `detail` is small and flat."""

    kind: ClientEvent
    at_ms: Ms
    device_ms: ClockMs
    detail: dict[str, Any] | None = None

    @field_validator("detail")
    @classmethod
    def _small(cls, detail: dict[str, Any] | None) -> dict[str, Any] | None:
        for key, value in (detail or {}).items():
            plain = (
                value is None or isinstance(value, (str, int, bool)) or (isinstance(value, float) and isfinite(value))
            )
            if len(key) > 40 or not plain or len(str(value)) > 300:
                raise ValueError("detail holds short plain values")
            # Half a surrogate pair is no text: it could be stored, and then never be shown again.
            f"{key}{value}".encode()
        if detail is not None and len(detail) > 16:
            raise ValueError("detail holds at most 16 values")
        return detail


class EventReport(BaseModel):
    events: list[ReportedEvent] = Field(max_length=50)


class EventsStored(BaseModel):
    stored: int
