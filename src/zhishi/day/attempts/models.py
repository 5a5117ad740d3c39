"""Tables of attempts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, Integer, String, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from zhishi.foundation.adapters.database import Base


class Attempt(Base):
    """What a registration does: once in a real sitting, any number of times in a rehearsal.

    A rehearsal's times follow from `created_at`: there T0 belongs to the attempt. `mark` is the code in the
    watermark that only officers can resolve. `last_heard_at` is the last heartbeat; `silent_…` is the last
    time without any, kept by the heartbeat that ended it. `manual`: the login was granted by staff; `entry_until`:
    entry stays open until then, because a request made in time was decided late or staff let the candidate back in;
    `move_allowed_until`: until then a face login on another device may take the attempt over after entry.
    """

    __tablename__ = "attempts"
    __table_args__ = (UniqueConstraint("sitting_id", "registration_id", "ordinal"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    sitting_id: Mapped[str] = mapped_column(ForeignKey("sittings.id"), index=True)
    registration_id: Mapped[str] = mapped_column(ForeignKey("registrations.id"), index=True)
    ordinal: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(String(16))
    mark: Mapped[str] = mapped_column(String(8))
    device_id: Mapped[str] = mapped_column(String(36))
    created_at: Mapped[datetime]
    entered_at: Mapped[datetime | None]
    late: Mapped[bool] = mapped_column(default=False)
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None] = mapped_column(String(16))
    departed_at: Mapped[datetime | None]
    last_heard_at: Mapped[datetime | None]
    silent_from: Mapped[datetime | None]
    silent_until: Mapped[datetime | None]
    manual: Mapped[bool] = mapped_column(default=False, server_default=false())
    entry_until: Mapped[datetime | None]
    move_allowed_until: Mapped[datetime | None]
    binding_passed_at: Mapped[datetime | None]
    binding_waived_at: Mapped[datetime | None]
    lot_drawn_at: Mapped[datetime | None]
    lot_passed_at: Mapped[datetime | None]
    devices_confirmed_at: Mapped[datetime | None]


class AttemptLogin(Base):
    """One login to an attempt; the cookie's secret is kept only as its SHA-256. At most one is not ended (F2.4)."""

    __tablename__ = "attempt_logins"
    __table_args__ = (
        Index(
            "uq_attempt_logins_running",
            "attempt_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    secret_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    attempt_id: Mapped[str] = mapped_column(ForeignKey("attempts.id"), index=True)
    device_id: Mapped[str] = mapped_column(String(36))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None] = mapped_column(String(16))


class Preparation(Base):
    """A check of a candidate's device (F1.1, F1.3), kept for each registration; the newest one of a device counts."""

    __tablename__ = "preparations"
    __table_args__ = (Index("ix_preparations_registration_device", "registration_id", "device_id"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    registration_id: Mapped[str] = mapped_column(ForeignKey("registrations.id"))
    device_id: Mapped[str] = mapped_column(String(36))
    at: Mapped[datetime]
    report: Mapped[dict[str, Any]]


class Acceptance(Base):
    """A text that a candidate has read and accepted: which version, when, and how long it was open (F3.1, F6.2).

    `attempt_id` is None for what is accepted before there is an attempt: the consent to face processing.
    """

    __tablename__ = "acceptances"
    __table_args__ = (UniqueConstraint("attempt_id", "attachment_id"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    registration_id: Mapped[str] = mapped_column(ForeignKey("registrations.id"), index=True)
    attempt_id: Mapped[str | None] = mapped_column(ForeignKey("attempts.id"))
    attachment_id: Mapped[str] = mapped_column(ForeignKey("attachments.id"))
    version: Mapped[int] = mapped_column(Integer)
    accepted_at: Mapped[datetime]
    reading_ms: Mapped[int] = mapped_column(Integer)


class AttemptEvent(Base):
    """Something noticed during an attempt, by the server or told by the candidate's page (then with device time)."""

    __tablename__ = "attempt_events"
    __table_args__ = (Index("ix_attempt_events_attempt_kind", "attempt_id", "kind"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    attempt_id: Mapped[str] = mapped_column(ForeignKey("attempts.id"))
    kind: Mapped[str] = mapped_column(String(32))
    at: Mapped[datetime]
    device_ms: Mapped[int | None]
    received_at: Mapped[datetime]
    detail: Mapped[dict[str, Any]]
