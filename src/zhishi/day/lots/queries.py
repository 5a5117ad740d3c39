"""Reading lots."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from zhishi.day.lots.models import Deck, Lot
from zhishi.day.lots.rules import shown_positions
from zhishi.day.lots.schemas import Card

# A rehearsal has no draw of its own; everybody carries the same number, so it identifies nobody.
REHEARSAL_LOT = "000"
REHEARSAL_CARDS = 12


def label(number: int) -> str:
    """A lot number as people see it: at least three digits."""
    return f"{number:03d}"


async def lot_of(session: AsyncSession, attempt_id: str) -> str | None:
    """The lot of an attempt."""
    number = await session.scalar(select(Lot.number).where(Lot.attempt_id == attempt_id))
    return None if number is None else label(number)


async def lots_of(session: AsyncSession, attempt_ids: Sequence[str]) -> dict[str, str]:
    """The lots of many attempts."""
    rows = await session.execute(select(Lot.attempt_id, Lot.number).where(Lot.attempt_id.in_(attempt_ids)))
    return {attempt_id: label(number) for attempt_id, number in rows}


async def taken_positions(session: AsyncSession, sitting_id: str) -> set[int]:
    """The places in the deck whose cards are gone."""
    found = await session.scalars(select(Lot.position).where(Lot.sitting_id == sitting_id, Lot.position.is_not(None)))
    return {position for position in found if position is not None}


async def cards_of(session: AsyncSession, deck: Deck) -> list[Card]:
    """The cards that a page shows."""
    taken = await taken_positions(session, deck.sitting_id)
    return [Card(position=one, taken=one in taken) for one in shown_positions(deck.size, taken)]
