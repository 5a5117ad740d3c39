"""The database, on SQLite and on PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError, StatementError

from zhishi.before.roster.models import Person
from zhishi.before.staff.models import StaffAccount, StaffLoginFailure
from zhishi.foundation.adapters.bus import MemoryBus, MemoryListener
from zhishi.foundation.adapters.database import Database, after_commit
from zhishi.foundation.audit.models import AuditEntry
from zhishi.foundation.kernel.ids import new_id

NOW = datetime(2026, 5, 16, 6, 0, 0, 123_456, tzinfo=UTC)


class Spy(MemoryBus):
    """The bus, with an ear on one topic."""

    def __init__(self) -> None:
        super().__init__()
        self.listener: MemoryListener = self.subscribe("people")

    async def heard(self, count: int) -> list[Mapping[str, Any]]:
        async with asyncio.timeout(5):
            return [await anext(self.listener) for _ in range(count)]


@pytest.fixture
def bus() -> Spy:
    return Spy()


@pytest.fixture
async def database(database_url: str, bus: Spy) -> AsyncIterator[Database]:
    found = Database(database_url, bus=bus)
    yield found
    await found.close()


def person(name: str = "王小明", *, at: datetime = NOW) -> Person:
    return Person(id=new_id(), name=name, id_tail_digest="0" * 64, created_at=at)


async def names(database: Database) -> list[str]:
    async with database.reading() as session:
        return sorted(await session.scalars(select(Person.name)))


@pytest.mark.parametrize(
    "moment", [NOW, NOW.replace(microsecond=0), NOW.astimezone(timezone(timedelta(hours=8))), NOW.replace(year=1970)]
)
async def test_a_moment_comes_back_aware_and_equal_to_the_microsecond(database: Database, moment: datetime) -> None:
    async with database.writing() as session:
        session.add(person(at=moment))
    async with database.reading() as session:
        found = await session.scalar(select(Person.created_at))
    assert found == moment
    assert found is not None
    assert found.tzinfo is UTC


async def test_a_moment_without_a_zone_is_refused(database: Database) -> None:
    with pytest.raises(StatementError, match="without a time zone"):
        async with database.writing() as session:
            session.add(person(at=datetime(2026, 5, 16)))  # noqa: DTZ001
    assert await names(database) == []


async def test_moments_are_compared_as_moments_whatever_their_zone(database: Database) -> None:
    async with database.writing() as session:
        for n in range(-2, 3):
            session.add(
                StaffLoginFailure(id=new_id(), username=str(n), address="::1", at=NOW + timedelta(microseconds=n))
            )
    beijing = NOW.astimezone(timezone(timedelta(hours=8)))
    async with database.reading() as session:
        later = await session.scalars(select(StaffLoginFailure.username).where(StaffLoginFailure.at > beijing))
        assert sorted(later) == ["1", "2"]


async def test_a_transaction_is_committed_when_its_block_ends(database: Database) -> None:
    async with database.writing() as session:
        session.add(person())
        await session.flush()
        assert await names(database) == []
    assert await names(database) == ["王小明"]


async def test_a_transaction_that_fails_leaves_nothing(database: Database) -> None:
    with pytest.raises(RuntimeError):
        async with database.writing() as session:
            session.add(person())
            await session.flush()
            raise RuntimeError
    assert await names(database) == []


async def test_a_constraint_that_fails_takes_the_whole_transaction_with_it(database: Database) -> None:
    one = person("甲")
    with pytest.raises(IntegrityError):
        async with database.writing() as session:
            session.add(one)
            await session.flush()
            session.add(Person(id=one.id, name="乙", id_tail_digest="", created_at=NOW))
            session.expunge(one)
            await session.flush()
    assert await names(database) == []


async def test_what_is_written_in_a_reading_session_is_never_committed(database: Database) -> None:
    async with database.reading() as session:
        session.add(person())
        await session.flush()
    assert await names(database) == []


async def test_a_reading_session_sees_one_snapshot(database: Database) -> None:
    async with database.reading() as session:
        before = list(await session.scalars(select(Person.name)))
        async with database.writing() as work:
            work.add(person())
        assert list(await session.scalars(select(Person.name))) == before == []
    assert await names(database) == ["王小明"]


async def test_messages_go_out_after_the_commit_in_their_order(database: Database, bus: Spy) -> None:
    async with database.writing() as session:
        session.add(person())
        after_commit(session, "people", n=1)
        after_commit(session, "people", n=2)
        await session.flush()
    assert await bus.heard(2) == [{"n": 1}, {"n": 2}]


async def test_messages_of_a_transaction_that_failed_never_go_out(database: Database, bus: Spy) -> None:
    with pytest.raises(RuntimeError):
        async with database.writing() as session:
            after_commit(session, "people", n=1)
            raise RuntimeError
    async with database.writing() as session:
        after_commit(session, "people", n=2)
    assert await bus.heard(1) == [{"n": 2}]


async def test_a_listener_that_hears_a_message_finds_what_it_is_about(database: Database, bus: Spy) -> None:
    hearing = asyncio.create_task(bus.heard(1))
    async with database.writing() as session:
        session.add(person())
        after_commit(session, "people", n=1)
    await hearing
    assert await names(database) == ["王小明"]


async def test_many_writers_at_once_all_get_their_turn(database: Database) -> None:
    async def write(n: int) -> None:
        async with database.writing() as session:
            session.add(person(str(n)))

    await asyncio.gather(*(write(n) for n in range(40)))
    assert await names(database) == sorted(str(n) for n in range(40))


async def test_readers_do_not_wait_for_a_writer(database: Database) -> None:
    async with database.writing() as session:
        session.add(person())
        await session.flush()
        async with asyncio.timeout(5):
            assert await asyncio.gather(*(names(database) for _ in range(5))) == [[]] * 5


async def test_a_row_keeps_json_and_numbers_as_they_were(database: Database) -> None:
    detail = {"考生": "甲", "n": 2**53 - 1, "list": [1, 2.5, None, True], "nested": {"a": {}}}
    async with database.writing() as session:
        session.add(
            AuditEntry(
                id=new_id(), at=NOW, actor_kind="system", action="x", subject_kind="y", subject_id="z", detail=detail
            )
        )
    async with database.reading() as session:
        assert await session.scalar(select(AuditEntry.detail)) == detail


async def test_a_missing_parent_is_refused(database: Database) -> None:
    with pytest.raises(IntegrityError):
        async with database.writing() as session:
            await session.execute(
                text("INSERT INTO panel_members (exam_id, staff_id, number) VALUES ('none', 'none', 1)")
            )


async def test_the_same_name_twice_is_refused(database: Database) -> None:
    def account() -> StaffAccount:
        return StaffAccount(
            id=new_id(), username="u", display_name="", role="officer", password_hash="", active=True, created_at=NOW
        )

    async with database.writing() as session:
        session.add(account())
    with pytest.raises(IntegrityError):
        async with database.writing() as session:
            session.add(account())


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
async def test_sqlite_is_set_up_so_that_a_commit_survives_the_power(database: Database) -> None:
    async with database.reading() as session:
        found = {
            name: (await session.execute(text(f"PRAGMA {name}"))).scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
async def test_on_sqlite_a_writer_takes_the_lock_when_it_begins_not_when_it_writes(
    database: Database, database_url: str
) -> None:
    """BEGIN IMMEDIATE: a transaction that reads first would otherwise fail when it wants to write."""
    other = Database(database_url)
    try:
        async with database.writing() as session:
            await session.execute(select(Person.id))
            async with other.engine.connect() as connection:
                await connection.exec_driver_sql("ROLLBACK")
                await connection.exec_driver_sql("PRAGMA busy_timeout=0")
                with pytest.raises(Exception, match="locked"):
                    await connection.exec_driver_sql("BEGIN IMMEDIATE")
    finally:
        await other.close()


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
async def test_on_sqlite_readers_take_no_lock_that_a_writer_waits_for(database: Database) -> None:
    async with database.reading() as look:
        await look.execute(select(Person.id))
        async with asyncio.timeout(5), database.writing() as session:
            session.add(person())
    assert await names(database) == ["王小明"]
