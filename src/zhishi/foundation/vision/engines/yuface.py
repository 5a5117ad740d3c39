"""Face detection with five points: libfacedetection, weights compiled into the library."""

from __future__ import annotations

import warnings
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from zhishi.foundation.vision.engine import Engine, Figure, Weights, verified_weights

ENGINE: Final = Engine(
    name="yuface",
    use="face detection with five points",
    distribution="yuface",
    version="2023.5.1",
    weights=Weights(
        package="yuface",
        path="libfacedetection.so.v0.0.3",
        sha256="7fc3c140b563f449ce7cb5bd102ece650681e5bfeffc87efe79272be1932c4f4",
    ),
    licence="BSD-3-Clause",
    figures=(
        Figure("recall at confidence 0.5", "100 %", "four sets of face pictures"),
        Figure("false faces at 0.5 / 0.7 / 0.8", "13 % / 4 % / 0.8 % of pictures", "pictures without people"),
        Figure("recall of masked faces at 0.7 / 0.8", "97.5 % / 95 %", "pictures of masked faces"),
        Figure("time at 640 pixels", "36 ms", "one thread"),
    ),
)


class YuFace:
    """The detector. Give it pictures of at most 960 pixels a side; beyond that its recall falls."""

    def __init__(self, detect: Any) -> None:
        self._detect = detect

    def detect(
        self, picture: npt.NDArray[np.uint8], confidence: float
    ) -> list[tuple[float, npt.NDArray[np.float64], npt.NDArray[np.float64]]]:
        """Confidence 0..1, box (x, y, width, height) and 5×2 points of every face, in pixels of `picture`."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            confidences, boxes, points = self._detect(np.ascontiguousarray(picture), confidence)
        # The library answers in unsigned 16-bit numbers: a box that starts left of the picture is at 65,530.
        return [
            (
                float(c) / 100,
                np.asarray(b).astype(np.int16).astype(np.float64),
                np.asarray(p).astype(np.int16).astype(np.float64).reshape(5, 2),
            )
            for c, b, p in zip(confidences, boxes, points, strict=True)
        ]


def load() -> YuFace:
    """The detector, its library verified before it is loaded."""
    verified_weights(ENGINE)
    import yuface

    return YuFace(yuface.detect)
