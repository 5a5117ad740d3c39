"""What crosses HTTP about the publication of results."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field

Count = Annotated[int, Field(ge=0)]


class Lacking(BaseModel):
    """What of an exam's recordings may never come once its results are published, over all its real sittings.

    `incomplete`: candidates of whom not everything that was recorded is here and was read back; `open_reports`: reports
    of failed uploads that are not settled (R9).
    """

    incomplete: Count = 0
    open_reports: Count = 0


class WaitingSitting(BaseModel):
    """A sitting whose recordings may come until `until_ms`."""

    sitting_id: str
    name: str
    until_ms: int


class PublicationView(Lacking):
    """Whether the results of an exam are public, and since when; or what they wait for, and what is lacking."""

    exam_id: str
    published_ms: int | None
    waiting: list[WaitingSitting]


class Publication(BaseModel):
    """That the results of an exam are public, and since when."""

    exam_id: str
    published_ms: int
