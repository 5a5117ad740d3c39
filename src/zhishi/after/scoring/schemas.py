"""What crosses HTTP about scoring. Nothing here can hold a name (law 9)."""

from __future__ import annotations

from decimal import Decimal

from pydantic import BaseModel, Field

from zhishi.after.scoring.rules import Element, SheetState
from zhishi.before.papers.schemas import Question
from zhishi.day.recording.rules import TrackKind
from zhishi.day.recording.schemas import GapView, Ms


class Band(BaseModel):
    """A band of marks as an anchor: 优, 良, 中, 差."""

    label: str
    from_mark: str = Field(alias="from", serialization_alias="from")
    to_mark: str = Field(alias="to", serialization_alias="to")
    description: str = ""

    model_config = {"populate_by_name": True}


class ElementView(BaseModel):
    key: str
    title: str
    maximum: str
    description: str = ""
    bands: list[Band] = []


class SchemeView(BaseModel):
    """A scoring scheme. Marks are decimals as text."""

    maximum: str
    step: str
    elements: list[ElementView]

    def rule_elements(self) -> list[Element]:
        """The elements as the rules want them."""
        return [Element(one.key, Decimal(one.maximum), Decimal(self.step)) for one in self.elements]


class SheetNote(BaseModel):
    """An examiner's note at a moment, ms from T0."""

    at_ms: int = Field(ge=0, le=24 * 3600 * 1000)
    text: str = Field(min_length=1, max_length=500)


class SheetItem(BaseModel):
    """A line of the examiner's list."""

    sheet_id: str
    lot: str
    state: SheetState
    total: str | None
    maximum: str
    playable: bool
    why: str | None


class SheetList(BaseModel):
    sheets: list[SheetItem]
    done: int


class SheetTrack(BaseModel):
    """A recording as an examiner may see it: between T0 and this candidate's end."""

    kind: TrackKind
    playlist_url: str
    covered: list[tuple[Ms, Ms]]
    gaps: list[GapView]


class SheetView(BaseModel):
    """A sheet with everything beside it. `time_zone` is the exam's, by which its clocks are shown."""

    sheet_id: str
    time_zone: str
    lot: str
    position: int
    count: int
    previous_id: str | None
    next_id: str | None
    examiner_label: str
    state: SheetState
    revision: int
    from_ms: int
    to_ms: int
    playable: bool
    why: str | None
    scheme: SchemeView
    marks: dict[str, str | None]
    comment: str
    notes: list[SheetNote]
    total: str | None
    submitted_ms: int | None
    questions: list[Question]
    tracks: list[SheetTrack]


class Draft(BaseModel):
    """What an examiner saves. `revision` is the one it began from."""

    revision: int = Field(ge=0)
    marks: dict[str, str | None] = Field(max_length=40)
    comment: str = Field(max_length=4000)
    notes: list[SheetNote] = Field(max_length=500)


class DraftSaved(BaseModel):
    revision: int
    saved_ms: int
    total: str | None


class Submission(BaseModel):
    revision: int = Field(ge=0)
