"""What a receipt says, and how it is checked without the house: pure.

A receipt is JSON: `{"manifest": {…}, "signature": base64}`. The signature (Ed25519) is over the manifest in its one
canonical form: UTF-8, keys sorted, no spaces. The manifest lists every segment that is held with its digest; each epoch
has the Merkle root over its init and segments, each track the root over its epochs, the whole the root over its tracks.
"""

from __future__ import annotations

import base64
import binascii
import json
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from zhishi.day.recording.rules import TOLERANCE_MS
from zhishi.foundation.kernel.intervals import clip, union
from zhishi.foundation.kernel.merkle import merkle_root
from zhishi.foundation.kernel.signing import SignatureBroken, Signer, check_signature, key_id

FORMAT = "zhishi receipt 1"
Manifest = Mapping[str, Any]
_INIT_SEQ = -1


class ReceiptRefused(Exception):
    """A receipt is not what the house signed, or contradicts itself; the text says where."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """An init (seq −1) or a segment as a receipt names it."""

    seq: int
    start_ms: int
    duration_ms: int
    size: int
    sha256: str

    @property
    def data(self) -> bytes:
        """What the tree is made of: number, start, duration and size as big-endian integers, then the digest."""
        return struct.pack(">iqiq", self.seq, self.start_ms, self.duration_ms, self.size) + bytes.fromhex(self.sha256)

    def as_json(self) -> list[Any]:
        return [self.seq, self.start_ms, self.duration_ms, self.size, self.sha256]


def epoch_root(init: Leaf | None, segments: Sequence[Leaf]) -> str:
    """The root over an epoch's init, if it is held, and its segments in the order of their numbers."""
    leaves = [*([init] if init else []), *sorted(segments, key=lambda leaf: leaf.seq)]
    return merkle_root([leaf.data for leaf in leaves]).hex()


def root_over(roots: Sequence[str]) -> str:
    """The root over other roots."""
    return merkle_root([bytes.fromhex(root) for root in roots]).hex()


def canonical(manifest: Manifest) -> bytes:
    """The one form of a manifest that is signed."""
    return json.dumps(manifest, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def sign_manifest(manifest: Manifest, signer: Signer) -> str:
    """The receipt as text. The manifest must name the signer's key."""
    signature = base64.b64encode(signer.sign(canonical(manifest))).decode()
    return json.dumps({"manifest": manifest, "signature": signature}, ensure_ascii=False, separators=(",", ":"))


def key_of(signer: Signer) -> dict[str, str]:
    """How a manifest names the key that signs it."""
    return {"id": signer.id, "algorithm": "Ed25519", "public": base64.b64encode(signer.public).decode()}


def read_receipt(text: str | bytes, *, public: bytes | None = None) -> Manifest:
    """The manifest of a receipt whose signature and roots are right. Raises `ReceiptRefused`.

    `public` is the house's public key from another source; without it the key inside is used, which proves only that
    nothing was changed since whoever holds that key signed.
    """
    manifest, signature = _parse(text)
    try:
        inside = base64.b64decode(manifest["key"]["public"], validate=True)
        if manifest["key"]["id"] != key_id(inside):
            raise ReceiptRefused("the key and its name do not belong together")
        if public is not None and public != inside:
            raise ReceiptRefused(f"signed by another key ({key_id(inside)}, expected {key_id(public)})")
        check_signature(inside, canonical(manifest), signature)
        _check_roots(manifest)
    except SignatureBroken:
        raise ReceiptRefused("the signature is wrong: the receipt was changed, or is not the house's") from None
    except (KeyError, TypeError, ValueError, struct.error, binascii.Error) as error:
        raise ReceiptRefused(f"not a receipt that this version can read: {error!r}") from error
    return manifest


def _parse(text: str | bytes) -> tuple[Manifest, bytes]:
    try:
        receipt = json.loads(text)
        manifest, signature = receipt["manifest"], base64.b64decode(receipt["signature"], validate=True)
        if manifest["format"] != FORMAT:
            raise ReceiptRefused(f"not a receipt: {manifest['format']!r}")
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise ReceiptRefused("not a receipt") from error
    return manifest, signature


def _check_roots(manifest: Manifest) -> None:
    roots = []
    for track in manifest["tracks"]:
        found = [epoch_root(*leaves_of(epoch)) for epoch in track["epochs"]]
        if found != [epoch["root"] for epoch in track["epochs"]] or root_over(found) != track["root"]:
            raise ReceiptRefused(f"the digests of the {track['kind']} track do not make up its root")
        if _covered(track) != [tuple(span) for span in track["covered"]]:
            raise ReceiptRefused(f"the segments of the {track['kind']} track do not make up its covered time")
        roots.append(track["root"])
    if root_over(roots) != manifest["root"]:
        raise ReceiptRefused("the tracks do not make up the root")


def leaves_of(epoch: Mapping[str, Any]) -> tuple[Leaf | None, list[Leaf]]:
    """(the init or None, the segments) of an epoch in a manifest."""
    init = epoch["init"]
    first = None if init is None else Leaf(_INIT_SEQ, epoch["epoch"], 0, init["size"], init["sha256"])
    return first, [Leaf(*one) for one in epoch["segments"]]


def unchecked_in(track: Mapping[str, Any]) -> int:
    """How many segments of a track had not been read back from the store when the receipt was signed."""
    return sum(len(epoch["segments"]) for epoch in track["epochs"] if not epoch["checked"])


def _covered(track: Mapping[str, Any]) -> list[tuple[int, int]]:
    spans = [
        (leaf.start_ms, leaf.start_ms + leaf.duration_ms)
        for epoch in track["epochs"]
        if epoch["init"] is not None
        for leaf in leaves_of(epoch)[1]
        if leaf.seq not in epoch["undecodable"]
    ]
    low, high = track["due"]
    return clip(union(spans, tolerance=TOLERANCE_MS), (low, high))
