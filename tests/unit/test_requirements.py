"""What the package says that it needs is what the locked requirements are made from."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_NAME = re.compile(r"[A-Za-z0-9._-]+(\[[a-z0-9,_-]+\])?")


def names(lines: Iterable[str]) -> list[str]:
    """The packages of requirements, with their extras, without their versions."""
    found = [_NAME.match(line) for line in lines if line.strip() and not line.startswith("#")]
    return sorted(one.group().lower() for one in found if one)


def test_an_installed_package_brings_what_the_locked_requirements_bring() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    locked_from = (ROOT / "requirements" / "run.in").read_text().splitlines()
    assert names(declared) == names(locked_from)
