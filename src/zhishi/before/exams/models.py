"""Tables of exams."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from zhishi.before.exams.rules import Timings
from zhishi.foundation.adapters.database import Base


class Exam(Base):
    """What is announced. The `_s` columns are the timings, seconds from T0.

    Once `results_published_at` is set candidates' local copies may go (F10.4).
    """

    __tablename__ = "exams"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    title: Mapped[str] = mapped_column(String(200))
    time_zone: Mapped[str] = mapped_column(String(64))
    photo_policy: Mapped[str] = mapped_column(String(16))
    phone_policy: Mapped[str] = mapped_column(String(16), default="advised", server_default="advised")
    login_opens_before_s: Mapped[int] = mapped_column(Integer)
    entry_opens_before_s: Mapped[int] = mapped_column(Integer)
    login_closes_after_s: Mapped[int] = mapped_column(Integer)
    answer_s: Mapped[int] = mapped_column(Integer)
    report_within_s: Mapped[int] = mapped_column(Integer)
    phone_within_s: Mapped[int] = mapped_column(Integer)
    results_published_at: Mapped[datetime | None]
    created_at: Mapped[datetime]

    @property
    def timings(self) -> Timings:
        return Timings(
            login_opens_before_s=self.login_opens_before_s,
            entry_opens_before_s=self.entry_opens_before_s,
            login_closes_after_s=self.login_closes_after_s,
            answer_s=self.answer_s,
            report_within_s=self.report_within_s,
            phone_within_s=self.phone_within_s,
        )


class Sitting(Base):
    """One T0 of an exam. A rehearsal sitting has none: its T0 belongs to each attempt."""

    __tablename__ = "sittings"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    exam_id: Mapped[str] = mapped_column(ForeignKey("exams.id"), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    name: Mapped[str] = mapped_column(String(100))
    starts_at: Mapped[datetime | None] = mapped_column(index=True)
    created_at: Mapped[datetime]


class Attachment(Base):
    """A text that candidates read before entry (F3, F6). A change is a new version, never an edit."""

    __tablename__ = "attachments"
    __table_args__ = (UniqueConstraint("exam_id", "kind", "version"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    exam_id: Mapped[str] = mapped_column(ForeignKey("exams.id"))
    kind: Mapped[str] = mapped_column(String(16))
    position: Mapped[int] = mapped_column(Integer)
    title: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[datetime]
