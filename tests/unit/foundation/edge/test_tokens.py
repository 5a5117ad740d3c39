"""Tokens that carry a purpose, a subject and an end."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhishi.foundation.edge.tokens import Claim, TokenInvalid, check, sign

_KEY = bytes(range(32))
_END = datetime(2026, 5, 16, 6, 0, tzinfo=UTC)
_CLAIM = Claim("upload", "attempt-1", _END)
_BEFORE = _END - timedelta(days=1)


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def test_a_token_says_what_was_signed() -> None:
    assert check(_KEY, sign(_KEY, _CLAIM), purpose="upload", now=_BEFORE) == _CLAIM


def test_the_same_claim_always_makes_the_same_token() -> None:
    assert sign(_KEY, _CLAIM) == sign(_KEY, _CLAIM)


@pytest.mark.parametrize("microseconds", [0, 1, 1000])
def test_a_token_is_invalid_from_its_end_on(microseconds: int) -> None:
    with pytest.raises(TokenInvalid):
        check(_KEY, sign(_KEY, _CLAIM), purpose="upload", now=_END + timedelta(microseconds=microseconds))


def test_a_token_is_valid_until_a_microsecond_before_its_end() -> None:
    now = _END - timedelta(microseconds=1)
    assert check(_KEY, sign(_KEY, _CLAIM), purpose="upload", now=now).subject == "attempt-1"


def test_a_token_of_another_purpose_is_invalid() -> None:
    with pytest.raises(TokenInvalid):
        check(_KEY, sign(_KEY, _CLAIM), purpose="binding", now=_BEFORE)


def test_a_token_of_another_house_is_invalid() -> None:
    with pytest.raises(TokenInvalid):
        check(_KEY, sign(bytes(32), _CLAIM), purpose="upload", now=_BEFORE)


def test_a_claim_changed_under_an_old_signature_is_invalid() -> None:
    signature = sign(_KEY, _CLAIM).partition(".")[2]
    forged = json.dumps(["upload", "attempt-2", 1_900_000_000_000], separators=(",", ":")).encode()
    with pytest.raises(TokenInvalid):
        check(_KEY, f"{_b64(forged)}.{signature}", purpose="upload", now=_BEFORE)


@pytest.mark.parametrize("token", ["", ".", "..", "a", "a.b", "é.é", "eyJ.eyJ", "\x00.\x00", "=.=", "a" * 10_000])
def test_what_is_no_token_is_invalid(token: str) -> None:
    with pytest.raises(TokenInvalid):
        check(_KEY, token, purpose="upload", now=_BEFORE)


@given(st.text(max_size=100))
def test_no_text_opens_anything(text: str) -> None:
    with pytest.raises(TokenInvalid):
        check(_KEY, text, purpose="upload", now=_BEFORE)


@given(st.integers(0, 200), st.integers(1, 255))
def test_no_changed_letter_opens_anything(at: int, change: int) -> None:
    token = sign(_KEY, _CLAIM)
    at %= len(token)
    letter = chr((ord(token[at]) + change) % 128)
    changed = token[:at] + letter + token[at + 1 :]
    try:
        claim = check(_KEY, changed, purpose="upload", now=_BEFORE)
    except TokenInvalid:
        return
    # Base64 ends with bits that mean nothing: another spelling of the same bytes is still the same claim.
    assert claim == _CLAIM
