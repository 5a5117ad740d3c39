"""Tree hashes as RFC 9162 defines them."""

from __future__ import annotations

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from zhishi.foundation.kernel.merkle import merkle_root


def by_definition(leaves: list[bytes]) -> bytes:
    """RFC 9162 §2.1.1, word for word: split at the largest power of two smaller than the number of leaves."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hashlib.sha256(b"\x01" + by_definition(leaves[:split]) + by_definition(leaves[split:])).digest()


@given(st.lists(st.binary(max_size=8), max_size=70))
def test_the_root_is_that_of_the_definition(leaves: list[bytes]) -> None:
    assert merkle_root(leaves) == by_definition(leaves)


@given(st.lists(st.binary(max_size=4), min_size=1, max_size=20), st.data())
def test_any_other_leaf_makes_another_root(leaves: list[bytes], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(leaves) - 1))
    changed = [*leaves[:at], leaves[at] + b"!", *leaves[at + 1 :]]
    assert merkle_root(changed) != merkle_root(leaves)
    assert merkle_root(leaves[:at] + leaves[at + 1 :]) != merkle_root(leaves)
