"""Tables of the roster."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from zhishi.foundation.adapters.database import Base


class Person(Base):
    """A human being. The ID number's tail is kept as a keyed digest only: it is compared, never shown."""

    __tablename__ = "people"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    id_tail_digest: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]


class Registration(Base):
    """A person in a sitting. `photo_key` names the registered photograph among the blobs.

    `home_secret_digest` is the keyed digest of the one-time secret on the admission ticket (准考证), which opens the
    home page; `home_device_id` is the browser that used it first, and the only one that may use it again.
    """

    __tablename__ = "registrations"
    __table_args__ = (UniqueConstraint("sitting_id", "ticket"), UniqueConstraint("sitting_id", "person_id"))

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    sitting_id: Mapped[str] = mapped_column(ForeignKey("sittings.id"), index=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"), index=True)
    ticket: Mapped[str] = mapped_column(String(32), index=True)
    post: Mapped[str] = mapped_column(String(100))
    photo_key: Mapped[str | None] = mapped_column(String(200))
    photo_source: Mapped[str | None] = mapped_column(String(16))
    home_secret_digest: Mapped[str | None] = mapped_column(String(64))
    home_device_id: Mapped[str | None] = mapped_column(String(36))
    created_at: Mapped[datetime]
