"""Finding faces in a frame, and the cause why it will not do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.factories import faces
from zhishi.foundation.vision.faces import find_faces
from zhishi.foundation.vision.pictures import Picture, PictureLimits, decode_picture
from zhishi.foundation.vision.quality import (
    LOGIN_RULES,
    PHOTOGRAPH_RULES,
    FaceCause,
    FrameQuality,
    judge_frame,
)

LIMITS = PictureLimits(max_bytes=20_000_000)
FACES = [faces.obama, faces.obama_other, faces.biden, faces.astronaut]
every_face = pytest.mark.parametrize("face", FACES, ids=lambda face: face.__name__)


def judge(picture: Picture) -> FrameQuality:
    return judge_frame(picture, find_faces(picture), LOGIN_RULES)


def judge_file(data: bytes) -> FrameQuality:
    return judge(decode_picture(data, limits=LIMITS))


@every_face
def test_a_face_before_a_webcam_will_do(face: Callable[[], Path]) -> None:
    quality = judge(faces.webcam_view(face()))
    assert quality.cause is None
    assert quality.faces == 1
    assert quality.frame_share == pytest.approx(0.28, abs=0.03)


@every_face
def test_the_box_and_the_points_lie_on_the_face(face: Callable[[], Path]) -> None:
    found = find_faces(faces.webcam_view(face(), shift=(60, 0))).main
    assert found is not None
    assert found.x + found.width / 2 == pytest.approx(320 + 60, abs=12)
    left_eye, right_eye, nose, left_corner, right_corner = found.points
    assert found.x < left_eye[0] < nose[0] < right_eye[0] < found.x + found.width
    assert left_eye[1] < nose[1] < left_corner[1] < found.y + found.height
    assert left_corner[0] < right_corner[0]


def test_places_are_given_in_the_pixels_of_a_large_picture() -> None:
    view = faces.webcam_view(faces.obama())
    large = np.asarray(cv2.resize(view, (2560, 1920)), dtype=np.uint8)
    small_face, large_face = find_faces(view).main, find_faces(large).main
    assert small_face is not None
    assert large_face is not None
    assert large_face.x / 4 == pytest.approx(small_face.x, abs=4)
    assert large_face.width / 4 == pytest.approx(small_face.width, abs=8)


@pytest.mark.parametrize(
    ("spoil", "cause"),
    [
        (faces.dark, FaceCause.TOO_DARK),
        (faces.bright, FaceCause.TOO_BRIGHT),
        (faces.blurred, FaceCause.BLURRED),
        (faces.smeared, FaceCause.BLURRED),
        (faces.far_away, FaceCause.TOO_FAR),
        (faces.cut_off, FaceCause.CUT_OFF),
    ],
    ids=["dark", "bright", "blurred", "smeared", "far away", "cut off"],
)
@every_face
def test_a_spoilt_frame_has_its_cause(
    face: Callable[[], Path], spoil: Callable[[Path], bytes], cause: FaceCause
) -> None:
    assert judge_file(spoil(face())).cause is cause


@every_face
def test_half_the_light_will_still_do(face: Callable[[], Path]) -> None:
    # The thresholds leave room: a candidate in a dim room is not refused.
    assert judge_file(faces.dark(face(), gain=0.6)).cause is None


def test_an_empty_room_has_no_face() -> None:
    quality = judge_file(faces.no_face())
    assert (quality.cause, quality.faces, quality.confidence) == (FaceCause.NONE, 0, None)


def test_a_covered_lens_is_called_dark_because_that_can_be_mended() -> None:
    assert judge_file(faces.covered()).cause is FaceCause.TOO_DARK


def test_a_face_that_darkness_hides_altogether_is_called_dark() -> None:
    assert judge_file(faces.dark(faces.obama(), gain=0.06)).cause is FaceCause.TOO_DARK


def test_two_people_side_by_side_are_several() -> None:
    quality = judge_file(faces.two_faces(faces.obama(), faces.biden()))
    assert (quality.cause, quality.faces) == (FaceCause.SEVERAL, 2)


@pytest.mark.parametrize("width", [30, 40, 60])
@pytest.mark.parametrize("behind", [faces.biden, faces.astronaut], ids=["biden", "astronaut"])
def test_somebody_further_back_is_seen(behind: Callable[[], Path], width: int) -> None:
    quality = judge_file(faces.person_behind(faces.obama(), behind(), width=width))
    assert (quality.cause, quality.faces) == (FaceCause.SEVERAL, 2)


def test_a_face_of_a_few_pixels_in_the_background_is_no_second_person() -> None:
    quality = judge_file(faces.person_behind(faces.obama(), faces.biden(), width=16))
    assert (quality.cause, quality.faces) == (None, 1)


def test_a_photograph_may_show_the_whole_person() -> None:
    portrait = decode_picture(faces.obama().read_bytes(), limits=LIMITS)
    wide = np.asarray(cv2.copyMakeBorder(portrait, 900, 900, 1500, 1500, cv2.BORDER_REPLICATE), dtype=np.uint8)
    found = find_faces(wide)
    assert judge_frame(wide, found, LOGIN_RULES).cause is FaceCause.TOO_FAR
    assert judge_frame(wide, found, PHOTOGRAPH_RULES).cause is None


@pytest.mark.parametrize(
    "name",
    [
        "brick.png",
        "chelsea.png",
        "coffee.png",
        "coins.png",
        "grass.png",
        "horse.png",
        "motorcycle_left.png",
        "page.png",
        "retina.jpg",
        "rocket.jpg",
    ],
)
def test_pictures_without_people_have_no_face(name: str) -> None:
    assert find_faces(faces.read_image(faces.astronaut().with_name(name))).main is None
