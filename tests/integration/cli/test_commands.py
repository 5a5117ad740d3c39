"""The commands of an installation."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from tests.factories.processes import run
from zhishi.foundation.adapters.folder_lock import FolderLock


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
        assert (migrated.returncode, migrated.stdout) == (0, "database is at 20261125_ten_steps\n")
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
