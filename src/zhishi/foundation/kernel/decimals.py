"""Marks are decimals, never floats: 12.1 + 0.2 is 12.3 on every machine."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation


def parse_decimal(text: str) -> Decimal | None:
    """A finite decimal of at most 12 characters, or None."""
    if not 0 < len(text) <= 12:
        return None
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    return value if value.is_finite() else None


def is_multiple(value: Decimal, step: Decimal) -> bool:
    """Whether `value` lies on the grid of `step`."""
    return value % step == 0


def plain(value: Decimal) -> str:
    """The shortest plain notation: 21.50 → "21.5", 1E+2 → "100"."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
