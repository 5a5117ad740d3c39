"""What crosses HTTP about face login and manual verification."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import BaseModel, Field, StringConstraints, field_validator, model_validator

from zhishi.before.exams.rules import SittingKind
from zhishi.day.identity.rules import VerificationState


class Credentials(BaseModel):
    """Who says to be at which device; `address` is where the request came from."""

    ticket: str = Field(min_length=1, max_length=32)
    id_tail: str = Field(min_length=6, max_length=6)
    kind: SittingKind
    device: str = Field(pattern="^[0-9a-fA-F-]{36}$")
    take_over: bool
    address: str = Field(max_length=64)

    @field_validator("ticket", "id_tail", mode="before")
    @classmethod
    def _strip(cls, text: object) -> object:
        return text.strip() if isinstance(text, str) else text


class LoginForm(Credentials):
    """The fields of a face login, beside its pictures. `consent`: the version agreed to, 0 for none."""

    consent: int = Field(0, ge=0, le=1_000_000)


class VerificationForm(Credentials):
    """The fields of a request for manual verification; `reason`: why the face login is not used."""

    reason: str = Field(max_length=100)


class VerificationView(BaseModel):
    """A request as the candidate sees it. `ahead`: how many asked earlier; `waits_s`: the usual wait, if known."""

    state: VerificationState
    asked_ms: int
    ahead: int
    waits_s: int | None
    reason: str | None


class VerificationItem(BaseModel):
    """A request as staff see it. `in_time`: asked for before login closed; `takes_over`: another device is logged in;
    `entered`: the exam was entered on another device, so granting moves it."""

    verification_id: str
    registration_id: str
    name: str
    ticket: str
    post: str
    kind: SittingKind
    state: VerificationState
    reason: str
    asked_ms: int
    picture_ms: int | None
    has_photo: bool
    in_time: bool
    takes_over: bool
    entered: bool
    face_failures: int
    decided_ms: int | None
    decided_by: str | None
    decision_reason: str | None


class VerificationQueue(BaseModel):
    items: list[VerificationItem]


class Decision(BaseModel):
    """Let in, or refused with a reason that the candidate reads."""

    grant: bool
    reason: Annotated[str, StringConstraints(strip_whitespace=True, max_length=300)] = ""

    @model_validator(mode="after")
    def _explained(self) -> Self:
        if not self.grant and len(self.reason) < 2:
            raise ValueError("a refusal needs a reason")
        return self


class NewSecret(BaseModel):
    """A home secret as it is printed, shown this once."""

    secret: str


class SecretRequest(BaseModel):
    """Why a new home secret is issued."""

    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=300)]


class HomeLogin(BaseModel):
    """What opens the home page: the ticket's numbers and its one-time secret, at this browser."""

    ticket: str = Field(min_length=1, max_length=32)
    id_tail: str = Field(min_length=6, max_length=6)
    secret: str = Field(min_length=1, max_length=20)
    device: str = Field(pattern="^[0-9a-fA-F-]{36}$")

    @field_validator("ticket", "id_tail", "secret", mode="before")
    @classmethod
    def _strip(cls, text: object) -> object:
        return text.strip() if isinstance(text, str) else text
