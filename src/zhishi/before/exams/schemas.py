"""What crosses HTTP about exams before anybody is logged in."""

from __future__ import annotations

from pydantic import BaseModel

from zhishi.before.exams.rules import LoginWindow, SittingKind


class Brand(BaseModel):
    """Names and hotline of this installation."""

    candidate_app: str
    phone_app: str
    hotline: str
    hotline_hours: str
    demo: bool


class Now(BaseModel):
    """The server's clock, Unix ms with a fraction."""

    now_ms: float


class Consent(BaseModel):
    """The text by which candidates agree to the comparison of their face, in its newest version."""

    attachment_id: str
    title: str
    text: str
    version: int


class EntranceSitting(BaseModel):
    """A sitting as anybody may know it. Times are None for a rehearsal, `consent` where the exam has no such text."""

    sitting_id: str
    exam_title: str
    sitting_name: str
    kind: SittingKind
    time_zone: str
    starts_ms: int | None
    ends_ms: int | None
    login_opens_ms: int | None
    login_closes_ms: int | None
    state: LoginWindow
    consent: Consent | None


class Entrance(BaseModel):
    """What a visitor can log in to, now or later."""

    sittings: list[EntranceSitting]
