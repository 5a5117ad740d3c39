"""What crosses HTTP about the draw."""

from __future__ import annotations

from pydantic import BaseModel, Field


class Card(BaseModel):
    """A card face down, by its place in the deck."""

    position: int
    taken: bool


class DrawView(BaseModel):
    """The cards before a candidate, and the commitment to their order (None in a rehearsal, which has no real draw)."""

    drawn: str | None
    cards: list[Card]
    registered: int
    commitment: str | None


class Draw(BaseModel):
    position: int = Field(ge=0, le=100_000)
