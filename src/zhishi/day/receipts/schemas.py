"""What crosses HTTP about receipts. A receipt itself is described in `manifests`."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel


class ReceiptKey(BaseModel):
    """The public key of the house's receipts; `public` is base64 of its 32 bytes."""

    id: str
    algorithm: Literal["Ed25519"]
    public: str


class GivenReceipt(BaseModel):
    """A receipt that was given. `final`: nothing more was to come, and all of it had been read back."""

    number: int
    issued_ms: int
    final: bool


class ReceiptList(BaseModel):
    """The receipts on an attempt, the newest first."""

    receipts: list[GivenReceipt]
