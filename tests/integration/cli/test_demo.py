"""`zhishi demo`: a whole exam with one command, on a folder of its own."""

from __future__ import annotations

import json
import shutil
import stat
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from tests.factories import faces
from tests.factories.processes import Process, run


class Demo:
    """The command with a data folder, and what it printed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "演示 data"
        self.facts: dict[str, Any] = {}
        self._process: Process | None = None

    def start(self, *arguments: str, environment: dict[str, str] | None = None) -> dict[str, Any]:
        ready = self.folder / "facts.json"
        ready.unlink(missing_ok=True)
        self._process = Process(
            *("demo", "--port", "0", "--data", str(self.data), "--print-json", str(ready), *arguments),
            log=self.folder / "log",
            environment=environment,
        )
        self.facts = json.loads(self._process.wait_for_file(ready))
        return self.facts

    @property
    def process(self) -> Process:
        assert self._process is not None
        return self._process

    def get(self, path: str) -> Any:
        return httpx.get(f"{self.facts['base_url']}{path}", timeout=30).json()

    def post(self, path: str, body: Any) -> httpx.Response:
        return httpx.post(f"{self.facts['base_url']}{path}", json=body, timeout=30)

    def stop(self) -> None:
        if self._process is not None:
            self._process.stop()


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    found = Demo(tmp_path)
    yield found
    found.stop()


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    shutil.copy(faces.obama(), folder / "欧巴马.jpg")
    shutil.copy(faces.astronaut(), folder / "柯林斯.png")
    return folder


def test_a_demonstration_is_seeded_runs_and_is_continued(demo: Demo, photos: Path, tmp_path: Path) -> None:
    environment = {
        # An installation's settings: none of them may reach the demonstration.
        "ZHISHI_DATA_DIR": str(tmp_path / "installation"),
        "ZHISHI_DATABASE_URL": "postgresql+asyncpg://nobody@127.0.0.1:1/none",
        "ZHISHI_HOST": "0.0.0.0",
        "ZHISHI_MASTER_KEY": "none",
        "ZHISHI_BLOBS_URL": "s3://none",
    }
    asked_at = datetime.now().astimezone()
    facts = demo.start(
        *("--photos", str(photos), "--candidates", "4", "--starts-in", "90s", "--answer", "5m"), environment=environment
    )
    _check_shape(facts, demo)
    starts, ends = (datetime.fromisoformat(facts["sitting"][name]) for name in ("starts_at", "ends_at"))
    assert timedelta(seconds=90) <= starts - asked_at <= timedelta(seconds=150)
    assert ends - starts == timedelta(minutes=5)
    assert [(one["name"], one["photo"]) for one in facts["candidates"][:2]] == [
        ("柯林斯", str(photos / "柯林斯.png")),
        ("欧巴马", str(photos / "欧巴马.jpg")),
    ]
    assert [one["photo"] for one in facts["candidates"][2:]] == [None, None]
    assert len({one["ticket"] for one in facts["candidates"]}) == len({one["name"] for one in facts["candidates"]}) == 4
    assert not (tmp_path / "installation").exists()
    _check_it_listens_on_loopback_only(demo)
    _check_the_guide(demo)
    _check_the_logins(demo)
    _check_a_second_process_is_refused(demo)
    _check_a_new_sitting_can_be_opened(demo)

    first = demo.facts
    demo.stop()
    again = demo.start()
    assert (again["staff"], again["candidates"]) == (first["staff"], first["candidates"])
    _check_the_logins(demo)
    demo.stop()

    fresh = demo.start("--fresh", "--candidates", "1")
    assert fresh["candidates"] != first["candidates"][:1]
    assert len(fresh["candidates"]) == 1
    assert fresh["staff"] != first["staff"]


def _check_shape(facts: dict[str, Any], demo: Demo) -> None:
    """Exactly as it is promised: programs read it."""
    base = facts["base_url"]
    assert base.startswith("http://127.0.0.1:")
    assert list(facts) == [
        "base_url",
        "candidate_url",
        "phone_url",
        "console_url",
        "sitting",
        "staff",
        "candidates",
    ]
    assert [facts[name] for name in ("candidate_url", "phone_url", "console_url")] == [
        f"{base}/",
        f"{base}/phone",
        f"{base}/console",
    ]
    assert list(facts["sitting"]) == ["starts_at", "ends_at"]
    assert {tuple(one) for one in facts["staff"]} == {("role", "username", "password")}
    assert {tuple(one) for one in facts["candidates"]} == {("name", "ticket", "id_tail", "home_secret", "photo")}
    assert {one["role"] for one in facts["staff"]} == {
        "administrator",
        "officer",
        "invigilator",
        "examiner",
        "support",
    }
    assert {len(one["id_tail"]) for one in facts["candidates"]} == {6}
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in demo.data.iterdir() if path.is_file()}
    assert (modes["demo.json"], modes["master.key"]) == (0o600, 0o600)
    assert stat.S_IMODE(demo.data.stat().st_mode) == 0o700


def _check_it_listens_on_loopback_only(demo: Demo) -> None:
    listening = [
        one.laddr.ip for one in psutil.Process(demo.process.pid).net_connections() if one.status == psutil.CONN_LISTEN
    ]
    assert listening == ["127.0.0.1"]


def _check_the_guide(demo: Demo) -> None:
    guide = demo.get("/api/v1/demo")
    assert [one["username"] for one in guide["staff"]] == [one["username"] for one in demo.facts["staff"]]
    assert [one["photo"] for one in guide["candidates"]] == [True, True, False, False]
    assert demo.get("/api/v1/brand")["demo"] is True
    kinds = [one["kind"] for one in demo.get("/api/v1/entrance")["sittings"]]
    assert kinds == ["real", "rehearsal"]


def _check_the_logins(demo: Demo) -> None:
    for one in demo.facts["staff"]:
        credentials = {"username": one["username"], "password": one["password"]}
        assert demo.post("/api/v1/staff/session", credentials).json()["role"] == one["role"]
    answer = demo.post("/api/v1/demo/staff-session", {"username": "officer"})
    assert (answer.status_code, answer.json()["role"]) == (201, "officer")
    assert "zhishi_staff" in answer.cookies
    assert demo.post("/api/v1/demo/staff-session", {"username": "nobody"}).status_code == 404


def _check_a_second_process_is_refused(demo: Demo) -> None:
    for more in ((), ("--fresh",)):
        other = run("demo", "--port", "0", "--data", str(demo.data), *more)
        assert other.returncode == 2
        assert "another zhishi process runs" in other.stderr
    assert demo.get("/api/v1/brand")["demo"] is True


def _check_a_new_sitting_can_be_opened(demo: Demo) -> None:
    before = demo.get("/api/v1/demo")
    answer = demo.post("/api/v1/demo/sittings", None)
    assert answer.status_code == 201
    after = demo.get("/api/v1/demo")
    assert after["sitting"]["sitting_id"] == answer.json()["sitting_id"] != before["sitting"]["sitting_id"]
    assert 100_000 < after["sitting"]["starts_ms"] - after["now_ms"] <= 120_000
    assert [one["ticket"] for one in after["candidates"]] == [one["ticket"] for one in before["candidates"]]


@pytest.mark.parametrize("more", [[], ["--fresh"]])
def test_a_folder_that_is_not_ours_is_refused_and_stays_untouched(tmp_path: Path, more: list[str]) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "thesis.txt").write_text("years of work")
    done = run("demo", "--port", "0", "--data", str(folder), *more)
    assert done.returncode == 2
    assert "was not made by the demo and stays untouched" in done.stderr
    assert {path.name: path.read_text() for path in folder.iterdir()} == {"thesis.txt": "years of work"}


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("x")
    done = run("demo", "--port", "0", "--data", str(path))
    assert (done.returncode, path.read_text()) == (2, "x")
    assert "is not a folder" in done.stderr


def test_a_picture_that_cannot_be_used_is_named_with_its_cause_and_no_folder_is_left(tmp_path: Path) -> None:
    photos, data = tmp_path / "photos", tmp_path / "data"
    photos.mkdir()
    shutil.copy(faces.obama(), photos / "a.jpg")
    (photos / "b 二人.jpg").write_bytes(faces.two_faces(faces.obama(), faces.biden()))
    done = run("demo", "--port", "0", "--data", str(data), "--photos", str(photos))
    assert done.returncode == 2
    assert "b 二人.jpg: 不止一张脸 / there is more than one face in it" in done.stderr
    assert not data.exists()


@pytest.mark.parametrize(("make", "words"), [(True, "holds no picture"), (False, "is no folder of pictures")])
def test_a_folder_without_pictures_is_refused_and_no_folder_is_left(tmp_path: Path, make: bool, words: str) -> None:
    photos, data = tmp_path / "photos", tmp_path / "data"
    if make:
        photos.mkdir()
        (photos / "notes.txt").write_text("no picture")
    done = run("demo", "--port", "0", "--data", str(data), "--photos", str(photos))
    assert done.returncode == 2
    assert words in done.stderr
    assert not data.exists()


def test_a_demonstration_that_was_broken_off_while_it_was_made_can_be_begun_again(demo: Demo) -> None:
    demo.data.mkdir()
    (demo.data / "demo.begun").touch()
    (demo.data / "zhishi.sqlite3").write_bytes(b"half a database")
    assert len(demo.start("--candidates", "2")["candidates"]) == 2


def test_a_demonstration_whose_notes_are_spoiled_says_what_to_do(demo: Demo) -> None:
    demo.data.mkdir()
    (demo.data / "demo.json").write_text("{")
    done = run("demo", "--port", "0", "--data", str(demo.data))
    assert done.returncode == 2
    assert "begin anew with --fresh" in done.stderr
    assert (demo.data / "demo.json").read_text() == "{"


def test_durations_that_are_none_are_refused_before_anything_is_made(tmp_path: Path) -> None:
    for option in ("--starts-in", "--answer"):
        done = run("demo", "--port", "0", "--data", str(tmp_path / "data"), option, "soon")
        assert done.returncode == 2
        assert "a duration is a number and s, m or h" in " ".join(done.stderr.replace("│", " ").split())
    assert not (tmp_path / "data").exists()
