"""Finding faces: boxes and five points, certain ones and weak ones apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np

from zhishi.foundation.vision import registry
from zhishi.foundation.vision.engines import yuface
from zhishi.foundation.vision.pictures import Picture, fit

DETECTION_SIDE: Final = 640
"""Pictures are searched at this length of the long side, in 36 ms. The face of a person 2.5 m
from the camera is 29 pixels wide then, and found; 320 would take 7 ms and leave 15 pixels."""

DETECTION_CONFIDENCE: Final = 0.70
"""Counts as a face. Measured: 29 faces of 13 photographs scored 0.86 to 0.95; of 23 pictures without people
the highest false one scored 0.64. The engine's own sets: 4 % of pictures without people have one at 0.7."""

WEAK_CONFIDENCE: Final = 0.35
"""Perhaps a face, too dark or blurred to be sure: it only serves to explain why no face was found."""

SECOND_FACE_PIXELS: Final = 24
"""Smaller faces, at the detection scale, are not counted as a second person. Pasted into a frame, 20 of 24
faces were found at 26 pixels and 14 at 18: the answer would be chance."""

SECOND_FACE_SHARE: Final = 0.15
"""A second face narrower than this share of the first is taken for a picture or a passer-by far away: 0.6 m
from the camera against 4 m."""

Point: TypeAlias = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Face:
    """A face, in pixels of the picture it was found in. A box may reach beyond the picture.

    `points`: eye, eye, nose, corner of the mouth, corner of the mouth. Of two, the left one first.
    """

    x: float
    y: float
    width: float
    height: float
    points: tuple[Point, Point, Point, Point, Point]
    confidence: float

    def holds(self, other: Face) -> bool:
        """Whether the centre of `other` lies inside this face: the same face, found twice."""
        x, y = other.x + other.width / 2, other.y + other.height / 2
        return self.x <= x <= self.x + self.width and self.y <= y <= self.y + self.height


@dataclass(frozen=True, slots=True)
class FoundFaces:
    """`main` is the largest certain face, `others` are further persons, `weak` is the best uncertain face."""

    main: Face | None
    others: tuple[Face, ...]
    weak: Face | None


def find_faces(picture: Picture) -> FoundFaces:
    """Search `picture` (any size) for faces."""
    small, factor = fit(picture, DETECTION_SIDE)
    detector: yuface.YuFace = registry.ready(yuface.ENGINE.name)
    found = [
        _face(confidence, box / factor, points / factor)
        for confidence, box, points in detector.detect(small, WEAK_CONFIDENCE)
    ]
    certain = sorted(
        (face for face in found if face.confidence >= DETECTION_CONFIDENCE),
        key=lambda face: face.width * face.height,
        reverse=True,
    )
    weak = max((f for f in found if f not in certain), key=lambda face: face.confidence, default=None)
    if not certain:
        return FoundFaces(None, (), weak)
    main, *rest = certain
    least = max(SECOND_FACE_PIXELS / factor, SECOND_FACE_SHARE * main.width)
    others = tuple(face for face in rest if face.width >= least and not main.holds(face))
    return FoundFaces(main, others, weak)


def _face(confidence: float, box: np.ndarray, points: np.ndarray) -> Face:
    x, y, width, height = (float(value) for value in box)
    eye, other_eye, nose, corner, other_corner = ((float(px), float(py)) for px, py in points)
    left_eye, right_eye = sorted((eye, other_eye))
    left_corner, right_corner = sorted((corner, other_corner))
    return Face(x, y, width, height, (left_eye, right_eye, nose, left_corner, right_corner), confidence)
