"""What crosses HTTP between the house and a bound phone. No name is in it: the phone lies in sight of its camera."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from zhishi.before.exams.rules import SittingKind
from zhishi.day.binding.rules import PhoneStatus
from zhishi.day.flow.schemas import AllowanceView, StepView, TrackRef


class PhoneReport(BaseModel):
    """What a phone says of itself. `level`: its battery, 0 to 1; `pending`: segments that are not confirmed yet."""

    recording: Literal["starting", "recording", "lost", "stopped"]
    level: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] | None = None
    charging: bool | None = None
    visible: bool
    pending: int = Field(ge=0, le=1_000_000)


class PhoneSituation(BaseModel):
    """Everything the phone's page needs.

    `replaced`: another phone was bound, so this one records no more and uploads what it still holds. `step` is the
    computer's. A rehearsal that was not entered has `provisional` times.
    """

    binding_id: str
    attempt_id: str
    kind: SittingKind
    exam_title: str
    sitting_name: str
    time_zone: str
    hotline: str
    hotline_hours: str
    phone_app: str
    now_ms: int
    state: PhoneStatus
    replaced: bool
    track: TrackRef
    step: StepView
    lot: str | None
    bound_ms: int
    stopped_ms: int | None
    starts_ms: int
    ends_ms: int
    phone_until_ms: int
    provisional: bool
    ended_ms: int | None
    may_stop: AllowanceView
    computer_heard_ms: int | None


class PhoneSession(BaseModel):
    """A bound phone's token, which opens its own track and nothing else, and where things stand."""

    token: str
    situation: PhoneSituation


class PhoneCopies(BaseModel):
    """Whether a phone still needs the copies of one of its bindings (F10.4).

    `running`: this phone is still to record. `released`: they need not be kept any longer. `copies_may_go`: they are
    needed no more and may go by themselves.
    """

    kind: SittingKind
    running: bool
    released: bool
    copies_may_go: bool
    time_zone: str


class SpeedTest(BaseModel):
    """How many bytes arrived."""

    bytes: int
