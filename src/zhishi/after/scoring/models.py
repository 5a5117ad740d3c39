"""Tables of scoring."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from zhishi.foundation.adapters.database import Base


class Scheme(Base):
    """How an exam is scored: elements with maxima, bands and descriptions; see `schemas.SchemeView`."""

    __tablename__ = "schemes"

    exam_id: Mapped[str] = mapped_column(ForeignKey("exams.id"), primary_key=True)
    content: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]


class PanelMember(Base):
    """An examiner of an exam, known to everybody by a number."""

    __tablename__ = "panel_members"
    __table_args__ = (UniqueConstraint("exam_id", "number"),)

    exam_id: Mapped[str] = mapped_column(ForeignKey("exams.id"), primary_key=True)
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff_accounts.id"), primary_key=True)
    number: Mapped[int] = mapped_column(Integer)


class Sheet(Base):
    """One examiner's sheet for one attempt.

    `id` is random (UUIDv4): it is all that the examiner's browser ever knows of the attempt. Marks are decimals as
    text, by element; `revision` counts saves, so that two windows cannot overwrite each other unseen.
    """

    __tablename__ = "sheets"
    __table_args__ = (UniqueConstraint("attempt_id", "staff_id"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    exam_id: Mapped[str] = mapped_column(ForeignKey("exams.id"))
    attempt_id: Mapped[str] = mapped_column(ForeignKey("attempts.id"))
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff_accounts.id"), index=True)
    state: Mapped[str] = mapped_column(String(16))
    revision: Mapped[int] = mapped_column(Integer)
    marks: Mapped[dict[str, Any]]
    notes: Mapped[list[Any]]
    comment: Mapped[str] = mapped_column(Text)
    total: Mapped[str | None] = mapped_column(String(16))
    created_at: Mapped[datetime]
    saved_at: Mapped[datetime | None]
    submitted_at: Mapped[datetime | None]
