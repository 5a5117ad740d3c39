"""Sealing under keys."""

from __future__ import annotations

import pytest

from zhishi.foundation.kernel.sealing import SealBroken, Sealed, derive_key, keyed_digest, new_key, seal, unseal

_PLAIN = "题目".encode()


def test_what_was_sealed_opens_with_the_same_key_and_context() -> None:
    key = new_key()
    assert unseal(key, seal(key, _PLAIN, context=b"paper 1"), context=b"paper 1") == _PLAIN


def test_the_same_text_sealed_twice_shows_no_likeness() -> None:
    key = new_key()
    one, other = seal(key, _PLAIN, context=b""), seal(key, _PLAIN, context=b"")
    assert one.nonce != other.nonce
    assert one.ciphertext != other.ciphertext
    assert _PLAIN not in one.ciphertext


def test_another_key_opens_nothing() -> None:
    sealed = seal(new_key(), _PLAIN, context=b"")
    with pytest.raises(SealBroken):
        unseal(new_key(), sealed, context=b"")


def test_another_context_opens_nothing() -> None:
    key = new_key()
    with pytest.raises(SealBroken):
        unseal(key, seal(key, _PLAIN, context=b"paper 1"), context=b"paper 2")


def test_a_changed_bit_is_found() -> None:
    key = new_key()
    sealed = seal(key, _PLAIN, context=b"")
    changed = bytes([sealed.ciphertext[0] ^ 1]) + sealed.ciphertext[1:]
    with pytest.raises(SealBroken):
        unseal(key, Sealed(sealed.nonce, changed), context=b"")


def test_keyed_digests_meet_for_equal_values_of_one_purpose_only() -> None:
    key = new_key()
    assert keyed_digest(key, "ticket", "1") == keyed_digest(key, "ticket", "1")
    different = {
        keyed_digest(key, "ticket", "1"),
        keyed_digest(key, "id-tail", "1"),
        keyed_digest(key, "ticket", "2"),
        keyed_digest(new_key(), "ticket", "1"),
    }
    assert len(different) == 4


def test_keys_for_two_purposes_differ() -> None:
    key = new_key()
    assert derive_key(key, "tokens") != derive_key(key, "papers")
    assert derive_key(key, "tokens") == derive_key(key, "tokens")
    assert len(derive_key(key, "tokens")) == 32
