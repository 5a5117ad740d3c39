"""`zhishi verify receipt`: needs the file, and nothing of the house."""

from __future__ import annotations

import base64
import binascii
import mmap
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from zhishi.day.receipts.manifests import Manifest, ReceiptRefused, read_receipt, unchecked_in
from zhishi.day.receipts.recordings import Data, FileCheck, check_recordings


@dataclass
class Outcome:
    """What was found, in sentences, and whether all of it is as it should be."""

    sound: bool = True
    lines: list[str] = field(default_factory=list)

    def say(self, *, ok: bool, text: str) -> None:
        self.sound = self.sound and ok
        self.lines.append(f"{'ok  ' if ok else 'FAIL'}  {text}")


def examine_receipt(file: Path, *, key: str | None, recordings: Path | None) -> Outcome:
    """Check a receipt, and recordings beside it. Never raises for what a file contains."""
    outcome = Outcome()
    try:
        public = None if key is None else base64.b64decode(key, validate=True)
    except binascii.Error:
        outcome.say(ok=False, text="--key is not base64")
        return outcome
    try:
        manifest = read_receipt(file.read_bytes(), public=public)
    except ReceiptRefused as refused:
        outcome.say(ok=False, text=str(refused))
        return outcome
    _tell(outcome, manifest, trusted=public is not None)
    if recordings is not None:
        with _mapped(recordings) as files:
            for check in check_recordings(manifest, files):
                _tell_file(outcome, check)
    return outcome


def _tell_file(outcome: Outcome, check: FileCheck) -> None:
    recording = "" if check.kind is None else f"{check.kind} {check.epoch}: "
    problem = "" if check.problem is None else f": {check.problem}"
    outcome.say(ok=check.problem is None, text=f"{recording}{check.name or '—'}{problem}")
    if check.more:
        outcome.lines.append(
            f"      more has come since the receipt: on {check.more} bytes of this file only a newer one can speak"
        )


def _tell(outcome: Outcome, manifest: Manifest, *, trusted: bool) -> None:
    issued = datetime.fromisoformat(manifest["issued_at"]).astimezone(ZoneInfo(manifest["time_zone"]))
    outcome.say(ok=True, text=f"signature by key {manifest['key']['id']}")
    if not trusted:
        outcome.lines.append("      compare that key with the one that the organiser publishes, or give --key")
    outcome.say(ok=True, text=f"receipt {manifest['number']} on attempt {manifest['attempt']}, lot {manifest['lot']}")
    outcome.lines.append(f"      issued {issued:%Y-%m-%d %H:%M:%S} {manifest['time_zone']}")
    outcome.lines.append(f"      {'final' if manifest['final'] else 'interim: more may have come since'}")
    for track in manifest["tracks"]:
        low, high = track["due"]
        covered = sum(end - start for start, end in track["covered"])
        segments = sum(len(epoch["segments"]) for epoch in track["epochs"])
        outcome.say(
            ok=True,
            text=f"{track['kind']}: {track['verdict']}, {covered / 1000:.1f} s of {(high - low) / 1000:.1f} s in "
            f"{segments} segments, {len(track['gaps'])} gaps; digests make up the root",
        )
        witnessed, unwitnessed = (sum(end - start for start, end in track[of]) for of in ("witnessed", "unwitnessed"))
        outcome.lines.append(
            f"      witnessed by heartbeats in time {witnessed / 1000:.1f} s, unwitnessed {unwitnessed / 1000:.1f} s"
        )
        if unchecked := unchecked_in(track):
            outcome.lines.append(f"      {unchecked} segments had not been read back when the receipt was signed")
        for gap in track["gaps"]:
            start, end = (gap[edge] / 1000 for edge in ("from", "to"))
            outcome.lines.append(
                f"      gap {start:.1f} to {end:.1f} ({end - start:.1f} s): {gap['cause']} ({gap['side']})"
            )


@contextmanager
def _mapped(folder: Path) -> Iterator[dict[str, Data]]:
    """The recordings of a folder without reading them into memory."""
    with ExitStack() as stack:
        files: dict[str, Data] = {}
        for path in sorted(one for one in folder.rglob("*") if one.suffix.lower() == ".mp4" and one.is_file()):
            name = str(path.relative_to(folder))
            if path.stat().st_size == 0:
                files[name] = b""
                continue
            handle = stack.enter_context(path.open("rb"))
            mapped = stack.enter_context(mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ))
            view = memoryview(mapped)
            stack.callback(view.release)
            files[name] = view
        yield files
