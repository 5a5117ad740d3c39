"""Laying the cards, drawing them, and assigning what was not drawn."""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from zhishi.day.attempts.actions import by_candidate, note
from zhishi.day.attempts.models import Attempt
from zhishi.day.attempts.rules import ServerEvent
from zhishi.day.lots.models import Deck, Lot
from zhishi.day.lots.queries import REHEARSAL_CARDS, label, lot_of, taken_positions
from zhishi.day.lots.rules import DrawnBy, Order
from zhishi.foundation import audit
from zhishi.foundation.kernel.errors import refusal
from zhishi.foundation.kernel.sealing import Sealed, seal, unseal
from zhishi.foundation.settings import Keys

LotCardTaken = refusal(
    "lot_card_taken",
    409,
    "这张牌刚刚被别的考生抽走，请另选一张；不影响您的考试。",
    "Another candidate has just taken this card: choose another one. Your exam is not affected.",
)


def _context(sitting_id: str) -> bytes:
    return f"zhishi lots of {sitting_id}".encode()


async def lay_deck(session: AsyncSession, *, keys: Keys, sitting_id: str, registered: int, at: datetime) -> Deck:
    """The deck of a sitting, shuffled and committed to when it is first looked at.

    Two that look at once are kept apart by SQLite's single writer, and on PostgreSQL by the primary key, where the
    second one's request is answered as busy and repeats.
    """
    deck = await session.get(Deck, sitting_id)
    if deck is not None:
        return deck
    numbers = list(range(1, max(registered, 1) + 1))
    secrets.SystemRandom().shuffle(numbers)
    order = Order(tuple(numbers), secrets.token_hex(32))
    sealed = seal(keys.lots, order.to_json(), context=_context(sitting_id))
    deck = Deck(
        sitting_id=sitting_id,
        nonce=sealed.nonce,
        sealed=sealed.ciphertext,
        commitment=order.commitment,
        size=len(numbers),
        laid_at=at,
    )
    session.add(deck)
    audit.record(
        session,
        at=at,
        actor=audit.SYSTEM,
        action="lots.laid",
        subject=("sitting", sitting_id),
        commitment=order.commitment,
        size=len(numbers),
    )
    await session.flush()
    return deck


def open_deck(deck: Deck, *, keys: Keys) -> Order:
    """The order in which the cards lie."""
    sealed = Sealed(deck.nonce, deck.sealed)
    return Order.from_json(unseal(keys.lots, sealed, context=_context(deck.sitting_id)))


async def draw_lot(
    session: AsyncSession, *, keys: Keys, attempt: Attempt, deck: Deck, position: int, at: datetime
) -> str:
    """F5.1: the candidate turns over the card at a position. Returns the lot. Raises `LotCardTaken`."""
    if position >= deck.size or position in await taken_positions(session, deck.sitting_id):
        raise LotCardTaken(position=position)
    number = open_deck(deck, keys=keys).numbers[position]
    return await _give(session, attempt, number, position, DrawnBy.CANDIDATE, at=at)


async def assign_lot(session: AsyncSession, *, keys: Keys, attempt: Attempt, registered: int, at: datetime) -> str:
    """F5.2: give an attempt a lot by chance if it has none. Returns it as people see it."""
    held = await lot_of(session, attempt.id)
    if held is not None:
        return held
    deck = await lay_deck(session, keys=keys, sitting_id=attempt.sitting_id, registered=registered, at=at)
    taken = await taken_positions(session, attempt.sitting_id)
    free = [position for position in range(deck.size) if position not in taken]
    if free:
        position = secrets.choice(free)
        number = open_deck(deck, keys=keys).numbers[position]
        return await _give(session, attempt, number, position, DrawnBy.SYSTEM, at=at)
    used = set(await session.scalars(select(Lot.number).where(Lot.sitting_id == attempt.sitting_id)))
    return await _give(session, attempt, max(used, default=0) + 1, None, DrawnBy.SYSTEM, at=at)


async def _give(
    session: AsyncSession, attempt: Attempt, number: int, position: int | None, drawn_by: DrawnBy, *, at: datetime
) -> str:
    session.add(
        Lot(
            attempt_id=attempt.id,
            sitting_id=attempt.sitting_id,
            number=number,
            position=position,
            drawn_by=drawn_by,
            drawn_at=at,
        )
    )
    _record(session, attempt, position, drawn_by, at=at)
    await session.flush()
    return label(number)


def draw_in_rehearsal(session: AsyncSession, *, attempt: Attempt, position: int, at: datetime) -> None:
    """F1.2: turn over one of the cards that lie there for practice. Raises `LotCardTaken`."""
    if position >= REHEARSAL_CARDS:
        raise LotCardTaken(position=position)
    _record(session, attempt, position, DrawnBy.CANDIDATE, at=at)


def _record(session: AsyncSession, attempt: Attempt, position: int | None, drawn_by: DrawnBy, *, at: datetime) -> None:
    event = ServerEvent.LOT_DRAWN if drawn_by is DrawnBy.CANDIDATE else ServerEvent.LOT_ASSIGNED
    note(session, attempt.id, event, at=at, position=position)
    audit.record(
        session,
        at=at,
        actor=by_candidate(attempt),
        action=f"lot.{'drawn' if drawn_by is DrawnBy.CANDIDATE else 'assigned'}",
        subject=("attempt", attempt.id),
        position=position,
    )
