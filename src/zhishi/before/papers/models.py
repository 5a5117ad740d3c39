"""Tables of papers."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from zhishi.foundation.adapters.database import Base


class Paper(Base):
    """The sealed questions of a sitting.

    `ciphertext` is AES-256-GCM under a key of this paper alone, which lies here only wrapped by the house's paper
    key. That key is not in the database: whoever reads the tables or a backup reads no question.
    """

    __tablename__ = "papers"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    sitting_id: Mapped[str] = mapped_column(ForeignKey("sittings.id"), unique=True)
    nonce: Mapped[bytes] = mapped_column(LargeBinary)
    ciphertext: Mapped[bytes] = mapped_column(LargeBinary)
    key_nonce: Mapped[bytes] = mapped_column(LargeBinary)
    wrapped_key: Mapped[bytes] = mapped_column(LargeBinary)
    question_count: Mapped[int] = mapped_column(Integer)
    sealed_at: Mapped[datetime]
