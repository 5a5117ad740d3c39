"""Whether a frame shows one face well enough to be verified, and if not, what its owner can do about it.

How the thresholds were found: 29 faces of 13 photographs (the test pictures of face_recognition 1.3.0, the
astronaut of scikit-image, the samples of the npm package @vladmandic/face-api 1.7.15) were darkened,
overexposed, blurred, smeared and shrunk step by step, and dlib's distance between each face and its own
degraded copy was taken. The thresholds lie near the step at which the worst tenth of faces has moved by
0.45, three quarters of the way to "another person", and leave every untouched face alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from zhishi.foundation.vision.faces import DETECTION_SIDE, Face, FoundFaces
from zhishi.foundation.vision.pictures import Picture, fit

DARK_HIGHLIGHT: Final = 70.0
"""Too dark: the face's 95th percentile of luma (0..255) is below this. The highlight, not the mean, because a
dark skin in good light has highlights. Untouched faces: 111 to 232; at 35 % of the light: 39 to 87."""

BRIGHT_SHARE: Final = 0.50
"""Too bright: at least this share of the face is burnt out. Untouched faces: 0; at double the light the
median is 0.39, at 2.5 times 0.67."""

BURNT: Final = 250
"""Luma from which a pixel is burnt out: JPEG and webcams rarely reach 255 itself."""

SHARPNESS: Final = 0.025
"""Blurred: see `_sharpness`; below this. Untouched faces: 0.040 to 1.2; shrunk to 64 pixels: from 0.035;
smeared over 13 % of the face's width: 0.005 to 0.022; Gaussian with sigma 2.7 % of it: 0.005 to 0.017."""

SHARPNESS_WIDTH: Final = 112
"""Sharpness is measured on the face at this width in pixels, so that it does not depend on the camera."""

FACE_PIXELS: Final = 64
"""Too far: the face is narrower. At 64 pixels a face moves by 0.14 in the median, at 32 by 0.30, at 24 by
0.40."""

FRAME_SHARE: Final = 0.10
"""Too far: the face is narrower than this share of the frame: over a metre from a webcam that sees 70 degrees
(16 cm of 140)."""

EDGE_SHARE: Final = 0.005
"""Cut off: the face's box comes nearer to the edge of the frame than this share of its long side (3 pixels
of 640). Boxes reach from hairline to chin, so hair may leave the frame."""

DARK_FRAME: Final = 40.0
BRIGHT_FRAME: Final = 0.60
"""With no face to measure: the whole frame's highlight, and its burnt-out share (a covered or blinded
camera). Chosen, not measured."""


class FaceCause(StrEnum):
    """Why a frame does not do."""

    NONE = "none"
    SEVERAL = "several"
    TOO_DARK = "too_dark"
    TOO_BRIGHT = "too_bright"
    BLURRED = "blurred"
    TOO_FAR = "too_far"
    CUT_OFF = "cut_off"


@dataclass(frozen=True, slots=True)
class FrameRules:
    """What differs between a frame from a webcam and a photograph."""

    frame_share: float
    face_pixels: int = FACE_PIXELS


LOGIN_RULES: Final = FrameRules(frame_share=FRAME_SHARE)
PHOTOGRAPH_RULES: Final = FrameRules(frame_share=0.0)
"""A photograph may show the whole person, if it has the pixels."""


@dataclass(frozen=True, slots=True)
class FrameQuality:
    """What was seen in one frame. `cause` is None when it will do; without a face its figures are None."""

    width: int
    height: int
    faces: int
    cause: FaceCause | None
    confidence: float | None = None
    face_width: float | None = None
    frame_share: float | None = None
    highlight: float | None = None
    burnt_share: float | None = None
    sharpness: float | None = None


@dataclass(frozen=True, slots=True)
class _Light:
    highlight: float
    burnt_share: float


def judge_frame(picture: Picture, found: FoundFaces, rules: FrameRules) -> FrameQuality:
    """The frame's quality; of several causes the one that must be mended first."""
    height, width = picture.shape[:2]
    face = found.main
    if face is None:
        return FrameQuality(width, height, 0, _explain_absence(picture, found.weak))
    skin = _skin(picture, face)
    light, sharpness = _light(skin), _sharpness(skin)
    share = face.width / width
    causes = {
        FaceCause.SEVERAL: bool(found.others),
        FaceCause.CUT_OFF: _touches_edge(face, width, height),
        FaceCause.TOO_FAR: face.width < rules.face_pixels or share < rules.frame_share,
        FaceCause.TOO_DARK: light.highlight < DARK_HIGHLIGHT,
        FaceCause.TOO_BRIGHT: light.burnt_share >= BRIGHT_SHARE,
        FaceCause.BLURRED: sharpness < SHARPNESS,
    }
    return FrameQuality(
        width=width,
        height=height,
        faces=1 + len(found.others),
        cause=next((cause for cause, holds in causes.items() if holds), None),
        confidence=round(face.confidence, 2),
        face_width=round(face.width, 1),
        frame_share=round(share, 3),
        highlight=round(light.highlight, 1),
        burnt_share=round(light.burnt_share, 3),
        sharpness=round(sharpness, 4),
    )


def _explain_absence(picture: Picture, weak: Face | None) -> FaceCause:
    """Nobody is there, or nobody can be seen: light and blur hide a face before they spoil it."""
    if weak is not None:
        skin = _skin(picture, weak)
        light = _light(skin)
        if light.highlight < DARK_HIGHLIGHT:
            return FaceCause.TOO_DARK
        if light.burnt_share >= BRIGHT_SHARE:
            return FaceCause.TOO_BRIGHT
        if _sharpness(skin) < SHARPNESS:
            return FaceCause.BLURRED
    frame = _light(cv2.cvtColor(fit(picture, DETECTION_SIDE)[0], cv2.COLOR_BGR2GRAY))
    if frame.highlight < DARK_FRAME:
        return FaceCause.TOO_DARK
    return FaceCause.TOO_BRIGHT if frame.burnt_share >= BRIGHT_FRAME else FaceCause.NONE


def _touches_edge(face: Face, width: int, height: int) -> bool:
    margin = EDGE_SHARE * max(width, height)
    return (
        face.x <= margin
        or face.y <= margin
        or face.x + face.width >= width - margin
        or face.y + face.height >= height - margin
    )


def _skin(picture: Picture, face: Face) -> npt.NDArray[np.uint8]:
    """Luma of the inner part of the face: hair and background would decide the measures otherwise."""
    height, width = picture.shape[:2]
    left, right = _span(face.x + 0.15 * face.width, face.x + 0.85 * face.width, width)
    top, bottom = _span(face.y + 0.15 * face.height, face.y + 0.90 * face.height, height)
    luma = cv2.cvtColor(picture[top:bottom, left:right], cv2.COLOR_BGR2GRAY)
    return np.asarray(luma, dtype=np.uint8)


def _span(start: float, end: float, length: int) -> tuple[int, int]:
    """The pixels from `start` to `end` inside 0..length, at least one."""
    first = min(max(0, int(start)), length - 1)
    return first, max(first + 1, min(length, int(end)))


def _light(luma: npt.NDArray[np.uint8] | cv2.typing.MatLike) -> _Light:
    return _Light(float(np.percentile(luma, 95)), float(np.mean(np.asarray(luma) >= BURNT)))


_SECOND_DERIVATIVES: Final = tuple(
    np.array(kernel, np.float32)
    for kernel in (
        [[1, -2, 1]],
        [[1], [-2], [1]],
        [[0.5, 0, 0], [0, -1, 0], [0, 0, 0.5]],
        [[0, 0, 0.5], [0, -1, 0], [0.5, 0, 0]],
    )
)


def _sharpness(luma: npt.NDArray[np.uint8]) -> float:
    """Fine detail as a percentage of the face's contrast, in the direction that has least of it.

    The variance of the Laplacian (Pech-Pacheco et al., 2000) sees defocus but not a head that moves sideways,
    which keeps its horizontal edges; so the second derivative is taken in four directions and the least
    variance counts. Dividing by the face's own variance makes it independent of the light; the light Gaussian
    before it keeps a dark camera's noise from passing as detail.
    """
    scale = SHARPNESS_WIDTH / luma.shape[1]
    size = (SHARPNESS_WIDTH, max(8, round(luma.shape[0] * scale)))
    small = cv2.resize(luma, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    smooth = cv2.GaussianBlur(small.astype(np.float32), (0, 0), 0.8)
    least = min(float(cv2.filter2D(smooth, cv2.CV_32F, kernel)[2:-2, 2:-2].var()) for kernel in _SECOND_DERIVATIVES)
    return 100 * least / (float(smooth.var()) + 25)
