"""Authenticated encryption and keyed digests (AES-256-GCM, HMAC-SHA256) by the keys of the house."""

from __future__ import annotations

import hashlib
import hmac
import os
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12
KEY_BYTES = 32


class SealBroken(Exception):
    """The key is wrong, or ciphertext or context were changed."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """A ciphertext (16-byte tag appended) and its 12-byte nonce."""

    nonce: bytes
    ciphertext: bytes


def new_key() -> bytes:
    """A random 256-bit key."""
    return os.urandom(KEY_BYTES)


def seal(key: bytes, plaintext: bytes, *, context: bytes) -> Sealed:
    """Encrypt; `context` is authenticated and must be given again to open."""
    nonce = os.urandom(NONCE_BYTES)
    return Sealed(nonce, AESGCM(key).encrypt(nonce, plaintext, context))


def unseal(key: bytes, sealed: Sealed, *, context: bytes) -> bytes:
    """Decrypt. Raises `SealBroken`."""
    try:
        return AESGCM(key).decrypt(sealed.nonce, sealed.ciphertext, context)
    except InvalidTag as error:
        raise SealBroken from error


def keyed_digest(key: bytes, purpose: str, value: str) -> str:
    """Hex HMAC-SHA256 of a value for one purpose: equal values meet, and the table tells nothing without the key."""
    return hmac.new(key, f"{purpose}\x00{value}".encode(), hashlib.sha256).hexdigest()


def derive_key(key: bytes, purpose: str) -> bytes:
    """A 256-bit key for one purpose, so that no key does two things."""
    return hmac.new(key, f"derive\x00{purpose}".encode(), hashlib.sha256).digest()
