"""`zhishi verify receipt`: what it says, and that it ends with 1 where anything is wrong."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from tests.factories.processes import run
from tests.factories.receipts import START, manifest, recording, segment
from zhishi.day.receipts.manifests import sign_manifest
from zhishi.foundation.kernel.signing import Signer

HOUSE = Signer(b"h" * 32)
COVERED = [[START, START + 2000], [START + 4000, START + 10_000]]
EPOCH, FILE = recording(START, 5, without=(1,))
WHOLE_FILE = recording(START, 5)[1]


class Folder:
    """A receipt, and recordings beside it."""

    def __init__(self, path: Path, *, final: bool) -> None:
        self.recordings = path / "recordings"
        self.recordings.mkdir()
        self.receipt = path / "receipt.json"
        described: dict[str, Any] = manifest(HOUSE, EPOCH | {"checked": final}, covered=COVERED)
        described["final"] = final
        [track] = described["tracks"]
        track["witnessed"], track["unwitnessed"] = COVERED[:1], COVERED[1:]
        self.receipt.write_text(sign_manifest(described, HOUSE))

    def put(self, name: str, data: bytes) -> None:
        (self.recordings / name).write_bytes(data)

    def verify(self) -> tuple[int, str]:
        """The exit status, and what was printed."""
        key = base64.b64encode(HOUSE.public).decode()
        done = run("verify", "receipt", str(self.receipt), "--key", key, "--recordings", str(self.recordings))
        return done.returncode, done.stdout


def test_recordings_that_are_the_receipts_are_sound(tmp_path: Path) -> None:
    folder = Folder(tmp_path, final=True)
    folder.put("camera.mp4", FILE)
    status, said = folder.verify()
    assert status == 0
    assert f"ok    camera {START}: camera.mp4\n" in said
    assert "witnessed by heartbeats in time 2.0 s, unwitnessed 6.0 s\n" in said
    assert "read back" not in said


@pytest.mark.parametrize(
    ("name", "data"), [("altered.mp4", FILE.replace(b"1", b"2")), ("other.MP4", b"holiday"), ("empty.mp4", b"")]
)
def test_a_file_that_is_not_the_receipts_fails_beside_one_that_is(tmp_path: Path, name: str, data: bytes) -> None:
    folder = Folder(tmp_path, final=True)
    folder.put("camera.mp4", FILE)
    folder.put(name, data)
    status, said = folder.verify()
    assert status == 1
    assert [line for line in said.splitlines() if line.startswith("FAIL")] == [
        f"FAIL  {name}: belongs to no recording of this receipt"
    ]


def test_what_came_since_an_interim_receipt_is_told_and_no_damage(tmp_path: Path) -> None:
    folder = Folder(tmp_path, final=False)
    folder.put("camera.mp4", WHOLE_FILE)
    status, said = folder.verify()
    assert status == 0
    more = len(segment(START, 1))
    assert f"more has come since the receipt: on {more} bytes of this file" in said
    assert "4 segments had not been read back when the receipt was signed\n" in said


def test_a_receipt_that_was_changed_fails(tmp_path: Path) -> None:
    folder = Folder(tmp_path, final=True)
    changed = json.loads(folder.receipt.read_text())
    changed["manifest"]["lot"] = "008"
    folder.receipt.write_text(json.dumps(changed))
    assert folder.verify() == (1, "FAIL  the signature is wrong: the receipt was changed, or is not the house's\n")
