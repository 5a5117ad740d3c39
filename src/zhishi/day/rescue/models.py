"""Tables of the last resort."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from zhishi.foundation.adapters.database import Base


class Package(Base):
    """A package that was imported, each time that it was: by whom (None: at the command line), and what came of it.

    The row is there before the first item is taken, with `broken_off` saying so; None means that it came to its end.
    """

    __tablename__ = "packages"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    attempt_id: Mapped[str] = mapped_column(ForeignKey("attempts.id"), index=True)
    imported_at: Mapped[datetime]
    by: Mapped[str | None] = mapped_column(ForeignKey("staff_accounts.id"))
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int]
    counts: Mapped[dict[str, Any]]
    broken_off: Mapped[str | None] = mapped_column(String(32))


class UploadReport(Base):
    """A report that an upload failed (R9), with what was held at that moment.

    `by` says how it came. Of a call `called_at` is when the candidate called, `at` when `staff_id` wrote it down.
    """

    __tablename__ = "upload_reports"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    attempt_id: Mapped[str] = mapped_column(ForeignKey("attempts.id"), index=True)
    at: Mapped[datetime]
    by: Mapped[str] = mapped_column(String(16))
    staff_id: Mapped[str | None] = mapped_column(ForeignKey("staff_accounts.id"))
    called_at: Mapped[datetime | None]
    note: Mapped[str] = mapped_column(String(500))
    ledger: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(String(8))
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str | None] = mapped_column(ForeignKey("staff_accounts.id"))
    outcome: Mapped[str | None] = mapped_column(String(16))
    closing_note: Mapped[str | None] = mapped_column(String(500))
