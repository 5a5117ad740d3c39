"""SQLite or PostgreSQL through SQLAlchemy: one engine, two kinds of transaction.

SQLite runs in WAL mode with synchronous=FULL, so that a commit that returned survives the power; writers take
`BEGIN IMMEDIATE` in turns within this process (the only one that writes), because SQLite's own waiting polls.

Awaiting each statement of SQLite costs more than the statement: a hop to a thread and back. The busiest writer
therefore hands over its whole transaction as a plain function, which costs one (`write_at_once`), or none where it
has a thread already (`write_here`).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, nullcontext
from datetime import UTC, datetime
from typing import Any, ClassVar, TypeVar

from sqlalchemy import BigInteger, DateTime, Dialect, Engine, MetaData, create_engine, event
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import JSON, TypeDecorator

from zhishi.foundation.adapters.turns import Turns
from zhishi.foundation.ports import Bus, Message

T = TypeVar("T")

_WRITE = "zhishi_write"
_OUTBOX = "zhishi_outbox"


class UtcDateTime(TypeDecorator[datetime]):
    """Aware UTC moments on both databases: SQLite drops the zone, this restores it. Refuses naive moments."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """The tables of all rooms."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: UtcDateTime(),
        dict[str, Any]: JSON(),
        list[Any]: JSON(),
        int: BigInteger(),
    }


def after_commit(session: AsyncSession, topic: str, **message: Any) -> None:
    """Publish on the bus once this transaction has committed; never if it has not (law 4)."""
    session.info.setdefault(_OUTBOX, []).append((topic, message))


class Database:
    """The engine and its transactions."""

    def __init__(self, url: str, *, bus: Bus | None = None) -> None:
        self.is_sqlite = url.startswith("sqlite")
        self.engine: AsyncEngine = _make_engine(url)
        self._bus = bus
        self._turns = Turns() if self.is_sqlite else None
        # SQLite's readers see one snapshot by themselves, PostgreSQL's only from this level on.
        readers = self.engine if self.is_sqlite else self.engine.execution_options(isolation_level="REPEATABLE READ")
        self._readers = async_sessionmaker(readers, expire_on_commit=False)
        self._writers = async_sessionmaker(self.engine.execution_options(**{_WRITE: True}), expire_on_commit=False)
        self._here: Connection | None = None

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """A session that sees one snapshot and never commits."""
        async with self._readers() as session:
            yield session

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncSession]:
        """One transaction: committed when the block ends, rolled back if it raises; then its messages go out."""
        async with self._turns.awaited() if self._turns else nullcontext(), self._writers() as session, session.begin():
            yield session
        outbox: list[tuple[str, Message]] = session.info.get(_OUTBOX, [])
        if self._bus is not None:
            for topic, message in outbox:
                await self._bus.publish(topic, message)

    async def write_at_once(self, work: Callable[[Connection], T]) -> T:
        """One transaction that a plain function does, without messages."""
        if self._turns is not None:
            return await asyncio.to_thread(self.write_here, work)
        async with self.writing() as session:
            return await (await session.connection()).run_sync(work)

    def write_here(self, work: Callable[[Connection], T]) -> T:
        """The same in the thread that calls, on SQLite, over a connection that is kept open for this."""
        assert self._turns is not None
        with self._turns.blocking():
            if self._here is None:
                engine = _on_sqlite(create_engine(self.engine.url.set(drivername="sqlite")))
                self._here = engine.connect().execution_options(**{_WRITE: True})
            with self._here.begin():
                return work(self._here)

    async def close(self) -> None:
        if self._here is not None:
            self._here.close()
            self._here.engine.dispose()
        await self.engine.dispose()


def _make_engine(url: str) -> AsyncEngine:
    if not url.startswith("sqlite"):
        return create_async_engine(url, pool_size=10, max_overflow=10, pool_pre_ping=True)
    engine = create_async_engine(url, pool_size=8, max_overflow=8)
    _on_sqlite(engine.sync_engine)
    return engine


def _on_sqlite(engine: Engine) -> Engine:
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # The driver must not open transactions by itself: "begin" below says which kind.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=15000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    write = connection.get_execution_options().get(_WRITE, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")
