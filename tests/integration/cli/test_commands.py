"""The commands of an installation."""

from __future__ import annotations

import json
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.factories.day import Day
from tests.factories.houses import Copy, Engines
from tests.factories.packages import HouseKey, flipped, items_of, package
from tests.factories.processes import run
from tests.factories.world import PREPARED_AT
from zhishi.foundation.adapters.folder_lock import FolderLock
from zhishi.foundation.edge.tokens import Claim, sign
from zhishi.foundation.kernel.clock import SettableClock
from zhishi.web.application import open_house


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {"ZHISHI_DATA_DIR": str(tmp_path / "data"), "ZHISHI_PORT": "0"}


def test_an_installation_is_migrated_examined_and_verified(environment: dict[str, str], tmp_path: Path) -> None:
    for command in ("serve", "verify"):
        early = run(command, environment=environment)
        assert early.returncode == 2
        assert "run `zhishi migrate`" in early.stderr

    for _ in range(2):
        migrated = run("migrate", environment=environment)
        assert (migrated.returncode, migrated.stdout) == (0, "database is at 20261126_proof\n")
    with sqlite3.connect(tmp_path / "data" / "zhishi.sqlite3") as connection:
        assert connection.execute("SELECT count(*) FROM sittings").fetchone() == (0,)

    verified = run("verify", environment=environment)
    assert (verified.returncode, json.loads(verified.stdout)) == (
        0,
        {"epochs": 0, "segments": 0, "bytes": 0, "damaged": [], "sound": True},
    )

    examined = run("doctor", environment=environment)
    states = {line.split()[1]: line.split()[0] for line in examined.stdout.splitlines()}
    assert {name: states[name] for name in ("data", "keys", "database", "blobs", "vision")} == dict.fromkeys(
        ("data", "keys", "database", "blobs", "vision"), "ok"
    )


def test_an_examination_names_what_is_missing_and_fails(environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "master.key").write_text("a1" * 32)
    (tmp_path / "data" / "master.key").chmod(0o644)
    examined = run("doctor", environment=environment)
    assert examined.returncode == 1
    failed = [line for line in examined.stdout.splitlines() if line.startswith("FAIL")]
    assert any("chmod 600" in line for line in failed)
    assert any("run `zhishi migrate`" in line for line in failed)


@pytest.mark.parametrize("command", ["verify", "serve"])
def test_a_folder_that_is_in_use_is_told_in_words(environment: dict[str, str], tmp_path: Path, command: str) -> None:
    (tmp_path / "data").mkdir()
    lock = FolderLock(tmp_path / "data")
    done = run(command, environment=environment)
    lock.release()
    assert done.returncode == 2
    assert done.stderr.startswith("another zhishi process runs on")
    assert "Traceback" not in done.stderr


async def test_a_package_is_imported_at_the_command_line(strict_copy: Copy, engines: Engines, tmp_path: Path) -> None:
    clock = SettableClock(PREPARED_AT)
    day = Day(open_house(strict_copy.settings, clock=clock, engines=engines), clock, strict_copy.world)
    candidate = await day.entered(seconds=0)
    keys, items = day.house.services.keys, items_of(candidate.tracks["camera"], day.recording())
    # The command looks at the machine's clock, on which the exam of this test may be long over.
    token = sign(
        keys.tokens, Claim("upload", candidate.attempt_id, datetime.max.replace(tzinfo=UTC) - timedelta(days=1))
    )
    said: dict[str, Any] = {"token": token, "attempt_id": candidate.attempt_id}
    whole = package(HouseKey(keys.packages.id, keys.packages.public), items, **said)
    foreign = package(HouseKey("0" * 16, keys.packages.public), items, **said)
    files = {}
    for name, data in {"whole": whole, "damaged": flipped(whole, -300), "foreign": foreign}.items():
        files[name] = tmp_path / name
        files[name].write_bytes(data)
    environment = {
        "ZHISHI_DATA_DIR": str(strict_copy.settings.data_dir),
        "ZHISHI_DATABASE_URL": strict_copy.settings.database,
    }
    in_use = run("import", "package", str(files["whole"]), environment=environment)
    await day.close()
    assert (in_use.returncode, in_use.stdout) == (2, "")
    assert "another zhishi process runs on" in in_use.stderr
    assert "import the package on its console" in in_use.stderr

    damaged = run("import", "package", str(files["damaged"]), environment=environment)
    assert (damaged.returncode, json.loads(damaged.stdout)["broken"][0]["code"]) == (1, "package_altered")
    imported = run("import", "package", str(files["whole"]), environment=environment)
    found = json.loads(imported.stdout)
    assert (imported.returncode, found["attempt_id"], found["broken"]) == (0, candidate.attempt_id, [])
    assert found["stored"] + found["already_there"] == 5
    verified = run("verify", environment=environment)
    assert json.loads(verified.stdout)["segments"] == 3

    refused = run("import", "package", str(files["foreign"]), environment=environment)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "另一套系统" in refused.stderr
    assert "package_foreign" in refused.stderr


def test_a_setting_that_cannot_be_used_is_named(environment: dict[str, str]) -> None:
    done = run("migrate", environment={**environment, "ZHISHI_PORT": "eighty"})
    assert done.returncode == 2
    assert done.stderr.startswith("ZHISHI_PORT: ")
    assert "Traceback" not in done.stderr


def test_the_description_of_the_interface_is_written_and_holds_the_demonstration(tmp_path: Path) -> None:
    done = run("openapi", str(tmp_path / "openapi.json"))
    assert done.returncode == 0, done.stderr
    described = json.loads((tmp_path / "openapi.json").read_text())
    assert {"/api/v1/attempt", "/api/v1/demo", "/api/v1/sheets"} <= set(described["paths"])
