"""The printed receipt claims no more than its manifest: what was not read back is told, track by track."""

from __future__ import annotations

from typing import Any

import pytest

from tests.factories.receipts import START, manifest, recording
from zhishi.day.receipts.presenting import document
from zhishi.foundation.kernel.signing import Signer

HOUSE = Signer(b"h" * 32)
COVERED = [[START, START + 10_000]]


def epoch(start: int, count: int, *, checked: bool) -> dict[str, Any]:
    described, _ = recording(start, count)
    return described | {"checked": checked}


def printed(*epochs: dict[str, Any]) -> dict[str, Any]:
    return document(manifest(HOUSE, *epochs, covered=COVERED), "text")


def test_that_every_byte_was_read_back_is_said_where_it_was() -> None:
    page = printed(epoch(START, 5, checked=True), epoch(START + 20_000, 2, checked=True))
    assert (page["claim"], page["tracks"][0]["unchecked"]) == ("checked", 0)


def test_one_start_that_was_not_read_back_is_counted_and_takes_the_claim_away() -> None:
    page = printed(epoch(START, 5, checked=True), epoch(START + 20_000, 2, checked=False))
    assert (page["claim"], page["tracks"][0]["unchecked"]) == ("kept", 2)


@pytest.mark.parametrize("epochs", [[], [epoch(START, 0, checked=False)]], ids=["nothing", "an init"])
def test_where_nothing_came_nothing_is_claimed(epochs: list[dict[str, Any]]) -> None:
    page = printed(*epochs)
    assert (page["claim"], page["tracks"][0]["unchecked"]) == ("nothing", 0)
