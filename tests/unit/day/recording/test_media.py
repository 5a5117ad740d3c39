"""Is this a piece of a recording?"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.factories.media import record
from zhishi.day.recording.media import NotMedia, check_init, check_segment

RECORDING = record(1_778_911_200_000, 2)
INIT, SEGMENT = RECORDING.init, RECORDING.segments[0].data


def box(kind: bytes, body: bytes = b"") -> bytes:
    return (len(body) + 8).to_bytes(4) + kind + body


def large_box(kind: bytes, body: bytes = b"") -> bytes:
    return (1).to_bytes(4) + kind + (len(body) + 16).to_bytes(8) + body


def test_what_a_recorder_makes_is_accepted() -> None:
    check_init(INIT)
    for segment in RECORDING.segments:
        check_segment(segment.data)


@pytest.mark.parametrize(
    "data",
    [
        box(b"styp") + box(b"sidx") + SEGMENT,
        box(b"prft") + box(b"emsg") + SEGMENT + box(b"free"),
        large_box(b"free") + SEGMENT,
        SEGMENT + SEGMENT,
    ],
)
def test_boxes_that_may_accompany_a_segment_are_accepted(data: bytes) -> None:
    check_segment(data)


@pytest.mark.parametrize(
    "data",
    [
        *(b"", b"\x00" * 100, b"RIFF" + b"\x00" * 40, "这是一个文本文件，不是录像。".encode() * 20, b"<html></html>"),
        *(SEGMENT, INIT + SEGMENT, INIT[:-1], INIT + b"\x00", INIT[28:], box(b"ftyp"), INIT + INIT),
        box(b"ftyp") + box(b"moov", b"no tracks at all"),
    ],
)
def test_what_is_no_init_segment_is_refused(data: bytes) -> None:
    with pytest.raises(NotMedia):
        check_init(data)


@pytest.mark.parametrize(
    "data",
    [
        *(b"", b"\x00" * 100, "这是一个文本文件，不是录像。".encode() * 20, INIT, INIT + SEGMENT),
        *(SEGMENT[:-1], SEGMENT[1:], SEGMENT + b"\x00", SEGMENT + b"\x00" * 8),
        *(box(b"moof"), box(b"mdat"), box(b"mdat") + box(b"moof"), box(b"styp"), SEGMENT + box(b"moof")),
        SEGMENT + box(b"evil"),
        (1).to_bytes(4) + b"mdat",
        (1).to_bytes(4) + b"mdat" + (2**60).to_bytes(8),
    ],
)
def test_what_is_no_media_segment_is_refused(data: bytes) -> None:
    with pytest.raises(NotMedia):
        check_segment(data)


@given(st.binary(max_size=200))
def test_no_bytes_without_boxes_of_a_recording_pass(data: bytes) -> None:
    with pytest.raises(NotMedia):
        check_segment(data)
    with pytest.raises(NotMedia):
        check_init(data)


@given(st.integers(0, len(SEGMENT) - 1))
def test_a_segment_cut_off_anywhere_is_refused(at: int) -> None:
    with pytest.raises(NotMedia):
        check_segment(SEGMENT[:at])
