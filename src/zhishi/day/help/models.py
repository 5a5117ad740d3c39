"""Tables of help."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from zhishi.foundation.adapters.database import Base


class HelpMessage(Base):
    """A message between a candidate and staff. `client_id` is made by the sender: sent twice, it is kept once."""

    __tablename__ = "help_messages"
    __table_args__ = (UniqueConstraint("attempt_id", "seq"), UniqueConstraint("attempt_id", "client_id"))

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    attempt_id: Mapped[str] = mapped_column(ForeignKey("attempts.id"))
    seq: Mapped[int] = mapped_column(Integer)
    client_id: Mapped[str] = mapped_column(String(36))
    sender: Mapped[str] = mapped_column(String(16))
    staff_id: Mapped[str | None] = mapped_column(ForeignKey("staff_accounts.id"))
    text: Mapped[str] = mapped_column(String(500))
    sent_at: Mapped[datetime]
    delivered_at: Mapped[datetime | None]
    seen_at: Mapped[datetime | None]


class HelpCall(Base):
    """A call for help: opened by a candidate's message, taken by somebody, closed by somebody."""

    __tablename__ = "help_calls"
    __table_args__ = (Index("ix_help_calls_attempt_opened", "attempt_id", "opened_at"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    attempt_id: Mapped[str] = mapped_column(ForeignKey("attempts.id"))
    opened_at: Mapped[datetime]
    taken_by: Mapped[str | None] = mapped_column(ForeignKey("staff_accounts.id"))
    taken_at: Mapped[datetime | None]
    closed_by: Mapped[str | None] = mapped_column(ForeignKey("staff_accounts.id"))
    closed_at: Mapped[datetime | None]
