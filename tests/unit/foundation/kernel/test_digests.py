"""SHA-256 and the field that carries it."""

from __future__ import annotations

import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhishi.foundation.kernel.digests import content_digest, parse_content_digest, sha256

_DIGEST = hashlib.sha256(b"zhishi").digest()
_FIELD = "sha-256=:" + base64.b64encode(_DIGEST).decode() + ":"


def test_a_digest_is_the_one_that_the_standard_library_makes() -> None:
    assert sha256(b"zhishi") == _DIGEST


@given(st.binary(min_size=32, max_size=32))
def test_a_field_reads_back_as_the_digest_it_was_made_from(digest: bytes) -> None:
    assert parse_content_digest(content_digest(digest)) == digest


@pytest.mark.parametrize("field", [_FIELD, f"md5=:AAAA:, {_FIELD}", f"{_FIELD}, sha-512=:AAAA:", f" {_FIELD} "])
def test_the_sha_256_is_found_among_other_digests(field: str) -> None:
    assert parse_content_digest(field) == _DIGEST


@pytest.mark.parametrize(
    "field",
    [
        *(None, "", "sha-256", "sha-256=::", "sha-256=:AAAA:", _FIELD[:-1], _FIELD.replace("=:", "=", 1)),
        *(_FIELD.replace("sha-256", "sha-512"), "x" + _FIELD, _FIELD.replace(":", '"'), _DIGEST.hex()),
        "sha-256=:" + "=" * 44 + ":",
        "sha-256=:" + base64.b64encode(_DIGEST[:31]).decode() + ":",
        "sha-256=:" + base64.b64encode(_DIGEST + b"x").decode() + ":",
    ],
)
def test_what_holds_no_readable_sha_256_is_none(field: str | None) -> None:
    assert parse_content_digest(field) is None


@given(st.text(max_size=80))
def test_no_text_makes_the_reader_fail(text: str) -> None:
    assert parse_content_digest(text) is None or "sha-256" in text
