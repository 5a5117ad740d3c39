"""Tables of recordings.

The index of what is held: a row of `segments` exists only if the bytes it names are durable and were checked
against their digest. There are no foreign keys from segments to epochs, because a segment may arrive before the
init of its epoch.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Integer, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from zhishi.foundation.adapters.database import Base


class Track(Base):
    """One recording of an attempt: `camera`, `screen` or `phone`.

    Due from `opened_at` to the attempt's end; the phone's until it was stopped by hand, `closed_at` (F4.4).
    """

    __tablename__ = "tracks"
    __table_args__ = (UniqueConstraint("attempt_id", "kind"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    attempt_id: Mapped[str] = mapped_column(ForeignKey("attempts.id"))
    kind: Mapped[str] = mapped_column(String(8))
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class Epoch(Base):
    """One start of a recorder on a track. `epoch` is its start in Unix ms, chosen by the recorder.

    `declared` is how many segments the recorder finished, once it has said so. The `init_…` columns name the init
    segment; the `file_…` columns the settled file of this generation, `file_undecodable` the numbers of the segments
    in it that show nothing.
    """

    __tablename__ = "epochs"

    track_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    epoch: Mapped[int] = mapped_column(primary_key=True)
    init_sha256: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    init_container: Mapped[str | None] = mapped_column(String(200))
    init_offset: Mapped[int | None]
    init_length: Mapped[int | None]
    declared: Mapped[int | None] = mapped_column(Integer)
    close_reason: Mapped[str | None] = mapped_column(String(16))
    closed_at: Mapped[datetime | None]
    generation: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    file_key: Mapped[str | None] = mapped_column(String(200))
    file_size: Mapped[int | None]
    file_sha256: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    file_segments: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    file_frames: Mapped[int | None]
    file_problem: Mapped[str | None] = mapped_column(String(200))
    file_undecodable: Mapped[list[Any] | None]
    settled_at: Mapped[datetime | None]


class Segment(Base):
    """A stored segment: about 2 s of a track, where its bytes lie, and when they came."""

    __tablename__ = "segments"
    __table_args__ = ({"sqlite_with_rowid": False},)

    track_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    epoch: Mapped[int] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(Integer, primary_key=True)
    start_ms: Mapped[int]
    duration_ms: Mapped[int] = mapped_column(Integer)
    sha256: Mapped[bytes] = mapped_column(LargeBinary(32))
    container: Mapped[str] = mapped_column(String(200), index=True)
    offset: Mapped[int]
    length: Mapped[int] = mapped_column(Integer)
    received_ms: Mapped[int]


class Notice(Base):
    """A segment that a heartbeat spoke of: heard of at `heard_ms`, whether or not its bytes have come (见证).

    `lost_ms` is when it was found damaged or gone after it had been held.
    """

    __tablename__ = "segment_notices"
    __table_args__ = ({"sqlite_with_rowid": False},)

    track_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    epoch: Mapped[int] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(Integer, primary_key=True)
    sha256: Mapped[bytes] = mapped_column(LargeBinary(32))
    start_ms: Mapped[int]
    duration_ms: Mapped[int] = mapped_column(Integer)
    heard_ms: Mapped[int]
    lost_ms: Mapped[int | None]


class LogbookPage(Base):
    """A page of a recorder's logbook: what its device wrote down of the recording, as it came (D6).

    `device` is `computer` or `phone`; `run` is the start of that recorder in Unix ms, `page` counts from 0.
    """

    __tablename__ = "logbook_pages"
    __table_args__ = ({"sqlite_with_rowid": False},)

    attempt_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    device: Mapped[str] = mapped_column(String(8), primary_key=True)
    run: Mapped[int] = mapped_column(primary_key=True)
    page: Mapped[int] = mapped_column(Integer, primary_key=True)
    sha256: Mapped[bytes] = mapped_column(LargeBinary(32))
    body: Mapped[bytes] = mapped_column(LargeBinary)
    received_ms: Mapped[int]


class RecorderReport(Base):
    """The last word of an attempt's computer about its devices: the health of each for whoever watches (D3)."""

    __tablename__ = "recorder_reports"

    attempt_id: Mapped[str] = mapped_column(ForeignKey("attempts.id"), primary_key=True)
    heard_at: Mapped[datetime]
    report: Mapped[dict[str, Any]]


class SpentContainer(Base):
    """A container that nothing points to any more; freed after a while, when its last readers have finished."""

    __tablename__ = "spent_containers"

    container: Mapped[str] = mapped_column(String(200), primary_key=True)
    spent_at: Mapped[datetime]
