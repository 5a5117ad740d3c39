"""Marks and totals: exact decimals on a grid, every element marked before a sheet is submitted (D4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from zhishi.foundation.kernel.decimals import is_multiple, parse_decimal


class SheetState(StrEnum):
    OPEN = "open"
    DRAFT = "draft"
    SUBMITTED = "submitted"


@dataclass(frozen=True, slots=True)
class Element:
    """What is marked: from 0 to `maximum` in steps of `step`."""

    key: str
    maximum: Decimal
    step: Decimal


@dataclass(frozen=True, slots=True)
class MarkProblem:
    """Why a mark cannot stand."""

    element: str
    problem: str


def check_marks(marks: Mapping[str, str | None], elements: Sequence[Element]) -> list[MarkProblem]:
    """What is wrong with these marks; an element without a mark is not wrong."""
    known = {element.key: element for element in elements}
    problems = [MarkProblem(key, "unknown_element") for key in marks if key not in known]
    for key, text in marks.items():
        if text is None or key not in known:
            continue
        value, element = parse_decimal(text), known[key]
        if value is None:
            problems.append(MarkProblem(key, "not_a_number"))
        elif not 0 <= value <= element.maximum:
            problems.append(MarkProblem(key, "out_of_range"))
        elif not is_multiple(value, element.step):
            problems.append(MarkProblem(key, "off_the_grid"))
    return problems


def unmarked(marks: Mapping[str, str | None], elements: Sequence[Element]) -> list[str]:
    """Elements that have no mark yet. Empty is not zero."""
    return [element.key for element in elements if marks.get(element.key) is None]


def total(marks: Mapping[str, str | None]) -> Decimal | None:
    """The sum of the marks given; None if there is none."""
    given = [Decimal(text) for text in marks.values() if text is not None]
    return sum(given, Decimal(0)) if given else None
