"""The index of what is held: its rows, written in one transaction a batch.

Plain functions over a connection, because the busiest writer of the house hands its transactions over as a whole
(`Database.write_here`).
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncSession

from zhishi.day.recording.arrivals import INIT_SEQ, Arrival, Name
from zhishi.day.recording.models import Epoch, Segment, SpentContainer
from zhishi.foundation.kernel.clock import from_ms
from zhishi.foundation.ports import Location

Placed = Sequence[tuple[Arrival, Location]]
EpochKey = tuple[str, int]  # (track, epoch)


def index_parts(
    connection: Connection, placed: Placed, *, epochs: Sequence[EpochKey], received_ms: int
) -> Mapping[Name, bytes]:
    """Index parts whose bytes are durable; `epochs` are those that may have no row yet.

    What was there already stays, and its second bytes are given back with their container. Returns the digests of
    those that were there.
    """
    open_epochs(connection, epochs)
    taken = _insert_segments(connection, [pair for pair in placed if pair[0].seq != INIT_SEQ], received_ms)
    taken += [one.name for one, place in placed if one.seq == INIT_SEQ and not _set_init(connection, one, place)]
    held = digests_of(connection, taken)
    unwanted = {place.container for arrival, place in placed if arrival.name in held}
    _note_spent(connection, unwanted, at=from_ms(received_ms))
    return held


def open_epochs(connection: Connection, keys: Sequence[EpochKey]) -> None:
    """Make sure that epochs have their rows."""
    if keys:
        statement = insert_into(connection)(Epoch).on_conflict_do_nothing()
        connection.execute(statement, [{"track_id": track, "epoch": epoch} for track, epoch in keys])


def _note_spent(connection: Connection, containers: Collection[str], *, at: datetime) -> None:
    """Remember that a container may have nothing in it that the index names: it is looked at when its time has come."""
    if containers:
        rows = [{"container": container, "spent_at": at} for container in sorted(containers)]
        connection.execute(insert_into(connection)(SpentContainer).on_conflict_do_nothing(), rows)


_COLUMNS = (
    "track_id",
    "epoch",
    "seq",
    "start_ms",
    "duration_ms",
    "sha256",
    "container",
    "offset",
    "length",
    "received_ms",
)


def _insert_segments(connection: Connection, placed: Placed, received_ms: int) -> list[Name]:
    """Insert index rows. Returns the names that were taken."""
    if not placed:
        return []
    rows = [
        (
            one.track_id,
            one.epoch,
            one.seq,
            one.start_ms,
            one.duration_ms,
            one.sha256,
            place.container,
            place.offset,
            place.length,
            received_ms,
        )
        for one, place in placed
    ]
    if connection.dialect.name == "sqlite":
        # One statement for all rows, past SQLAlchemy's own: a thread that steps through rows fights for the
        # interpreter at each. Only if some names were taken (a repeated request) is it worth looking which.
        done = connection.exec_driver_sql(_insert_rows(len(rows)), tuple(itertools.chain.from_iterable(rows)))
        if done.rowcount == len(rows):
            return []
        ours = _locations(connection, [one.name for one, _ in placed])
        return [one.name for one, place in placed if ours[one.name] != place]
    statement = (
        pg_insert(Segment).on_conflict_do_nothing().values([dict(zip(_COLUMNS, row, strict=True)) for row in rows])
    )
    kept = connection.execute(statement.returning(Segment.track_id, Segment.epoch, Segment.seq))
    inserted = {tuple(row) for row in kept}
    return [one.name for one, _ in placed if one.name not in inserted]


@lru_cache
def _insert_rows(count: int) -> str:
    """SQLite's INSERT of so many segments."""
    columns = ", ".join(f'"{name}"' for name in _COLUMNS)
    values = ", ".join([f"({', '.join('?' * len(_COLUMNS))})"] * count)
    return f"INSERT INTO {Segment.__tablename__} ({columns}) VALUES {values} ON CONFLICT DO NOTHING"  # noqa: S608


def _locations(connection: Connection, names: Sequence[Name]) -> dict[Name, Location]:
    rows = connection.execute(
        select(Segment.track_id, Segment.epoch, Segment.seq, Segment.container, Segment.offset, Segment.length).where(
            tuple_(Segment.track_id, Segment.epoch, Segment.seq).in_(names)
        )
    )
    return {(row[0], row[1], row[2]): Location(row[3], row[4], row[5]) for row in rows}


def _set_init(connection: Connection, arrival: Arrival, place: Location) -> bool:
    """Name the init of its epoch; False if it has one."""
    done = connection.execute(
        update(Epoch)
        .where(Epoch.track_id == arrival.track_id, Epoch.epoch == arrival.epoch, Epoch.init_sha256.is_(None))
        .values(
            init_sha256=arrival.sha256,
            init_container=place.container,
            init_offset=place.offset,
            init_length=place.length,
        )
    )
    return done.rowcount == 1


def digests_of(connection: Connection, names: Sequence[Name]) -> dict[Name, bytes]:
    """The digests of those parts that are held."""
    found: dict[Name, bytes] = {}
    media = [name for name in names if name[2] != INIT_SEQ]
    inits = [name[:2] for name in names if name[2] == INIT_SEQ]
    if media:
        rows = connection.execute(
            select(Segment.track_id, Segment.epoch, Segment.seq, Segment.sha256).where(
                tuple_(Segment.track_id, Segment.epoch, Segment.seq).in_(media)
            )
        )
        found.update({(track, epoch, seq): digest for track, epoch, seq, digest in rows})
    if inits:
        epochs = connection.execute(
            select(Epoch.track_id, Epoch.epoch, Epoch.init_sha256).where(
                tuple_(Epoch.track_id, Epoch.epoch).in_(inits), Epoch.init_sha256.is_not(None)
            )
        )
        found.update({(track, epoch, INIT_SEQ): digest for track, epoch, digest in epochs if digest is not None})
    return found


def insert_into(where: AsyncSession | Connection) -> Any:
    """The dialect's own INSERT, which knows ON CONFLICT; SQLAlchemy gives the two no common type."""
    bind = where.get_bind() if isinstance(where, AsyncSession) else where
    return sqlite_insert if bind.dialect.name == "sqlite" else pg_insert
