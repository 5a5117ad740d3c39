"""Migrations, from nothing and back, on both databases."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text
from sqlalchemy.engine import Connection

import zhishi.migrations
from tests.factories.houses import SQLITE
from tests.factories.postgres import Postgres
from zhishi.foundation.adapters.database import Database
from zhishi.migrations import revisions, upgrade
from zhishi.migrations.tables import Base


@pytest.fixture
def empty_url(backend: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database with nothing in it."""
    if backend == SQLITE:
        yield f"sqlite+aiosqlite:///{tmp_path / 'empty.sqlite3'}"
        return
    postgres: Postgres = request.getfixturevalue("postgres")
    name = postgres.create()
    yield postgres.url(name)
    postgres.drop(name)


@pytest.fixture
async def database(empty_url: str) -> AsyncIterator[Database]:
    found = Database(empty_url)
    yield found
    await found.close()


async def _ask(database: Database, question: Any) -> Any:
    async with database.engine.connect() as connection:
        return await connection.run_sync(question)


def _tables(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names())


async def test_a_database_from_nothing_equals_the_tables_of_the_rooms(database: Database) -> None:
    await upgrade(database)

    def differences(connection: Connection) -> list[Any]:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        found: list[Any] = compare_metadata(context, Base.metadata)
        return found

    assert await _ask(database, differences) == []
    assert await _ask(database, _tables) == {*Base.metadata.tables, "alembic_version"}


async def test_migrating_twice_changes_nothing(database: Database) -> None:
    await upgrade(database)
    async with database.writing() as session:
        await session.execute(
            text("INSERT INTO people (id, name, id_tail_digest, created_at) VALUES ('1', '甲', 'x', '2026-05-16')")
        )
    await upgrade(database)
    async with database.reading() as session:
        assert (await session.execute(text("SELECT name FROM people"))).scalars().all() == ["甲"]


async def test_the_revision_is_none_before_and_the_newest_after(database: Database) -> None:
    present, newest = await revisions(database)
    assert present is None
    assert newest is not None
    await upgrade(database)
    assert await revisions(database) == (newest, newest)


async def test_going_back_leaves_nothing_and_forward_again_works(database: Database) -> None:
    def downgrade(connection: Connection) -> None:
        config = Config()
        config.set_main_option("script_location", str(Path(zhishi.migrations.__file__).parent))
        config.set_main_option("path_separator", "os")
        config.attributes["connection"] = connection
        command.downgrade(config, "base")

    await upgrade(database)
    async with database.engine.execution_options(zhishi_write=True).begin() as connection:
        await connection.run_sync(downgrade)
    assert await _ask(database, _tables) == {"alembic_version"}
    await upgrade(database)
    assert await _ask(database, _tables) == {*Base.metadata.tables, "alembic_version"}


@pytest.mark.parametrize("backend", [SQLITE], indirect=True)
async def test_on_sqlite_the_index_of_segments_has_no_row_numbers(database: Database, tmp_path: Path) -> None:
    """WITHOUT ROWID is not seen by the comparison of tables, and halves the size of the index."""
    await upgrade(database)
    with sqlite3.connect(tmp_path / "empty.sqlite3") as connection:
        rows = dict(connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'").fetchall())
    assert [name for name in ("segments", "segment_notices") if "WITHOUT ROWID" not in rows[name]] == []
