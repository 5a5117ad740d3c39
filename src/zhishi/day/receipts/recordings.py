"""Recordings beside a receipt: which file is which, and whether it is what was received. Pure.

A recording of an epoch is its init and segments laid end to end, as they are downloaded.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from zhishi.day.receipts.manifests import Leaf, Manifest, leaves_of
from zhishi.day.recording.media import NotMedia, box_borders, check_segment

Data = bytes | memoryview


@dataclass(frozen=True, slots=True)
class FileCheck:
    """What came of one file, or of one recording without any.

    `kind` and `epoch` name the recording; None for a file that is none of them. `name` is None where there is no file.
    `problem` is what is wrong, if anything is. `more`: bytes of whole segments that came after an interim receipt, on
    which it says nothing.
    """

    kind: str | None
    epoch: int | None
    name: str | None
    problem: str | None
    more: int = 0


@dataclass(frozen=True, slots=True)
class _Comparison:
    """How far a file is an epoch's: its first segments that are right, and the first thing that is not."""

    right: int
    problem: str | None
    more: int


def check_recordings(manifest: Manifest, files: Mapping[str, Data]) -> list[FileCheck]:
    """Compare recordings (name → bytes) with the digests of a receipt: every file and every recording is told of."""
    epochs = [(track["kind"], epoch) for track in manifest["tracks"] for epoch in track["epochs"] if epoch["segments"]]
    placed: dict[int, list[FileCheck]] = {n: [] for n in range(len(epochs))}
    strangers = []
    for name, data in files.items():
        compared = {n: _compare(data, epoch, interim=not manifest["final"]) for n, (_, epoch) in enumerate(epochs)}
        alike = {n: found for n, found in compared.items() if found is not None}
        if not alike:
            strangers.append(FileCheck(None, None, name, "belongs to no recording of this receipt"))
            continue
        # Recorders that were set up alike may begin alike: it is the one of which most is right.
        best = max(alike, key=lambda n: (alike[n].problem is None, alike[n].right, -n))
        kind, epoch = epochs[best]
        placed[best].append(FileCheck(kind, epoch["epoch"], name, alike[best].problem, alike[best].more))
    for n, (kind, epoch) in enumerate(epochs):
        # Without its init there was no file to download.
        if not placed[n] and epoch["init"] is not None:
            placed[n].append(FileCheck(kind, epoch["epoch"], None, "there is no file of this recording"))
    return [check for found in placed.values() for check in found] + strangers


def _compare(data: Data, epoch: Mapping[str, Any], *, interim: bool) -> _Comparison | None:
    """None if the file does not begin like the epoch."""
    init, segments = leaves_of(epoch)
    at = 0 if init is None else init.size
    if init is not None and _digest(data[:at]) != init.sha256:
        return None
    borders = box_borders(data) if interim else []
    before, more = -1, 0
    for right, leaf in enumerate(sorted(segments, key=lambda one: one.seq)):
        # Only where the receipt itself has a hole can anything have come since.
        grown = interim and leaf.seq > before + 1
        # An init that came since is not known, so nothing says where it ends.
        found = _place(leaf, data, at, borders, grown=grown, headed=init is None and right == 0)
        if found is None:
            if init is None and right == 0:
                return None
            return _Comparison(right, f"segment {leaf.seq} (from byte {at}) is not what was received", more)
        more, at, before = more + found - at, found + leaf.size, leaf.seq
    rest, declared = len(data) - at, epoch["declared"]
    if rest and not (interim and (declared is None or declared > before + 1) and _are_segments(data[at:])):
        return _Comparison(len(segments), f"{rest} bytes more than were received", more)
    return _Comparison(len(segments), None, more + rest)


def _place(leaf: Leaf, data: Data, at: int, borders: Sequence[int], *, grown: bool, headed: bool) -> int | None:
    """Where a segment lies: at its place, or behind whole segments (`headed`: behind whatever) that came since."""
    if _digest(data[at : at + leaf.size]) == leaf.sha256:
        return at
    if not (grown or headed):
        return None
    places = (border for border in borders if border > at)
    found = next((place for place in places if _digest(data[place : place + leaf.size]) == leaf.sha256), None)
    return found if found is not None and (headed or _are_segments(data[at:found])) else None


def _are_segments(data: Data) -> bool:
    try:
        check_segment(data)
    except NotMedia:
        return False
    return True


def _digest(data: Data) -> str:
    return hashlib.sha256(data).hexdigest()
