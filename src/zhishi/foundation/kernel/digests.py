"""SHA-256 digests, and the HTTP field that carries them (RFC 9530)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re

_FIELD = re.compile(r"(?:^|,)\s*sha-256=:([A-Za-z0-9+/=]{43,44}):\s*(?=$|,)")


def sha256(data: bytes | memoryview) -> bytes:
    """The 32-byte SHA-256 of `data`."""
    return hashlib.sha256(data).digest()


def parse_content_digest(field: str | None) -> bytes | None:
    """The SHA-256 inside a `Content-Digest` field, or None if there is none that can be read."""
    match = _FIELD.search(field or "")
    if match is None:
        return None
    try:
        digest = base64.b64decode(match.group(1), validate=True)
    except binascii.Error:
        return None
    return digest if len(digest) == 32 else None


def content_digest(digest: bytes) -> str:
    """The `Content-Digest` field for a SHA-256."""
    return f"sha-256=:{base64.b64encode(digest).decode()}:"
