"""Marks on a grid, and what is missing."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhishi.after.scoring.rules import Element, MarkProblem, check_marks, total, unmarked

HALF = Decimal("0.5")
ELEMENTS = [Element("analysis", Decimal(25), HALF), Element("expression", Decimal(15), HALF)]


@pytest.mark.parametrize("mark", ["0", "0.5", "24.5", "25", "25.0", None])
def test_a_mark_on_the_grid_stands(mark: str | None) -> None:
    assert check_marks({"analysis": mark}, ELEMENTS) == []


@pytest.mark.parametrize(
    ("mark", "problem"),
    [
        ("25.5", "out_of_range"),
        ("26", "out_of_range"),
        ("99999999", "out_of_range"),
        ("0.1", "off_the_grid"),
        ("24.75", "off_the_grid"),
        *((text, "not_a_number") for text in ("", "a", "-1", "NaN", "1e1", "0E-99999999", "12,5", "１２", " 12")),
    ],
)
def test_a_mark_that_cannot_stand_is_named_with_its_reason(mark: str, problem: str) -> None:
    assert check_marks({"analysis": mark, "expression": "3"}, ELEMENTS) == [MarkProblem("analysis", problem)]


def test_an_element_that_the_scheme_does_not_have_is_a_problem() -> None:
    assert check_marks({"charm": "1"}, ELEMENTS) == [MarkProblem("charm", "unknown_element")]
    assert check_marks({"charm": None}, ELEMENTS) == [MarkProblem("charm", "unknown_element")]


def test_an_empty_mark_is_missing_and_a_zero_is_not() -> None:
    assert unmarked({"analysis": "0"}, ELEMENTS) == ["expression"]
    assert unmarked({"analysis": "0", "expression": None}, ELEMENTS) == ["expression"]
    assert unmarked({"analysis": "0", "expression": "0"}, ELEMENTS) == []


def test_a_total_is_exact_and_there_is_none_without_a_mark() -> None:
    assert total({"a": "12.1", "b": "0.2"}) == Decimal("12.3")
    assert total({"a": "0"}) == 0
    assert total({"a": None}) is None
    assert total({}) is None


@given(st.integers(0, 400))
def test_exactly_the_halves_from_zero_to_the_maximum_stand(tenths: int) -> None:
    mark = f"{tenths // 10}.{tenths % 10}"
    stands = tenths <= 250 and tenths % 5 == 0
    assert (check_marks({"analysis": mark}, ELEMENTS) == []) is stands
