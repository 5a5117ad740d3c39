"""Merkle tree hashes (RFC 9162 §2.1.1): one digest that stands for a list, and changes if anything in it does."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence


def merkle_root(leaves: Sequence[bytes]) -> bytes:
    """The 32-byte root over leaves in their order. That of no leaves is the SHA-256 of nothing."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    level = [hashlib.sha256(b"\x00" + leaf).digest() for leaf in leaves]
    while len(level) > 1:
        pairs = [hashlib.sha256(b"\x01" + level[at] + level[at + 1]).digest() for at in range(0, len(level) - 1, 2)]
        # The last of an odd number goes up as it is: the same tree as splitting at the largest power of two.
        level = [*pairs, *([level[-1]] if len(level) % 2 else [])]
    return level[0]
