"""Reads packages of footage by the description of their format, without the code under test."""

from __future__ import annotations

import base64
import hashlib
import json
import struct
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

MAGIC = b"zhishi package 1\n"


@dataclass(frozen=True, slots=True)
class Package:
    """What a package holds: its header, the upload token, and each item's description with its bytes."""

    header: dict[str, Any]
    upload_token: str
    items: list[tuple[dict[str, Any], bytes]]


class HouseKey:
    """A pair of keys of the test's own."""

    def __init__(self) -> None:
        self._private = ec.generate_private_key(ec.SECP256R1())

    def as_served(self) -> dict[str, str]:
        point = self._private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return {"id": "key of the test", "public": base64.b64encode(point).decode()}

    def open(self, data: bytes) -> Package:
        """Decrypt every record. Raises where the file is anything but what the format says."""
        assert data.startswith(MAGIC)
        text, rest = _counted(data[len(MAGIC) :])
        header = json.loads(text)
        digest = hashlib.sha256(text).digest()
        point = base64.b64decode(header["ephemeral"], validate=True)
        other = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
        shared = self._private.exchange(ec.ECDH(), other)
        cipher = AESGCM(HKDF(SHA256(), 32, salt=digest, info=b"zhishi package 1").derive(shared))
        records: list[bytes] = []
        while rest:
            ciphertext, rest = _counted(rest)
            nonce = len(records).to_bytes(12)
            records.append(cipher.decrypt(nonce, ciphertext, digest + nonce + bytes([not rest])))
        token, *items, end = records
        assert json.loads(end) == {"items": len(items)}
        found = [(json.loads(said), held) for said, held in map(_counted, items)]
        return Package(header, json.loads(token)["upload_token"], found)


def _counted(data: bytes) -> tuple[bytes, bytes]:
    """The bytes that a length stands before, and what comes behind them."""
    (length,) = struct.unpack(">I", data[:4])
    assert len(data) >= 4 + length
    return data[4 : 4 + length], data[4 + length :]
