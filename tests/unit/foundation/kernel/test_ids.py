"""Identifiers."""

from __future__ import annotations

import time
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhishi.foundation.kernel.ids import as_made, new_id, new_random_id, new_secret, readable_code


def test_row_ids_are_uuids_of_version_7_that_carry_the_time() -> None:
    before = time.time_ns() // 1_000_000
    made = uuid.UUID(new_id())
    after = time.time_ns() // 1_000_000
    assert (made.version, made.variant) == (7, uuid.RFC_4122)
    assert before <= made.int >> 80 <= after


def test_random_ids_are_uuids_of_version_4_which_say_nothing_of_their_time() -> None:
    made = uuid.UUID(new_random_id())
    assert (made.version, made.variant) == (4, uuid.RFC_4122)


def test_ids_differ_and_sort_by_their_birth() -> None:
    made = []
    for _ in range(2000):
        made.append(new_id())
        born = time.time_ns()
        while time.time_ns() < born + 1000:  # the resolution of the order is a quarter of a microsecond
            pass
    assert len(set(made)) == 2000
    assert made == sorted(made)


def test_secrets_carry_256_bits() -> None:
    assert len({new_secret() for _ in range(100)}) == 100
    assert {len(new_secret()) for _ in range(10)} == {43}  # 32 bytes in base64 without padding


def test_readable_codes_have_no_letters_that_can_be_mistaken() -> None:
    letters = set(readable_code(20_000))
    assert letters & set("01IOLol") == set()
    assert len(letters) == 31


@pytest.mark.parametrize(
    "typed",
    [
        "ABCD2345",
        "ABCD-2345",
        "abcd-2345",
        " ABCD 2345 ",
        "ab-cd-23-45",
        "ABCD—2345",
        "ABCD\t2345\n",
        "ＡＢＣＤ－２３４５",  # a Chinese keyboard in full width
        "ａｂｃｄ２３４５",
    ],
)
def test_a_code_is_read_however_it_is_typed(typed: str) -> None:
    assert as_made(typed) == "ABCD2345"


@given(st.text(max_size=40))
def test_whatever_is_typed_is_read_without_complaint_and_the_same_again(typed: str) -> None:
    read = as_made(typed)
    assert as_made(read) == read


def test_different_codes_are_never_read_as_the_same() -> None:
    assert as_made("ABCD-2345") != as_made("ABCD-2346")
