"""Key agreement (ECDH on P-256): what is encrypted to the house's public key, only the house can read."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from zhishi.foundation.kernel.sealing import KEY_BYTES
from zhishi.foundation.kernel.signing import key_id

# The order of P-256 (SEC 2, §2.4.2), and how wide a number is drawn to be reduced by it: FIPS 186-5, A.2.1, asks for
# 64 bits more than the order has, so that no private key is likelier than another.
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_WIDE_BYTES = 40


class NotAPoint(Exception):
    """The bytes are no public key: no uncompressed point on P-256."""


class Recipient:
    """A private key from its 32-byte seed; `public` is the uncompressed point (65 bytes, X9.62)."""

    def __init__(self, seed: bytes) -> None:
        wide = HKDF(SHA256(), _WIDE_BYTES, salt=None, info=b"P-256 private key").derive(seed)
        self._key = ec.derive_private_key(int.from_bytes(wide) % (_ORDER - 1) + 1, ec.SECP256R1())
        self.public: bytes = self._key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        self.id: str = key_id(self.public)

    def agree(self, public: bytes, *, salt: bytes, info: bytes) -> bytes:
        """The 256-bit key shared with the holder of another public key: HKDF-SHA256 over the point's x. Raises
        `NotAPoint`."""
        try:
            other = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), public)
        except ValueError as error:
            raise NotAPoint from error
        return HKDF(SHA256(), KEY_BYTES, salt=salt, info=info).derive(self._key.exchange(ec.ECDH(), other))
