"""The wheel carries everything that an installation needs, the built front end included."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DIST = ROOT / "src" / "zhishi" / "web" / "dist"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stdout + done.stderr
    [path] = folder.glob("zhishi-*.whl")
    return zipfile.ZipFile(path)


def test_the_front_end_was_built_before_the_tests() -> None:
    assert (DIST / "candidate" / "index.html").is_file(), "run `make frontend` first; `make test` does"


def test_the_four_pages_and_all_their_assets_are_in_the_wheel(wheel: zipfile.ZipFile) -> None:
    packed = {name.removeprefix("zhishi/web/dist/") for name in wheel.namelist() if name.startswith("zhishi/web/dist/")}
    built = {str(path.relative_to(DIST)) for path in DIST.rglob("*") if path.is_file()}
    assert {f"{page}/index.html" for page in ("candidate", "phone", "console", "demo")} <= packed
    assert packed == built
    assert any(name.endswith(".js") for name in packed)


def test_every_page_names_only_assets_that_are_in_the_wheel(wheel: zipfile.ZipFile) -> None:
    import re

    packed = set(wheel.namelist())
    for page in ("candidate", "phone", "console", "demo"):
        text = wheel.read(f"zhishi/web/dist/{page}/index.html").decode()
        named = re.findall(r'(?:src|href)="/(assets/[^"]+)"', text)
        assert named, f"{page} names no asset"
        assert [name for name in named if f"zhishi/web/dist/{name}" not in packed] == []


def test_migrations_and_every_module_are_in_the_wheel(wheel: zipfile.ZipFile) -> None:
    packed = {name for name in wheel.namelist() if name.endswith(".py")}
    written = {str(path.relative_to(ROOT / "src")) for path in (ROOT / "src" / "zhishi").rglob("*.py")}
    assert packed == written
    assert "zhishi/migrations/versions/20261122_first_tables.py" in packed


def test_the_wheel_brings_the_command_and_the_licence_and_no_tests(wheel: zipfile.ZipFile) -> None:
    names = wheel.namelist()
    entry_points = next(name for name in names if name.endswith("entry_points.txt"))
    assert "zhishi = zhishi.cli:app" in wheel.read(entry_points).decode()
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert [name for name in names if name.startswith(("tests/", "bench/", "frontend/"))] == []
