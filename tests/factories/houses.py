"""Houses for tests: migrated and seeded once per database, then copied or restored for every test."""

from __future__ import annotations

import asyncio
import copy
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
    """A copy of a template that belongs to one test: a folder of its own, and the database as it was seeded."""

    settings: Settings
    world: World


class Templates:
    """Makes each template when it is first asked for."""

    def __init__(self, folder: Path, postgres: Callable[[], Postgres], engines: Engines) -> None:
        self._folder = folder
        self._postgres = postgres
        self._engines = engines
        self._made: dict[tuple[str, str], Template] = {}
        self._migrated: str | None = None

    def fresh_database(self, backend: str, folder: Path) -> str:
        """The address of a database with all tables and no rows."""
        if backend == SQLITE:
            return f"sqlite+aiosqlite:///{shutil.copy(self._migrated_file(), folder / 'zhishi.sqlite3')}"
        postgres = self._postgres()
        if self._migrated is None:
            self._migrated = self._migrated_database()
            postgres.keep(self._migrated)
        postgres.restore(self._migrated)
        return postgres.url(self._migrated)

    def _migrated_database(self) -> str:
        name = self._postgres().create()
        asyncio.run(_migrate(self._postgres().url(name)))
        return name

    def _migrated_file(self) -> Path:
        file = self._folder / "migrated.sqlite3"
        if not file.exists():
            asyncio.run(_migrate(f"sqlite+aiosqlite:///{file}"))
        return file

    def copy(self, backend: str, seed: Seed, folder: Path) -> Copy:
        """A seeded house for one test, in `folder`, which must not exist."""
        template = self._template(backend, seed)
        shutil.copytree(template.folder, folder)
        world = copy.deepcopy(template.world)
        if template.database is None:
            return Copy(_settings(folder, None), world)
        self._postgres().restore(template.database)
        return Copy(_settings(folder, self._postgres().url(template.database)), world)

    def _template(self, backend: str, seed: Seed) -> Template:
        key = (backend, seed.__name__)
        if key not in self._made:
            folder = self._folder / "-".join(key)
            folder.mkdir()
            database = None if backend == SQLITE else self._migrated_database()
            url = self.fresh_database(SQLITE, folder) if database is None else self._postgres().url(database)
            world = asyncio.run(_seed(_settings(folder, url), seed, self._engines))
            if database is not None:
                self._postgres().keep(database)
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
