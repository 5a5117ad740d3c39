"""What crosses HTTP about staff."""

from __future__ import annotations

from pydantic import BaseModel, Field

from zhishi.before.staff.rules import Role


class Credentials(BaseModel):
    """A staff login."""

    username: str = Field(min_length=1, max_length=64)
    password: str = Field(min_length=1, max_length=256)


class Staff(BaseModel):
    """Who is logged in."""

    staff_id: str
    username: str
    display_name: str
    role: Role
