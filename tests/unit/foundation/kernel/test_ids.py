"""Identifiers."""

from __future__ import annotations

import time
import uuid

from zhishi.foundation.kernel.ids import new_id, new_random_id, new_secret, readable_code


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
