"""Durations as people type them."""

from __future__ import annotations

from datetime import timedelta

import pytest
import typer

from zhishi.cli.durations import parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("5m", 300), ("1h", 3600), (" 5 M ", 300), ("0s", 0), ("168h", 604_800)]
)
def test_a_duration_is_a_number_and_a_unit(text: str, seconds: int) -> None:
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "5", "m", "5d", "-5m", "1.5m", "5m30s", "169h", "9999999s", "5m\n5m"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(typer.BadParameter):
        parse_duration(text)
