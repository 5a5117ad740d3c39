"""Signatures by the house (Ed25519, RFC 8032): anybody who knows the public key can check what it signed."""

from __future__ import annotations

import hashlib

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

PUBLIC_BYTES = 32


class SignatureBroken(Exception):
    """The message was changed, or somebody else signed it."""


def key_id(public: bytes) -> str:
    """A short name of a public key: the first 16 hex digits of its SHA-256."""
    return hashlib.sha256(public).hexdigest()[:16]


class Signer:
    """A signing key from its 32-byte seed."""

    def __init__(self, seed: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self.public: bytes = self._key.public_key().public_bytes_raw()
        self.id: str = key_id(self.public)

    def sign(self, message: bytes) -> bytes:
        """The 64-byte signature of a message."""
        return self._key.sign(message)


def check_signature(public: bytes, message: bytes, signature: bytes) -> None:
    """Raises `SignatureBroken` if the signature is not that of this key on this message."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError) as error:
        raise SignatureBroken from error
