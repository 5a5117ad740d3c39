"""What crosses HTTP about the home page."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from zhishi.before.exams.rules import SittingKind
from zhishi.day.flow.homecoming import NextAct
from zhishi.day.flow.schemas import PreparationReport, PreparationView, Times


class HomeAttempt(BaseModel):
    """One of a candidate's attempts. `verdict`: how it went technically, once it is over. Until `report_until_ms` a
    failed upload of it can be reported (R9).

    `wanted`: the server asks the computer again for something that was lost or has not come. `released`: copies need
    not be kept any longer (F10.4), since results are published or it was a rehearsal. `copies_may_go`: they are needed
    no more and may go by themselves: nothing is wanted, and all was read back or the time for uploads is over.
    """

    attempt_id: str
    kind: SittingKind
    lot: str | None
    created_ms: int
    entered_ms: int | None
    ended_ms: int | None
    report_until_ms: int
    running: bool
    complete: bool
    wanted: bool
    released: bool
    copies_may_go: bool
    verdict: Literal["ready", "attention", "not_ready"] | None


class Home(BaseModel):
    """What to do now, and what is held. `name` is None while the exam runs: its screen is recorded."""

    ticket: str
    name: str | None
    exam_title: str
    sitting_name: str
    post: str
    time_zone: str
    hotline: str
    hotline_hours: str
    now_ms: int
    times: Times
    results_published_ms: int | None
    next: NextAct
    attempts: list[HomeAttempt]
    preparation: PreparationView | None
    rehearsal: bool
    registered_photo: bool


class HomePreparation(BaseModel):
    """A check of a device, made at home."""

    report: PreparationReport
    device: str = Field(pattern="^[0-9a-fA-F-]{36}$")
