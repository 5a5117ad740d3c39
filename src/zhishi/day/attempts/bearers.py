"""Bearer tokens of an attempt's devices: what they say, and the one of a bound phone.

A phone's token opens the phone's own track and its session, nothing else: not the candidate's pages, not the
computer's tracks. It outlives the exam by months, because uploads may be asked for again until publication (F10.4).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from zhishi.day.attempts.rules import UPLOAD_LENGTH
from zhishi.foundation.edge.services import Services
from zhishi.foundation.edge.tokens import Claim, TokenInvalid, read_claim, sign

PURPOSE = "phone"


@dataclass(frozen=True, slots=True)
class PhoneClaim:
    """A phone by its binding, and the attempt that it was bound to."""

    attempt_id: str
    binding_id: str


def phone_token(services: Services, claim: PhoneClaim, *, since: datetime) -> str:
    """The token of a bound phone: the same for the same binding."""
    subject = f"{claim.attempt_id}/{claim.binding_id}"
    return sign(services.keys.tokens, Claim(PURPOSE, subject, since + UPLOAD_LENGTH))


def as_phone(claim: Claim) -> PhoneClaim:
    """Whose phone a claim of this purpose speaks of."""
    attempt_id, _, binding_id = claim.subject.partition("/")
    return PhoneClaim(attempt_id, binding_id)


def bearer_claim(headers: Mapping[str, str], services: Services) -> Claim:
    """What the bearer token of a request says, if it is ours and has not ended. Raises `TokenInvalid`."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise TokenInvalid
    return token_claim(token.strip(), services)


def token_claim(token: str, services: Services) -> Claim:
    """The same of a token that came another way."""
    claim = _read(services.keys.tokens, token)
    if claim.expires_at <= services.clock.now():
        raise TokenInvalid
    return claim


# A recorder sends the same token with every segment; its signature need not be computed each time.
_read = lru_cache(maxsize=20_000)(read_claim)
