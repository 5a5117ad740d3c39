"""Tables of receipts."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, ForeignKey, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from zhishi.foundation.adapters.database import Base


class Receipt(Base):
    """A receipt as it was signed, word for word. What is held may grow: then there is a next number.

    `content_sha256` is over everything but number and time, so that the same content is signed once; `final` is what
    the receipt itself says.
    """

    __tablename__ = "receipts"

    attempt_id: Mapped[str] = mapped_column(ForeignKey("attempts.id"), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    issued_at: Mapped[datetime]
    key_id: Mapped[str] = mapped_column(String(16))
    root: Mapped[str] = mapped_column(String(64))
    content_sha256: Mapped[str] = mapped_column(String(64))
    final: Mapped[bool] = mapped_column(Boolean)
    text: Mapped[str] = mapped_column(Text)
