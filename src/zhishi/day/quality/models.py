"""Tables of what recordings show."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from zhishi.foundation.adapters.database import Base


class TrackPicture(Base):
    """What the picture of a track was last seen to be: `state` since `since`, looked at at `seen_at`.

    `sampled_ms` is the start of the segment that was looked at.
    """

    __tablename__ = "track_pictures"

    track_id: Mapped[str] = mapped_column(ForeignKey("tracks.id"), primary_key=True)
    state: Mapped[str] = mapped_column(String(8))
    since: Mapped[datetime]
    seen_at: Mapped[datetime]
    sampled_ms: Mapped[int]
