"""Five points of a face as the embedder of dlib expects them: corners of the eyes, base of the nose."""

from __future__ import annotations

from typing import Any, Final

from zhishi.foundation.vision.engine import Engine, Figure, Weights, verified_weights

ENGINE: Final = Engine(
    name="dlib_points",
    use="alignment of a face for verification",
    distribution="face-recognition-models",
    version="0.3.0",
    weights=Weights(
        package="face_recognition_models",
        path="models/shape_predictor_5_face_landmarks.dat",
        sha256="c4b1e9804792707d3a405c2c16a80a20269e6675021f64a41d30fffafbc41888",
    ),
    licence="CC0-1.0",
    figures=(Figure("time a face", "1.5 ms", "one thread"),),
)


def load() -> Any:
    """`dlib.shape_predictor`, verified. (dlib comes from the distribution dlib-bin and has no types.)"""
    path = verified_weights(ENGINE)
    import dlib

    return dlib.shape_predictor(str(path))
