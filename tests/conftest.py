"""What tests stand on: databases, servers, houses, days."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import structlog
from hypothesis import settings

from tests.factories.day import Day
from tests.factories.houses import BACKENDS, Copy, Engines, Templates, lenient_world, strict_world
from tests.factories.postgres import Postgres
from tests.factories.seaweed import Seaweed
from tests.factories.world import PREPARED_AT
from zhishi.day.recording.inspection import Inspector
from zhishi.foundation.kernel.clock import SettableClock
from zhishi.foundation.vision.pool import VisionPool
from zhishi.web.application import open_house

# No test is timed: a busy machine must not fail one.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

# What goes wrong is shown with its plain traceback. The default draws every local variable, which takes a second each.
structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
    ],
    wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One PostgreSQL server for all tests."""
    server = Postgres()
    yield server
    server.close()


@pytest.fixture(scope="session")
def seaweed() -> Iterator[Seaweed]:
    """One S3 server for all tests."""
    server = Seaweed()
    yield server
    server.close()


@pytest.fixture(scope="session")
def engines() -> Iterator[Engines]:
    """One worker process for faces and one for recordings, started when first needed."""
    vision, inspector = VisionPool(workers=1), Inspector()
    yield vision, inspector
    inspector.close()
    asyncio.run(vision.close())


@pytest.fixture(scope="session")
def templates(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, engines: Engines) -> Templates:
    """Houses seeded once. PostgreSQL starts only if a test needs it."""
    return Templates(tmp_path_factory.mktemp("templates"), lambda: request.getfixturevalue("postgres"), engines)


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> str:
    """Which database a test runs on: it runs on each."""
    found: str = request.param
    return found


@pytest.fixture
def database_url(templates: Templates, backend: str, tmp_path: Path) -> str:
    """A database with all tables and no rows."""
    return templates.fresh_database(backend, tmp_path)


@pytest.fixture
def strict_copy(templates: Templates, backend: str, tmp_path: Path) -> Copy:
    """A seeded data folder and database, where registered photographs are required."""
    return templates.copy(backend, strict_world, tmp_path / "strict")


@pytest.fixture
def lenient_copy(templates: Templates, backend: str, tmp_path: Path) -> Copy:
    """The same where a missing photograph is taken at the first login."""
    return templates.copy(backend, lenient_world, tmp_path / "lenient")


async def _open_day(copy: Copy, engines: Engines) -> AsyncIterator[Day]:
    clock = SettableClock(PREPARED_AT)
    day = Day(open_house(copy.settings, clock=clock, engines=engines), clock, copy.world)
    yield day
    await day.close()


@pytest.fixture
async def day(strict_copy: Copy, engines: Engines) -> AsyncIterator[Day]:
    """An exam day on a seeded house. The reconciler does not run: tests call `day.reconcile()`."""
    async for found in _open_day(strict_copy, engines):
        yield found


@pytest.fixture
async def lenient_day(lenient_copy: Copy, engines: Engines) -> AsyncIterator[Day]:
    """An exam day where a missing photograph is taken at the first login."""
    async for found in _open_day(lenient_copy, engines):
        yield found
