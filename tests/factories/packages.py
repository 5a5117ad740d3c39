"""Packages written as a browser writes them: from the description of the format, without the code under test."""

from __future__ import annotations

import base64
import hashlib
import json
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.factories.media import Recording

MAGIC: Final = b"zhishi package 1\n"
MADE_MS: Final = 1_778_912_400_000


@dataclass(frozen=True, slots=True)
class HouseKey:
    """The public key that a house serves."""

    id: str
    public: bytes


@dataclass(frozen=True, slots=True)
class Item:
    """A description and its bytes."""

    said: dict[str, Any]
    data: bytes = b""

    def saying(self, **changed: Any) -> Item:
        """The same bytes, described otherwise."""
        return replace(self, said={**self.said, **changed})

    @property
    def plain(self) -> bytes:
        text = json.dumps(self.said).encode()
        return struct.pack(">I", len(text)) + text + self.data


def item(kind: str, track_id: str, epoch: int, data: bytes = b"", **said: Any) -> Item:
    """An item as the recorder's spool describes it."""
    described = {
        "kind": kind,
        "track_id": track_id,
        "epoch": epoch,
        "seq": -1,
        "start_ms": epoch,
        "duration_ms": 0,
        "size": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        "closure": None,
    }
    return Item({**described, **said}, data)


def items_of(track_id: str, recording: Recording) -> list[Item]:
    """A whole epoch: its init, its segments, its closure."""
    epoch = recording.start_ms
    return [
        item("init", track_id, epoch, recording.init),
        *(
            item("segment", track_id, epoch, one.data, seq=one.seq, start_ms=one.start_ms, duration_ms=one.duration_ms)
            for one in recording.segments
        ),
        item("closure", track_id, epoch, closure={"segments": len(recording.segments), "reason": "ended"}),
    ]


def header(key: HouseKey, ephemeral: bytes, items: Sequence[Item], /, **said: Any) -> dict[str, Any]:
    described = {
        "format": "zhishi package 1",
        "attempt_id": "0198c0de-0000-7000-8000-000000000001",
        "device": "computer",
        "made_ms": MADE_MS,
        "key_id": key.id,
        "ephemeral": base64.b64encode(ephemeral).decode(),
        "items": len(items),
        "size": sum(len(one.data) for one in items),
    }
    return {**described, **said}


def package(
    key: HouseKey,
    items: Sequence[Item],
    /,
    *,
    token: str = "",
    first: bytes | None = None,
    last: Any = None,
    ended: bool = True,
    **said: Any,
) -> bytes:
    """A package. `said` changes its header; `first` and `last` what the first and the last record say. One that is not
    `ended` lacks the end, and the record before it claims to be the last."""
    own = ec.generate_private_key(ec.SECP256R1())
    point = own.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    text = json.dumps(header(key, point, items, **said)).encode()
    digest = hashlib.sha256(text).digest()
    house = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), key.public)
    secret = own.exchange(ec.ECDH(), house)
    cipher = AESGCM(HKDF(SHA256(), 32, salt=digest, info=b"zhishi package 1").derive(secret))
    plains = [
        json.dumps({"upload_token": token}).encode() if first is None else first,
        *(one.plain for one in items),
        *([json.dumps({"items": len(items)} if last is None else last).encode()] if ended else []),
    ]
    parts = [MAGIC, struct.pack(">I", len(text)), text]
    for number, plain in enumerate(plains):
        nonce = number.to_bytes(12)
        flag = b"\x01" if number == len(plains) - 1 else b"\x00"
        sealed = cipher.encrypt(nonce, plain, digest + nonce + flag)
        parts += [struct.pack(">I", len(sealed)), sealed]
    return b"".join(parts)


def borders(data: bytes) -> list[int]:
    """Where records begin, in the order of their numbers, and where the last one ends."""
    return list(_borders(data))


def _borders(data: bytes) -> Iterator[int]:
    at = len(MAGIC) + 4 + int.from_bytes(data[len(MAGIC) : len(MAGIC) + 4])
    while at < len(data):
        yield at
        at += 4 + int.from_bytes(data[at : at + 4])
    yield at


def flipped(data: bytes, at: int, bits: int = 1) -> bytes:
    """The same with one byte changed."""
    changed = bytearray(data)
    changed[at] ^= bits
    return bytes(changed)
