"""Alembic migrations: dated names, run on SQLite and PostgreSQL alike."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection

from zhishi.foundation.adapters.database import Database


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


async def upgrade(database: Database) -> None:
    """Bring the database to the newest revision, in one transaction."""

    def run(connection: Connection) -> None:
        command.upgrade(_config(connection), "head")

    async with database.engine.execution_options(zhishi_write=True).begin() as connection:
        await connection.run_sync(run)


async def revisions(database: Database) -> tuple[str | None, str | None]:
    """(revision of the database, newest revision of this version)."""
    newest = ScriptDirectory.from_config(_config()).get_current_head()
    async with database.engine.connect() as connection:
        present = await connection.run_sync(lambda c: MigrationContext.configure(c).get_current_revision())
    return present, newest
