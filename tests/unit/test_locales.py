"""Texts of the front end: Chinese and English have the same keys, and no key is without a text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from zhishi.foundation.kernel.errors import catalogue

FRONTEND = Path(__file__).resolve().parents[2] / "frontend"
FOLDERS = sorted(
    {path.parent for path in FRONTEND.glob("*/locales/*.json")}
    | {path.parent for path in FRONTEND.glob("shared/i18n/*.json")}
)
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_PLACEHOLDER = re.compile(r"\{\s*(\w+)\s*\}")


def texts(folder: Path, locale: str) -> dict[str, str]:
    """Every text by its whole key."""
    return dict(_flat(json.loads((folder / f"{locale}.json").read_text()), ""))


def _flat(node: Any, prefix: str) -> Iterator[tuple[str, str]]:
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else None
    if items is None:
        yield prefix, node
        return
    for key, value in items:
        yield from _flat(value, f"{prefix}.{key}" if prefix else str(key))


def test_every_application_has_texts() -> None:
    assert {folder.parent.name for folder in FOLDERS} >= {"candidate", "phone", "console", "demo", "shared"}


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.parent.name)
def test_both_languages_have_the_same_keys(folder: Path) -> None:
    assert sorted(path.name for path in folder.glob("*.json")) == ["en.json", "zh-CN.json"]
    assert sorted(texts(folder, "zh-CN")) == sorted(texts(folder, "en"))


@pytest.mark.parametrize("locale", ["zh-CN", "en"])
@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.parent.name)
def test_no_key_is_without_a_text(folder: Path, locale: str) -> None:
    found = texts(folder, locale)
    assert found
    assert [key for key, text in found.items() if not text.strip()] == []


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.parent.name)
def test_both_languages_fill_in_the_same_places(folder: Path) -> None:
    chinese, english = texts(folder, "zh-CN"), texts(folder, "en")
    different = [
        key for key in chinese if set(_PLACEHOLDER.findall(chinese[key])) != set(_PLACEHOLDER.findall(english[key]))
    ]
    assert different == []


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.parent.name)
def test_english_texts_are_english(folder: Path) -> None:
    # Chinese on purpose: labels in brackets, as in the requirements; brand names; the switch to Chinese.
    english = {key: re.sub(r"【[^】]*】", "", text) for key, text in texts(folder, "en").items()}
    own_names = {"中文", "切换到中文", "智试云", "智试通"}
    assert [key for key, text in english.items() if _CHINESE.search(text) and text not in own_names] == []


def test_the_words_of_the_servers_refusals_come_from_the_server() -> None:
    """The client shows `message[locale]`; a second wording in the client would drift from the first."""
    sentences = {kind.zh for kind in catalogue().values()} | {kind.en for kind in catalogue().values()}
    repeated = [
        (folder.parent.name, key)
        for folder in FOLDERS
        for locale in ("zh-CN", "en")
        for key, text in texts(folder, locale).items()
        if text in sentences
    ]
    assert repeated == []
