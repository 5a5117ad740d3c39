"""What crosses HTTP about face login."""

from __future__ import annotations

from pydantic import BaseModel, Field, field_validator

from zhishi.before.exams.rules import SittingKind


class LoginForm(BaseModel):
    """The fields of a face login, beside its pictures, and the address it came from."""

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
