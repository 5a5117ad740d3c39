"""Face embedding of 128 numbers: dlib's ResNet; two embeddings closer than 0.6 are taken for one person."""

from __future__ import annotations

from typing import Any, Final

from zhishi.foundation.vision.engine import Engine, Figure, Weights, verified_weights

_ALIKE: Final = "24 faces, mostly young women: @vladmandic/face-api 1.7.15, face_recognition 1.3.0"

ENGINE: Final = Engine(
    name="dlib_resnet",
    use="verification of one face against another",
    distribution="face-recognition-models",
    version="0.3.0",
    weights=Weights(
        package="face_recognition_models",
        path="models/dlib_face_recognition_resnet_model_v1.dat",
        sha256="55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30",
    ),
    licence="CC0-1.0",
    figures=(
        Figure("same persons accepted at 0.6", "97.5 %", "pairs of the evaluation of engines"),
        Figure("other persons accepted at 0.6", "0 of 962", "pairs of the evaluation of engines"),
        Figure("other persons accepted at 0.6", "11 of 275", _ALIKE),
        Figure("other persons accepted at 0.5", "0 of 275", _ALIKE),
        Figure("time a face", "70 ms", "one thread"),
    ),
)


def load() -> Any:
    """`dlib.face_recognition_model_v1`, verified. (dlib comes from dlib-bin and has no types.)"""
    path = verified_weights(ENGINE)
    import dlib

    return dlib.face_recognition_model_v1(str(path))
