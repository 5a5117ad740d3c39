"""Tables of lots."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from zhishi.foundation.adapters.database import Base


class Lot(Base):
    """The lot of an attempt in a real sitting: the only identity that examiners see (F5.3)."""

    __tablename__ = "lots"
    __table_args__ = (UniqueConstraint("sitting_id", "number"),)

    attempt_id: Mapped[str] = mapped_column(ForeignKey("attempts.id"), primary_key=True)
    sitting_id: Mapped[str] = mapped_column(ForeignKey("sittings.id"))
    number: Mapped[int] = mapped_column(Integer)
    drawn_by: Mapped[str] = mapped_column(String(16))
    drawn_at: Mapped[datetime]
