"""Memory in whole blocks."""

from __future__ import annotations

import ctypes

import pytest

from zhishi.foundation.kernel.sheets import BLOCK, Sheet, view_of, whole_blocks


@pytest.mark.parametrize(("length", "whole"), [(0, 0), (1, BLOCK), (BLOCK, BLOCK), (BLOCK + 1, 2 * BLOCK)])
def test_a_sheet_holds_its_bytes_and_fills_the_last_block_with_zeros(length: int, whole: int) -> None:
    sheet = Sheet.of(b"x" * length)
    assert whole_blocks(length) == whole
    assert (len(sheet), bytes(sheet.view)) == (length, b"x" * length)
    assert bytes(sheet.blocks()) == b"x" * length + bytes(whole - length)


def test_what_was_on_a_sheet_before_does_not_show_behind_what_is_on_it_now() -> None:
    sheet = Sheet.of(b"x" * 100)
    sheet.reuse(10)
    assert bytes(sheet.blocks()) == b"x" * 10 + bytes(BLOCK - 10)


def test_more_than_the_room_of_a_sheet_is_refused() -> None:
    with pytest.raises(ValueError, match="do not fit"):
        Sheet(10).reuse(BLOCK + 1)


def test_a_sheet_begins_at_a_page() -> None:
    assert ctypes.addressof(ctypes.c_char.from_buffer(Sheet(1).view)) % BLOCK == 0


def test_bytes_and_sheets_are_read_alike() -> None:
    assert bytes(view_of(b"part")) == bytes(view_of(Sheet.of(b"part"))) == b"part"
