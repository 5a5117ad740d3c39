"""Identifiers: UUIDv7 for rows (they sort by birth), UUIDv4 where the order of arrival must not show."""

from __future__ import annotations

import os
import secrets
import time
import uuid

# No 0/O, 1/I/L: these codes are read aloud over a telephone.
_READABLE = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


def new_id() -> str:
    """A UUIDv7 (RFC 9562 §5.7): 48 bits of Unix ms, then random."""
    ms = time.time_ns() // 1_000_000
    value = (ms & (2**48 - 1)) << 80 | int.from_bytes(os.urandom(10))
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return str(uuid.UUID(int=value))


def new_random_id() -> str:
    """A UUIDv4: says nothing about when it was made (law 9: a v7 would tell examiners the order of arrival)."""
    return str(uuid.uuid4())


def new_secret() -> str:
    """256 random bits, URL-safe, for cookies and tokens."""
    return secrets.token_urlsafe(32)


def readable_code(length: int) -> str:
    """A random code of letters and digits that cannot be mistaken for one another."""
    return "".join(secrets.choice(_READABLE) for _ in range(length))
