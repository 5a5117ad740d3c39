"""Tables of lots."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Integer, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from zhishi.foundation.adapters.database import Base


class Deck(Base):
    """The shuffled cards of a sitting, laid face down before the first is drawn.

    `sealed` holds the order under the house's key: who reads the tables cannot tell which number lies where.
    `commitment` is SHA-256 over a salt (sealed with it) and the order; candidates see it before they draw, and with
    the opened deck anybody can check afterwards that no card was moved.
    """

    __tablename__ = "lot_decks"

    sitting_id: Mapped[str] = mapped_column(ForeignKey("sittings.id"), primary_key=True)
    nonce: Mapped[bytes] = mapped_column(LargeBinary)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    commitment: Mapped[str] = mapped_column(String(64))
    size: Mapped[int] = mapped_column(Integer)
    laid_at: Mapped[datetime]


class Lot(Base):
    """The lot of an attempt in a real sitting: the only identity that examiners see (F5.3).

    `position` is the card's place in the deck; None for a number beyond it, given when more entered than were
    registered as the cards were laid.
    """

    __tablename__ = "lots"
    __table_args__ = (UniqueConstraint("sitting_id", "number"), UniqueConstraint("sitting_id", "position"))

    attempt_id: Mapped[str] = mapped_column(ForeignKey("attempts.id"), primary_key=True)
    sitting_id: Mapped[str] = mapped_column(ForeignKey("sittings.id"))
    number: Mapped[int] = mapped_column(Integer)
    position: Mapped[int | None] = mapped_column(Integer)
    drawn_by: Mapped[str] = mapped_column(String(16))
    drawn_at: Mapped[datetime]
