"""A receipt is checked without the house: whoever changes a letter of it, or a byte of a recording, is found out."""

from __future__ import annotations

import base64
import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.factories.receipts import START, manifest, recording
from zhishi.day.receipts.manifests import (
    ReceiptRefused,
    epoch_root,
    leaves_of,
    read_receipt,
    sign_manifest,
)
from zhishi.foundation.kernel.signing import Signer

HOUSE, OTHER = Signer(b"h" * 32), Signer(b"o" * 32)
EPOCH, _ = recording(START, 5)
HOLED, _ = recording(START + 20_000, 5, without=(1,))
COVERED = [[START, START + 10_000], [START + 20_000, START + 22_000], [START + 24_000, START + 30_000]]
MANIFEST = manifest(HOUSE, EPOCH, HOLED, covered=COVERED)
RECEIPT = sign_manifest(MANIFEST, HOUSE)


def signed(changed: dict[str, Any]) -> str:
    return sign_manifest(changed, HOUSE)


def test_a_receipt_is_read_back_as_it_was_signed() -> None:
    assert read_receipt(RECEIPT) == MANIFEST
    assert read_receipt(RECEIPT, public=HOUSE.public) == MANIFEST


def test_another_houses_receipt_is_refused_when_the_key_is_known() -> None:
    with pytest.raises(ReceiptRefused, match="another key"):
        read_receipt(RECEIPT, public=OTHER.public)


def _paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(value, dict):
        return [one for key, inner in value.items() for one in _paths(inner, (*path, key))]
    if isinstance(value, list):
        return [one for index, inner in enumerate(value) for one in _paths(inner, (*path, index))]
    return [path]


@given(st.sampled_from(_paths(MANIFEST)), st.sampled_from([0, -1, "x", None, True, [], {}]))
def test_whatever_is_changed_the_receipt_is_refused(path: tuple[Any, ...], value: Any) -> None:
    receipt = json.loads(RECEIPT)
    at = receipt["manifest"]
    for step in path[:-1]:
        at = at[step]
    if at[path[-1]] == value and type(at[path[-1]]) is type(value):
        return
    at[path[-1]] = value
    with pytest.raises(ReceiptRefused):
        read_receipt(json.dumps(receipt))


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", '{"manifest": {}}', "\x00", "[" * 100_000, b"\xff\xfe"])
def test_what_is_no_receipt_is_refused(text: str | bytes) -> None:
    with pytest.raises(ReceiptRefused):
        read_receipt(text)


def test_a_signature_of_another_key_under_the_houses_name_is_refused() -> None:
    receipt = json.loads(RECEIPT)
    receipt["signature"] = json.loads(sign_manifest(MANIFEST, OTHER))["signature"]
    with pytest.raises(ReceiptRefused, match="signature is wrong"):
        read_receipt(json.dumps(receipt))


def test_a_key_under_another_keys_name_is_refused() -> None:
    changed = copy.deepcopy(MANIFEST)
    changed["key"]["public"] = base64.b64encode(OTHER.public).decode()
    with pytest.raises(ReceiptRefused, match="do not belong together"):
        read_receipt(sign_manifest(changed, OTHER))


def test_a_receipt_whose_segments_do_not_make_up_its_root_is_refused_even_if_it_is_signed() -> None:
    changed = copy.deepcopy(MANIFEST)
    changed["tracks"][0]["epochs"][0]["segments"].pop()
    with pytest.raises(ReceiptRefused, match="do not make up its root"):
        read_receipt(signed(changed))


def test_a_receipt_that_claims_more_time_than_its_segments_is_refused_even_if_it_is_signed() -> None:
    changed = copy.deepcopy(MANIFEST)
    changed["tracks"][0]["covered"] = [[START, START + 60_000]]
    with pytest.raises(ReceiptRefused, match="covered time"):
        read_receipt(signed(changed))


def test_the_order_in_which_segments_are_listed_changes_no_root() -> None:
    init, leaves = leaves_of(EPOCH)
    assert epoch_root(init, leaves[::-1]) == EPOCH["root"]
