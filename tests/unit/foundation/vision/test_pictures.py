"""From bytes to a picture, or to a refusal with its cause."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.factories import faces
from zhishi.foundation.vision.pictures import (
    LOGIN_LIMITS,
    PHOTOGRAPH_LIMITS,
    Picture,
    PictureCause,
    PictureLimits,
    PictureRefused,
    decode_picture,
)

ROOMY = PictureLimits(max_bytes=20_000_000)


def refusal(data: bytes, limits: PictureLimits = ROOMY) -> PictureRefused:
    with pytest.raises(PictureRefused) as caught:
        decode_picture(data, limits=limits)
    return caught.value


def differ(one: Picture, other: Picture) -> float:
    return float(np.abs(one.astype(int) - other.astype(int)).mean())


@pytest.mark.parametrize(("name", "shape"), [("obama.jpg", (1137, 910, 3)), ("32bit.png", (1200, 626, 3))])
def test_jpeg_and_png_come_out_as_three_channels(name: str, shape: tuple[int, int, int]) -> None:
    picture = decode_picture((faces.faces_folder() / name).read_bytes(), limits=ROOMY)
    assert picture.shape == shape
    assert picture.dtype == np.uint8


@pytest.mark.parametrize("orientation", [6, 8])
def test_a_picture_stored_on_its_side_comes_out_upright(orientation: int) -> None:
    upright = faces.webcam_view(faces.obama())
    decoded = decode_picture(faces.rotated_jpeg(faces.obama(), orientation), limits=ROOMY)
    assert decoded.shape == upright.shape
    assert differ(decoded, upright) < 3


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"\xff\xd8\xff", id="jpeg start only"),
        pytest.param(b"GIF89a" + bytes(100), id="gif"),
        pytest.param(b"%PDF-1.7\n", id="pdf"),
        pytest.param(b"RIFF\x00\x00\x00\x00WEBPVP8 ", id="webp"),
        pytest.param(b"BM" + bytes(60), id="bmp"),
    ],
)
def test_what_is_neither_jpeg_nor_png_by_content_is_unreadable(data: bytes) -> None:
    assert refusal(data).cause is PictureCause.UNREADABLE


@pytest.mark.parametrize("face", [faces.obama, faces.astronaut], ids=["jpeg", "png"])
def test_a_truncated_file_is_unreadable(face: object) -> None:
    assert callable(face)
    assert refusal(faces.truncated(face())).cause is PictureCause.UNREADABLE


def test_a_png_with_changed_bytes_is_unreadable() -> None:
    assert refusal(faces.corrupt_png(faces.obama())).cause is PictureCause.UNREADABLE


def test_a_jpeg_whose_last_bytes_are_missing_is_unreadable() -> None:
    data = faces.jpeg(faces.webcam_view(faces.biden()))
    assert refusal(data[:-2]).cause is PictureCause.UNREADABLE


def test_a_jpeg_with_data_after_its_end_is_read() -> None:
    data = faces.jpeg(faces.webcam_view(faces.biden())) + b"a preview that the camera has put here"
    assert decode_picture(data, limits=ROOMY).shape == (480, 640, 3)


def test_too_many_bytes_are_refused_with_both_numbers() -> None:
    data = faces.obama().read_bytes()
    refused = refusal(data, PictureLimits(max_bytes=len(data) - 1))
    assert refused.cause is PictureCause.TOO_LARGE
    assert refused.detail == {"bytes": len(data), "max_bytes": len(data) - 1}
    assert decode_picture(data, limits=PictureLimits(max_bytes=len(data))).shape == (1137, 910, 3)


def test_a_side_over_the_limit_is_refused_and_one_at_it_is_not() -> None:
    refused = refusal(faces.huge_png(6001))
    assert refused.cause is PictureCause.DIMENSIONS
    assert (refused.detail["width"], refused.detail["max_side"]) == (6001, 6000)
    assert decode_picture(faces.huge_png(6000), limits=ROOMY).shape == (6000, 6000, 3)


@pytest.mark.parametrize(("width", "height"), [(480, 270), (270, 480), (1280, 720)])
def test_a_login_frame_may_be_small_either_way_up(width: int, height: int) -> None:
    data = faces.jpeg(np.zeros((height, width, 3), np.uint8))
    assert decode_picture(data, limits=LOGIN_LIMITS).shape == (height, width, 3)


@pytest.mark.parametrize(("width", "height"), [(479, 400), (480, 269), (269, 480)])
def test_a_login_frame_may_not_be_smaller(width: int, height: int) -> None:
    data = faces.jpeg(np.zeros((height, width, 3), np.uint8))
    assert refusal(data, LOGIN_LIMITS).cause is PictureCause.DIMENSIONS


def test_twelve_thousand_pixels_are_refused_without_being_unfolded(tmp_path: Path) -> None:
    (tmp_path / "huge.png").write_bytes(faces.huge_png(12_000))
    # In a process of its own, because a process remembers the most memory that it ever held.
    script = """
import pathlib, resource, sys
from zhishi.foundation.vision.pictures import PHOTOGRAPH_LIMITS, PictureRefused, decode_picture
data = pathlib.Path(sys.argv[1]).read_bytes()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    decode_picture(data, limits=PHOTOGRAPH_LIMITS)
except PictureRefused as refused:
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    print(refused.cause, refused.detail["width"], refused.detail["height"], grown < 10_000)
"""
    command = [sys.executable, "-c", script, str(tmp_path / "huge.png")]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["dimensions", "12000", "12000", "True"]


@given(cut=st.integers(0, 3000), garbage=st.binary(max_size=64))
def test_no_bytes_whatever_raise_anything_but_a_refusal(cut: int, garbage: bytes) -> None:
    start = faces.obama().read_bytes()[:cut]
    assert refusal(start + garbage, PHOTOGRAPH_LIMITS).cause in PictureCause
