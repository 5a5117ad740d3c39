"""Signed tokens that carry a purpose, a subject and an end, and can be checked without the database."""

from __future__ import annotations

import base64
import binascii
import hmac
import json
from dataclasses import dataclass
from datetime import datetime

from zhishi.foundation.kernel.clock import from_ms, to_ms


class TokenInvalid(Exception):
    """Forged, of another purpose, past its end, or not a token at all."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What a valid token says."""

    purpose: str
    subject: str
    expires_at: datetime


def sign(key: bytes, claim: Claim) -> str:
    """The token of a claim: base64url payload, a dot, base64url HMAC-SHA256."""
    payload = json.dumps([claim.purpose, claim.subject, to_ms(claim.expires_at)], separators=(",", ":")).encode()
    return f"{_encode(payload)}.{_encode(hmac.digest(key, payload, 'sha256'))}"


def check(key: bytes, token: str, *, purpose: str, now: datetime) -> Claim:
    """The claim of a token of this purpose that has not ended. Raises `TokenInvalid`."""
    claim = read_claim(key, token)
    if claim.purpose != purpose or claim.expires_at <= now:
        raise TokenInvalid
    return claim


def read_claim(key: bytes, token: str) -> Claim:
    """What a token says, whatever its purpose and end; its signature is checked. Raises `TokenInvalid`."""
    head, _, tail = token.partition(".")
    try:
        payload, signature = _decode(head), _decode(tail)
    except (binascii.Error, ValueError) as error:
        raise TokenInvalid from error
    if not hmac.compare_digest(hmac.digest(key, payload, "sha256"), signature):
        raise TokenInvalid
    found, subject, expires_ms = json.loads(payload)
    return Claim(found, subject, from_ms(expires_ms))


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
