"""What crosses HTTP about the flow."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field, field_validator

from zhishi.before.exams.rules import AttachmentKind, SittingKind
from zhishi.day.attempts.rules import ClientEvent, EndReason
from zhishi.day.binding.schemas import PhoneState
from zhishi.day.flow.rules import Page, PhoneDemand, Step, WhyNot
from zhishi.day.help.schemas import ChatState
from zhishi.day.recording.rules import TrackKind
from zhishi.day.recording.schemas import ClockMs, Ms, SmallDetail


class StepView(BaseModel):
    number: int
    key: Step


class StepLine(StepView):
    """A step in the list of ten; `at_ms` where it is known when it was done."""

    state: Literal["done", "now", "later"]
    at_ms: int | None


class AllowanceView(BaseModel):
    """Whether something is allowed now, and until when; else why not, and from when if known."""

    allowed: bool
    why: WhyNot | None
    from_ms: int | None
    until_ms: int | None
    step: Step | None = None


class May(BaseModel):
    bind: AllowanceView
    pass_binding: AllowanceView
    draw: AllowanceView
    enter: AllowanceView
    end: AllowanceView
    read_paper: AllowanceView


class Times(BaseModel):
    """The moments of an attempt, Unix ms.

    `provisional`: a rehearsal that was not entered yet; its T0 will be `lead_s` after entry.
    """

    login_opens_ms: int
    entry_opens_ms: int
    starts_ms: int
    login_closes_ms: int
    ends_ms: int
    report_until_ms: int
    phone_until_ms: int
    answer_s: int
    entry_closes_ms: int | None = None
    provisional: bool = False
    lead_s: int | None = None


class TrackRef(BaseModel):
    track_id: str
    kind: TrackKind


class PersonView(BaseModel):
    """Shown before entry only: from then on the screen is recorded."""

    name: str


CheckKey = Literal["browser", "camera", "microphone", "screen", "display", "space", "upload", "power", "clock"]


class CheckItem(BaseModel):
    """One thing that was looked at on a device."""

    key: CheckKey
    state: Literal["ok", "warn", "bad", "unknown"]
    value: str | None = Field(None, max_length=120)


class PreparationReport(BaseModel):
    """What the check of a device found (F1.1)."""

    items: list[CheckItem] = Field(min_length=1, max_length=9)
    user_agent: str = Field(max_length=400)
    language: str = Field(max_length=20)
    width: int = Field(ge=0, le=100_000)
    height: int = Field(ge=0, le=100_000)

    @field_validator("items")
    @classmethod
    def _once(cls, items: list[CheckItem]) -> list[CheckItem]:
        if len({item.key for item in items}) < len(items):
            raise ValueError("each thing is looked at once")
        return items


class PreparationRequest(BaseModel):
    report: PreparationReport


class PreparationView(BaseModel):
    """The newest check; `same_device`: made on the device that is in use now."""

    at_ms: int
    same_device: bool
    report: PreparationReport


class Situation(BaseModel):
    """Everything a candidate's page needs to show the right thing now. `tracks`: what this computer records."""

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
    phone_track: TrackRef | None
    upload_token: str | None
    steps: list[StepLine]
    phone: PhoneState
    phone_policy: PhoneDemand
    binding_passed: bool
    devices_confirmed_ms: int | None
    preparation: PreparationView | None
    chat: ChatState
    manual: bool


class TextView(BaseModel):
    """A text to be read before entry. `minutes`: how long reading takes most people."""

    attachment_id: str
    kind: AttachmentKind
    title: str
    text: str
    version: int
    position: int
    characters: int
    minutes: int
    accepted_ms: int | None


class TextList(BaseModel):
    texts: list[TextView]


class AcceptanceRequest(BaseModel):
    """Which version was read, and for how long it was open."""

    version: int = Field(ge=1, le=1_000_000)
    reading_ms: int = Field(ge=0, le=24 * 3600 * 1000)


class DeviceChoice(BaseModel):
    """The labels of the devices that were chosen (F8.1)."""

    camera: str = Field(max_length=200)
    microphone: str = Field(max_length=200)


class VerdictItem(BaseModel):
    """One thing that went well or not; `detail` holds the figures for the words."""

    key: Literal["camera", "screen", "picture", "sound", "phone", "network", "presence", "devices"]
    state: Literal["ok", "warn", "bad", "unknown"]
    detail: dict[str, int] = {}


class AttemptVerdict(BaseModel):
    """How a finished attempt went technically: no judgement of the person (F1.2)."""

    overall: Literal["ready", "attention", "not_ready"]
    items: list[VerdictItem]


class EntryRequest(BaseModel):
    """What the page found when the candidate pressed 【进入考试】."""

    displays: int = Field(ge=1, le=16)
    surface: Literal["monitor", "window", "browser", "unknown"]
    fullscreen: bool = False


class ReportedEvent(BaseModel):
    """Something the page noticed. `detail` is small and flat."""

    kind: ClientEvent
    at_ms: Ms
    device_ms: ClockMs
    detail: SmallDetail | None = None


class EventReport(BaseModel):
    events: list[ReportedEvent] = Field(max_length=50)


class EventsStored(BaseModel):
    stored: int
