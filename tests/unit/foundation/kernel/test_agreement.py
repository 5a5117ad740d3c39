"""Agreeing on a key with the house."""

from __future__ import annotations

import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from zhishi.foundation.kernel.agreement import NotAPoint, Recipient
from zhishi.foundation.settings import Keys

SEED = b"s" * 32


def point_of(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


@given(st.binary(min_size=32, max_size=32))
def test_a_seed_always_gives_the_same_key_and_its_name(seed: bytes) -> None:
    one, again = Recipient(seed), Recipient(seed)
    assert (one.public, one.id) == (again.public, again.id)
    assert (len(one.public), one.public[0]) == (65, 4)
    assert one.id == hashlib.sha256(one.public).hexdigest()[:16]


def test_another_seed_gives_another_key() -> None:
    assert len({Recipient(bytes([n]) * 32).public for n in range(50)}) == 50


def test_both_sides_agree_on_one_key() -> None:
    house, own = Recipient(SEED), ec.generate_private_key(ec.SECP256R1())
    secret = own.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), house.public))
    theirs = HKDF(SHA256(), 32, salt=b"salt", info=b"info").derive(secret)
    assert house.agree(point_of(own), salt=b"salt", info=b"info") == theirs
    assert house.agree(point_of(own), salt=b"other", info=b"info") != theirs
    assert Recipient(b"o" * 32).agree(point_of(own), salt=b"salt", info=b"info") != theirs


@pytest.mark.parametrize(
    "point",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\x00", id="the point at infinity"),
        pytest.param(b"\x04" + bytes(64), id="zeros"),
        pytest.param(b"\x04" + b"\x01" * 64, id="off the curve"),
        pytest.param(point_of(ec.generate_private_key(ec.SECP384R1())), id="of another curve"),
    ],
)
def test_what_is_no_point_is_refused(point: bytes) -> None:
    with pytest.raises(NotAPoint):
        Recipient(SEED).agree(point, salt=b"", info=b"")


def test_the_key_of_packages_follows_from_the_master_key_alone() -> None:
    assert Keys(b"m" * 32).packages.public == Keys(b"m" * 32).packages.public
    assert Keys(b"m" * 32).packages.id != Keys(b"n" * 32).packages.id
