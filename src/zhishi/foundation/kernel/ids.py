"""Identifiers: UUIDv7 for rows (they sort by birth), UUIDv4 where the order of arrival must not show."""

from __future__ import annotations

import os
import secrets
import time
import unicodedata
import uuid

# No 0/O, 1/I/L: these codes are read aloud over a telephone.
_READABLE = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


def new_id() -> str:
    """A UUIDv7 (RFC 9562 §5.7): 48 bits of Unix ms, 12 bits of the fraction (§6.2, method 3), then random.

    With the fraction two ids of one act are in their order, so that a record can be sorted by them.
    """
    ms, rest = divmod(time.time_ns(), 1_000_000)
    fraction = rest * 4096 // 1_000_000
    tail = int.from_bytes(os.urandom(8)) & (2**62 - 1)
    return str(uuid.UUID(int=(ms & (2**48 - 1)) << 80 | 0x7 << 76 | fraction << 64 | 0x2 << 62 | tail))


def new_random_id() -> str:
    """A UUIDv4: says nothing about when it was made (law 9: a v7 would tell examiners the order of arrival)."""
    return str(uuid.uuid4())


def new_secret() -> str:
    """256 random bits, URL-safe, for cookies and tokens."""
    return secrets.token_urlsafe(32)


def readable_code(length: int) -> str:
    """A random code of letters and digits that cannot be mistaken for one another."""
    return "".join(secrets.choice(_READABLE) for _ in range(length))


def as_made(typed: str) -> str:
    """A code as it was made, however it was typed: small letters, dashes, spaces, a Chinese keyboard's full width."""
    return "".join(one for one in unicodedata.normalize("NFKC", typed).upper() if one.isascii() and one.isalnum())
