"""Marks are decimals, never floats: 12.1 + 0.2 is 12.3 on every machine."""

from __future__ import annotations

import re
from decimal import Decimal

# Plain notation only. `Decimal` itself also reads 1_0, １２ and 0E-99999999, which written plainly fills 100 MB.
_PLAIN = re.compile(r"[0-9]{1,8}(\.[0-9]{1,4})?")


def parse_decimal(text: str) -> Decimal | None:
    """The decimal, not negative, that a text holds in plain notation, or None."""
    return Decimal(text) if _PLAIN.fullmatch(text) else None


def is_multiple(value: Decimal, step: Decimal) -> bool:
    """Whether `value` lies on the grid of `step`."""
    return value % step == 0


def plain(value: Decimal) -> str:
    """The shortest plain notation: 21.50 → "21.5", 1E+2 → "100"."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
