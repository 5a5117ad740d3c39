"""Whether faces are of one person: dlib's embeddings, one against one."""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np

from zhishi.foundation.vision import registry
from zhishi.foundation.vision.engines import dlib_points, dlib_resnet
from zhishi.foundation.vision.faces import Face
from zhishi.foundation.vision.pictures import Picture, fit

Embedding: TypeAlias = tuple[float, ...]
"""128 numbers; the Euclidean distance of two tells how alike the faces are."""

EMBEDDING_LENGTH: Final = 128

ACCEPTED_DISTANCE: Final = 0.6
"""One person, at a median distance up to this: the figure of dlib's author; TAR 97.5 %, FAR 0/962 on mixed
pairs. Among people of one age and sex it errs more (see `engines/dlib_resnet.py`), hence the next one."""

BORDERLINE_DISTANCE: Final = 0.5
"""Accepted above this is worth a person's look: of 275 pairs of similar strangers 11 were nearer than 0.6
and none than 0.5 (0.535 the nearest), while pictures of one man on several days lay at 0.24 to 0.43."""

CONSISTENT_DISTANCE: Final = 0.5
"""Frames of one login, taken within a second, further apart than this are not of one person."""

_ALIGNED_WIDTH: Final = 256
"""Faces wider than this are made smaller first; the embedder looks at 150 pixels."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """The frames of a login against the registered face; `spread` is the largest distance between frames."""

    distances: tuple[float, ...]
    median: float
    spread: float
    accepted: bool
    inconsistent: bool
    borderline: bool


def embed(picture: Picture, face: Face) -> Embedding:
    """The embedding of `face`, a face found in `picture`. About 70 ms on one core."""
    crop, box = _crop(picture, face)
    points: Any = registry.ready(dlib_points.ENGINE.name)
    embedder: Any = registry.ready(dlib_resnet.ENGINE.name)
    import dlib

    rgb = np.ascontiguousarray(crop[:, :, ::-1])
    shape = points(rgb, dlib.rectangle(*(round(side) for side in box)))
    return tuple(float(value) for value in embedder.compute_face_descriptor(rgb, shape))


def distance(one: Embedding, other: Embedding) -> float:
    """Euclidean distance of two embeddings: 0 for the same picture, around 0.85 for strangers."""
    if len(one) != EMBEDDING_LENGTH or len(other) != EMBEDDING_LENGTH:
        raise ValueError("an embedding has 128 numbers")
    return float(np.linalg.norm(np.subtract(one, other)))


def spread(frames: Sequence[Embedding]) -> float:
    """The largest distance between two of the frames; 0 for a single one."""
    return max((distance(a, b) for a, b in itertools.combinations(frames, 2)), default=0.0)


def compare(registered: Embedding, frames: Sequence[Embedding]) -> Comparison:
    """Judge frames by their median distance, so that one unlucky frame decides nothing; and by their
    agreement, so that a stranger's frame among them does not pass."""
    distances = tuple(distance(registered, frame) for frame in frames)
    median = statistics.median(distances)
    apart = spread(frames)
    inconsistent = apart > CONSISTENT_DISTANCE
    accepted = not inconsistent and median <= ACCEPTED_DISTANCE
    borderline = accepted and median > BORDERLINE_DISTANCE
    return Comparison(distances, median, apart, accepted, inconsistent, borderline)


def most_typical(frames: Sequence[Embedding]) -> int:
    """The index of the frame nearest to all others: the one to keep as a photograph."""
    return min(range(len(frames)), key=lambda i: sum(distance(frames[i], other) for other in frames))


def embedding_to_bytes(embedding: Embedding) -> bytes:
    """512 bytes, little-endian 32-bit floats, for storage."""
    return np.asarray(embedding, dtype="<f4").tobytes()


def embedding_from_bytes(data: bytes) -> Embedding:
    """The inverse of `embedding_to_bytes`; ValueError if `data` is not 512 bytes."""
    if len(data) != EMBEDDING_LENGTH * 4:
        raise ValueError("a stored embedding has 512 bytes")
    return tuple(float(value) for value in np.frombuffer(data, dtype="<f4"))


def _crop(picture: Picture, face: Face) -> tuple[Picture, tuple[float, float, float, float]]:
    """The face with its surroundings, and the square that dlib's points expect, as left, top, right, bottom.

    yuface draws a tall box from the hairline to the chin, dlib's points were trained on squares from the
    brows to the chin. Measured with boxes jittered by 6 %: the embedding moves by 0.095 in the mean with
    the square below, by 0.112 with yuface's box as it is.
    """
    height, width = picture.shape[:2]
    left, top = max(0, int(face.x - face.width)), max(0, int(face.y - face.width))
    right = min(width, int(face.x + 2 * face.width))
    bottom = min(height, int(face.y + face.height + face.width))
    crop = picture[top:bottom, left:right]
    factor = 1.0
    if face.width > _ALIGNED_WIDTH:
        crop, factor = fit(crop, round(max(crop.shape[:2]) * _ALIGNED_WIDTH / face.width))
    x, y = (face.x + face.width / 2 - left) * factor, (face.y + 0.58 * face.height - top) * factor
    half = 1.05 * face.width * factor / 2
    return crop, (x - half, y - half, x + half, y + half)
