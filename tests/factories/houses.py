"""Houses for tests: migrated and seeded once per database, then copied for every test."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from tests.factories.postgres import Postgres
from tests.factories.world import PREPARED_AT, World, seed_world
from zhishi.before.exams.rules import PhotoPolicy
from zhishi.day.recording.inspection import Inspector
from zhishi.foundation.adapters.database import Database
from zhishi.foundation.edge.services import Services
from zhishi.foundation.kernel.clock import SettableClock
from zhishi.foundation.settings import Settings
from zhishi.foundation.vision.pool import VisionPool
from zhishi.migrations import upgrade
from zhishi.web.application import open_house

Engines = tuple[VisionPool, Inspector]
Seed = Callable[[Services], Awaitable[World]]

SQLITE = "sqlite"
POSTGRESQL = "postgresql"
BACKENDS = (SQLITE, POSTGRESQL)


async def strict_world(services: Services) -> World:
    """Registered photographs are required, as in a real exam."""
    return await seed_world(services)


async def lenient_world(services: Services) -> World:
    """Who has no photograph registers one at the first login, as in the demonstration."""
    return await seed_world(services, photo_policy=PhotoPolicy.SELF_CAPTURE)


@dataclass(frozen=True, slots=True)
class Template:
    """A data folder, the PostgreSQL database beside it if there is one, and what was seeded."""

    folder: Path
    database: str | None
    world: World


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy of a template that belongs to one test."""

    settings: Settings
    world: World
    database: str | None


class Templates:
    """Makes each template when it is first asked for."""

    def __init__(self, folder: Path, postgres: Callable[[], Postgres], engines: Engines) -> None:
        self._folder = folder
        self._postgres = postgres
        self._engines = engines
        self._made: dict[tuple[str, str], Template] = {}
        self._migrated: str | None = None

    def fresh_database(self, backend: str, folder: Path) -> tuple[str, str | None]:
        """(address, name on the server) of a new database with all tables and no rows."""
        if backend == SQLITE:
            return f"sqlite+aiosqlite:///{shutil.copy(self._migrated_file(), folder / 'zhishi.sqlite3')}", None
        postgres = self._postgres()
        if self._migrated is None:
            self._migrated = postgres.create()
            asyncio.run(_migrate(postgres.url(self._migrated)))
        name = postgres.create(template=self._migrated)
        return postgres.url(name), name

    def _migrated_file(self) -> Path:
        file = self._folder / "migrated.sqlite3"
        if not file.exists():
            asyncio.run(_migrate(f"sqlite+aiosqlite:///{file}"))
        return file

    def drop(self, database: str | None) -> None:
        """Remove a database of the server; None is none."""
        if database is not None:
            self._postgres().drop(database)

    def copy(self, backend: str, seed: Seed, folder: Path) -> Copy:
        """A seeded house for one test, in `folder`, which must not exist."""
        template = self._template(backend, seed)
        shutil.copytree(template.folder, folder)
        if template.database is None:
            return Copy(_settings(folder, None), template.world, None)
        name = self._postgres().create(template=template.database)
        return Copy(_settings(folder, self._postgres().url(name)), template.world, name)

    def _template(self, backend: str, seed: Seed) -> Template:
        key = (backend, seed.__name__)
        if key not in self._made:
            folder = self._folder / "-".join(key)
            folder.mkdir()
            url, database = self.fresh_database(backend, folder)
            settings = _settings(folder, None if backend == SQLITE else url)
            world = asyncio.run(_seed(settings, seed, self._engines))
            self._made[key] = Template(folder, database, world)
        return self._made[key]


def _settings(folder: Path, url: str | None) -> Settings:
    return Settings(data_dir=folder, database_url=None if url is None else SecretStr(url))


async def _migrate(url: str) -> None:
    database = Database(url)
    try:
        await upgrade(database)
    finally:
        await database.close()


async def _seed(settings: Settings, seed: Seed, engines: Engines) -> World:
    house = open_house(settings, clock=SettableClock(PREPARED_AT), engines=engines)
    try:
        return await seed(house.services)
    finally:
        await house.close()
