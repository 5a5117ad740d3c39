"""`zhishi doctor`: is everything here that an exam needs?"""

from __future__ import annotations

import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from zhishi.foundation.adapters.blobs import open_blobs
from zhishi.foundation.adapters.database import Database
from zhishi.foundation.documents.pdf import chinese_font
from zhishi.foundation.kernel.ids import new_id
from zhishi.foundation.settings import Settings, load_keys
from zhishi.foundation.vision import registry
from zhishi.migrations import revisions
from zhishi.web.pages import DIST

# A sitting of 100 candidates with three tracks of 50 minutes needs about 50 GB; below this an exam cannot be held.
FREE_BYTES_MIN = 5 * 2**30


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    name: str
    ok: bool
    text: str


async def examine(settings: Settings) -> list[Finding]:
    """Look at everything; a failure of one never hides another."""
    checks: list[tuple[str, Callable[[Settings], Awaitable[str]]]] = [
        ("data", _data),
        ("keys", _keys),
        ("database", _database),
        ("blobs", _blobs),
        ("front end", _front_end),
        ("documents", _documents),
    ]
    findings = [await _run(name, check, settings) for name, check in checks]
    return findings + _engines()


async def _run(name: str, check: Callable[[Settings], Awaitable[str]], settings: Settings) -> Finding:
    try:
        return Finding(name, True, await check(settings))
    except Exception as error:
        return Finding(name, False, f"{type(error).__name__}: {error}")


async def _data(settings: Settings) -> str:
    settings.make_data_dir()
    free = shutil.disk_usage(settings.data_dir).free
    if free < FREE_BYTES_MIN:
        raise OSError(f"only {free / 2**30:.1f} GB free in {settings.data_dir}")
    return f"{settings.data_dir}, {free / 2**30:.0f} GB free"


async def _keys(settings: Settings) -> str:
    load_keys(settings)
    return "master key can be read by this user only"


async def _database(settings: Settings) -> str:
    database = Database(settings.database)
    try:
        present, newest = await revisions(database)
    finally:
        await database.close()
    if present != newest:
        raise LookupError(f"at {present}, needs {newest}: run `zhishi migrate`")
    return f"{'SQLite' if settings.embedded else 'PostgreSQL'} at {present}"


async def _blobs(settings: Settings) -> str:
    blobs, key = open_blobs(settings), f"doctor/{new_id()}"
    await blobs.put(key, b"zhishi")
    found = await blobs.read(key, 0, 6)
    await blobs.delete(key)
    if found != b"zhishi":
        raise OSError("what was written did not come back")
    return "written, read, deleted"


async def _front_end(settings: Settings) -> str:
    if not (DIST / "candidate" / "index.html").is_file():
        raise FileNotFoundError("not built: run `make frontend`")
    return "built"


async def _documents(settings: Settings) -> str:
    return f"PDF files are set in {chinese_font()}"


def _engines() -> list[Finding]:
    return [
        Finding("vision", state.present, f"{state.engine.name}: {state.problem or state.installed_version}")
        for state in registry.report_engines()
    ]
