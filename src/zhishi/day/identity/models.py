"""Tables of identity."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, text
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


class VerificationRequest(Base):
    """A candidate asks staff to compare the live picture with the registered one (F2.3).

    The moment of asking counts, however long staff take. `device_id` is the device that asks; `take_over`: the
    candidate confirmed that another device is logged out by it. `moves`, set by the decision: the attempt was entered
    on another device, and staff let this one go on with it. The first picture and the last one before the decision
    stay as evidence; those between are deleted. The cookie's secret is kept only as its SHA-256.
    """

    __tablename__ = "verification_requests"
    __table_args__ = (
        Index("ix_verification_requests_sitting_state", "sitting_id", "state"),
        Index(
            "uq_verification_requests_waiting",
            "registration_id",
            "sitting_id",
            "device_id",
            unique=True,
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    secret_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    registration_id: Mapped[str] = mapped_column(ForeignKey("registrations.id"), index=True)
    sitting_id: Mapped[str] = mapped_column(ForeignKey("sittings.id"))
    kind: Mapped[str] = mapped_column(String(16))
    device_id: Mapped[str] = mapped_column(String(36))
    take_over: Mapped[bool]
    reason: Mapped[str] = mapped_column(String(300))
    state: Mapped[str] = mapped_column(String(16))
    asked_at: Mapped[datetime]
    picture_key: Mapped[str] = mapped_column(String(200))
    picture_at: Mapped[datetime]
    first_picture_key: Mapped[str] = mapped_column(String(200))
    first_picture_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None] = mapped_column(ForeignKey("staff_accounts.id"))
    decision_reason: Mapped[str | None] = mapped_column(String(300))
    moves: Mapped[bool] = mapped_column(default=False)
    used_at: Mapped[datetime | None]
    attempt_id: Mapped[str | None] = mapped_column(ForeignKey("attempts.id"), index=True)


class HomeSession(Base):
    """A browser that may see a candidate's home page; the cookie's secret is kept only as its SHA-256."""

    __tablename__ = "home_sessions"

    secret_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    registration_id: Mapped[str] = mapped_column(ForeignKey("registrations.id"), index=True)
    device_id: Mapped[str] = mapped_column(String(36))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None] = mapped_column(String(16))
