"""Tables of identity."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from zhishi.foundation.adapters.database import Base


class Verification(Base):
    """One try to log in by face: its outcome and figures, no picture.

    `ticket_digest` is set for every try, so that guessing is limited for unknown tickets too; per
    `address_digest`, so that nobody can use up somebody else's tries.
    """

    __tablename__ = "verifications"
    __table_args__ = (Index("ix_verifications_ticket_at", "ticket_digest", "at"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    at: Mapped[datetime]
    ticket_digest: Mapped[str] = mapped_column(String(64))
    registration_id: Mapped[str | None] = mapped_column(String(36), index=True)
    attempt_id: Mapped[str | None] = mapped_column(String(36), index=True)
    device_id: Mapped[str] = mapped_column(String(36))
    address_digest: Mapped[str] = mapped_column(String(64))
    outcome: Mapped[str] = mapped_column(String(32))
    figures: Mapped[dict[str, Any]]
