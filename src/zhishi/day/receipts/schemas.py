"""What crosses HTTP about receipts. A receipt itself is described in `manifests`."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel


class ReceiptKey(BaseModel):
    """The public key of the house's receipts; `public` is base64 of its 32 bytes."""

    id: str
    algorithm: Literal["Ed25519"]
    public: str
