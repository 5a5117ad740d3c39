"""Marks as people type them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhishi.foundation.kernel.decimals import is_multiple, parse_decimal, plain


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", "0"),
        ("21.5", "21.5"),
        ("21.50", "21.5"),
        ("007", "7"),
        ("0.0", "0"),
        ("100", "100"),
        ("12345.6789", "12345.6789"),
    ],
)
def test_a_plain_decimal_is_read(text: str, value: str) -> None:
    assert parse_decimal(text) == Decimal(value)


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "a", "1,5", "1.", ".5", "+1", "-1", "-0", "1 000", " 1", "1 ", "1\n", "0x10", "１２", "٣", "1_0"),
        *("1e2", "1E+2", "0E-99999999", "0e999999", "1e-999", "NaN", "nan", "sNaN", "Infinity", "-inf"),
        *("1234567890123", "1.23456789012"),
    ],
)
def test_what_is_not_a_plain_decimal_is_refused(text: str) -> None:
    assert parse_decimal(text) is None


@given(st.text(max_size=16))
def test_no_text_makes_the_reader_fail_or_the_writer_run_away(text: str) -> None:
    value = parse_decimal(text)
    assert value is None or len(plain(value)) <= len(text)


@pytest.mark.parametrize(
    ("value", "multiple"), [("0", True), ("0.5", True), ("12.0", True), ("0.25", False), ("0.1", False)]
)
def test_the_grid_of_halves_has_halves_and_wholes(value: str, multiple: bool) -> None:
    assert is_multiple(Decimal(value), Decimal("0.5")) is multiple


@pytest.mark.parametrize(
    ("value", "text"), [("21.50", "21.5"), ("1E+2", "100"), ("0", "0"), ("0.0", "0"), ("100.000", "100"), ("10", "10")]
)
def test_the_shortest_plain_notation(value: str, text: str) -> None:
    assert plain(Decimal(value)) == text


@given(st.decimals(0, 9999, places=3))
def test_what_is_written_plainly_reads_back_as_the_same_number(value: Decimal) -> None:
    assert parse_decimal(plain(value)) == value
