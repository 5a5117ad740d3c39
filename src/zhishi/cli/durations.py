"""Durations as people type them: `90s`, `5m`, `1h`."""

from __future__ import annotations

import re
from datetime import timedelta

import typer

_UNITS = {"s": 1, "m": 60, "h": 3600}


def parse_duration(text: str) -> timedelta:
    """A duration of up to a week. Raises `typer.BadParameter`."""
    match = re.fullmatch(r"(\d{1,6})\s*([smh])", text.strip().lower())
    if match is None:
        raise typer.BadParameter("a duration is a number and s, m or h: 90s, 5m, 1h")
    found = timedelta(seconds=int(match.group(1)) * _UNITS[match.group(2)])
    if found > timedelta(days=7):
        raise typer.BadParameter("at most a week")
    return found
