"""Manifests made by hand, without a house."""

from __future__ import annotations

import hashlib
from typing import Any

from zhishi.day.receipts.manifests import FORMAT, Leaf, epoch_root, key_of, root_over
from zhishi.foundation.kernel.signing import Signer

START = 1_780_000_000_000
STEP = 2000


def box(kind: bytes, content: bytes = b"") -> bytes:
    """A box of ISO/IEC 14496-12."""
    return (8 + len(content)).to_bytes(4) + kind + content


def segment(epoch: int, seq: int) -> bytes:
    """What is taken for a media segment."""
    return box(b"moof") + box(b"mdat", f"segment {epoch} {seq}".encode())


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def recording(epoch: int, count: int, *, without: tuple[int, ...] = ()) -> tuple[dict[str, Any], bytes]:
    """An epoch of a manifest, and the file that it speaks of."""
    init = box(b"ftyp", f"init {epoch}".encode())
    pieces = {seq: segment(epoch, seq) for seq in range(count) if seq not in without}
    first = Leaf(-1, epoch, 0, len(init), digest(init))
    leaves = [Leaf(seq, epoch + seq * STEP, STEP, len(data), digest(data)) for seq, data in pieces.items()]
    described = {
        "epoch": epoch,
        "declared": count,
        "closed": "ended",
        "checked": True,
        "undecodable": [],
        "init": {"size": first.size, "sha256": first.sha256},
        "segments": [leaf.as_json() for leaf in leaves],
        "root": epoch_root(first, leaves),
    }
    return described, init + b"".join(pieces.values())


def manifest(signer: Signer, *epochs: dict[str, Any], covered: list[list[int]], gaps: Any = ()) -> dict[str, Any]:
    """A manifest of one camera track."""
    track = {
        "track": "track",
        "kind": "camera",
        "due": [START, START + 60_000],
        "verdict": "complete",
        "covered": covered,
        "witnessed": covered,
        "unwitnessed": [],
        "gaps": list(gaps),
        "epochs": list(epochs),
        "root": root_over([epoch["root"] for epoch in epochs]),
    }
    return {
        "format": FORMAT,
        "attempt": "0198c0de-0000-7000-8000-000000000001",
        "exam": "2026 年度面试",
        "sitting": "第一场",
        "kind": "real",
        "time_zone": "Asia/Shanghai",
        "lot": "007",
        "entered_ms": START,
        "ended_ms": START + 60_000,
        "final": True,
        "key": key_of(signer),
        "tracks": [track],
        "logbook": [],
        "root": root_over([track["root"]]),
        "number": 1,
        "issued_at": "2026-11-25T06:15:30.000+00:00",
    }
