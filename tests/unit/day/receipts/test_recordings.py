"""Recordings beside a receipt: every file is told of, and what is not what was received is found."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.factories.receipts import START, box, manifest, recording, segment
from zhishi.day.receipts.recordings import FileCheck, check_recordings
from zhishi.foundation.kernel.signing import Signer

HOUSE = Signer(b"h" * 32)
LATER = START + 20_000
EPOCH, FILE = recording(START, 5)
HOLED, HOLED_FILE = recording(LATER, 5, without=(1,))
WHOLE_FILE = recording(LATER, 5)[1]
MANIFEST = manifest(HOUSE, EPOCH, HOLED, covered=[])
INTERIM = MANIFEST | {"final": False}


def checks(_manifest: dict[str, Any] = MANIFEST, /, **files: bytes) -> list[FileCheck]:
    return check_recordings(_manifest, {name: memoryview(data) for name, data in files.items()})


def problems(found: list[FileCheck]) -> dict[str | None, str | None]:
    return {one.name: one.problem for one in found}


def interim(**changes: Any) -> dict[str, Any]:
    """The interim receipt with the second epoch changed."""
    return manifest(HOUSE, EPOCH, HOLED | changes, covered=[]) | {"final": False}


def test_recordings_are_recognised_by_what_is_in_them() -> None:
    found = checks(second=HOLED_FILE, first=FILE)
    assert [(one.epoch, one.name, one.problem) for one in found] == [(START, "first", None), (LATER, "second", None)]


def test_a_recording_that_is_not_there_is_named() -> None:
    assert [(one.epoch, one.problem) for one in checks(first=FILE)] == [
        (START, None),
        (LATER, "there is no file of this recording"),
    ]


@given(st.integers(0, len(FILE) - 1))
def test_one_changed_byte_of_a_recording_is_found(at: int) -> None:
    changed = bytearray(FILE)
    changed[at] ^= 1
    assert problems(checks(first=bytes(changed), second=HOLED_FILE))["first"] is not None


@given(st.integers(0, len(FILE) - 1))
def test_an_altered_copy_beside_a_good_one_is_found(at: int) -> None:
    changed = bytearray(FILE)
    changed[at] ^= 1
    found = problems(checks(first=FILE, copy=bytes(changed), second=HOLED_FILE))
    assert (found["first"], found["second"]) == (None, None)
    assert found["copy"] is not None


def test_a_copy_of_a_good_one_is_good() -> None:
    assert set(problems(checks(first=FILE, copy=FILE, second=HOLED_FILE)).values()) == {None}


@pytest.mark.parametrize("data", [b"", b"holiday", recording(START + 1, 5)[1]])
@pytest.mark.parametrize("receipt", [MANIFEST, INTERIM], ids=["final", "interim"])
def test_a_file_that_is_none_of_the_recordings_is_told(receipt: dict[str, Any], data: bytes) -> None:
    found = problems(checks(receipt, first=FILE, second=HOLED_FILE, stranger=data))
    assert found == {"first": None, "second": None, "stranger": "belongs to no recording of this receipt"}


def test_of_recorders_that_began_alike_a_damaged_file_belongs_where_most_of_it_does() -> None:
    twin, twin_file = recording(LATER, 5)
    twin["epoch"] = LATER + 1
    receipt = manifest(HOUSE, HOLED, twin, covered=[])
    damaged = twin_file.replace(segment(LATER, 4), segment(LATER, 9))
    found = checks(receipt, holed=HOLED_FILE, twin=damaged)
    assert [(one.epoch, one.name, one.problem is None) for one in found] == [
        (LATER, "holed", True),
        (LATER + 1, "twin", False),
    ]


def test_a_changed_segment_is_named_with_its_place() -> None:
    at = FILE.index(segment(START, 3))
    changed = FILE.replace(segment(START, 3), segment(START, 9))
    assert checks(first=changed)[0].problem == f"segment 3 (from byte {at}) is not what was received"


@pytest.mark.parametrize("data", [FILE + b"x", FILE + segment(START, 5), FILE[:-1]])
@pytest.mark.parametrize("receipt", [MANIFEST, INTERIM], ids=["final", "interim"])
def test_a_whole_recording_with_too_much_or_too_little_is_found(receipt: dict[str, Any], data: bytes) -> None:
    assert checks(receipt, first=data)[0].problem is not None


def test_what_came_into_a_hole_of_an_interim_receipt_is_no_damage() -> None:
    [_, second] = checks(INTERIM, first=FILE, second=WHOLE_FILE)
    assert (second.name, second.problem, second.more) == ("second", None, len(segment(LATER, 1)))


def test_the_same_beside_a_final_receipt_is_damage() -> None:
    assert problems(checks(first=FILE, second=WHOLE_FILE))["second"] is not None


def test_what_came_at_the_end_since_an_interim_receipt_is_no_damage() -> None:
    grown = HOLED_FILE + segment(LATER, 5) + segment(LATER, 6)
    for declared in (None, 7):
        [_, second] = checks(interim(declared=declared), first=FILE, second=grown)
        assert (second.problem, second.more) == (None, len(segment(LATER, 5)) * 2)


@pytest.mark.parametrize("junk", [b"x", box(b"free", b"x"), segment(LATER, 5)[:-1]])
def test_what_is_no_segment_did_not_come_since(junk: bytes) -> None:
    hole = HOLED_FILE.index(segment(LATER, 2))
    inserted = HOLED_FILE[:hole] + junk + HOLED_FILE[hole:]
    for data in (inserted, HOLED_FILE + junk):
        assert problems(checks(interim(declared=None), first=FILE, second=data))["second"] is not None


@given(st.integers(0, len(WHOLE_FILE) - 1))
def test_a_changed_byte_that_an_interim_receipt_speaks_of_is_found(at: int) -> None:
    new = WHOLE_FILE.index(segment(LATER, 1))
    changed = bytearray(WHOLE_FILE)
    changed[at] ^= 1
    found = problems(checks(INTERIM, first=FILE, second=bytes(changed)))["second"]
    # On the new segment the receipt says nothing; its boxes still have to be boxes.
    content = new + 16 <= at < new + len(segment(LATER, 1))
    assert (found is None) is content


def test_a_recording_whose_init_came_since_is_recognised_and_was_not_missing_before() -> None:
    receipt = interim(init=None)
    assert problems(checks(receipt, first=FILE)) == {"first": None}
    [_, second] = checks(receipt, first=FILE, second=HOLED_FILE)
    assert (second.epoch, second.problem, second.more) == (LATER, None, HOLED["init"]["size"])
