"""Tables of bindings."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from zhishi.foundation.adapters.database import Base


class Binding(Base):
    """A code shown on the computer and, once a phone has given it back, that phone tied to the attempt (佐证绑定).

    A code is kept as its SHA-256 and serves once. `state` is the phone's last word about itself.
    """

    __tablename__ = "bindings"
    __table_args__ = (Index("ix_bindings_attempt_bound", "attempt_id", "bound_at"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    attempt_id: Mapped[str] = mapped_column(ForeignKey("attempts.id"))
    code_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    code_expires_at: Mapped[datetime]
    created_at: Mapped[datetime]
    bound_at: Mapped[datetime | None]
    device_id: Mapped[str | None] = mapped_column(String(36))
    label: Mapped[str | None] = mapped_column(String(80))
    user_agent: Mapped[str | None] = mapped_column(String(400))
    last_heard_at: Mapped[datetime | None]
    state: Mapped[dict[str, Any] | None]
    stopped_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None] = mapped_column(String(16))


class BindingPermit(Base):
    """Staff let an attempt bind another phone after entry, until a moment."""

    __tablename__ = "binding_permits"

    attempt_id: Mapped[str] = mapped_column(ForeignKey("attempts.id"), primary_key=True)
    until: Mapped[datetime]
