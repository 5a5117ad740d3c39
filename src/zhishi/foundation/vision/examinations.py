"""What an examination of pictures says: plain facts that travel between processes and into the database."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from zhishi.foundation.vision.pictures import PictureCause
from zhishi.foundation.vision.quality import FaceCause, FrameQuality
from zhishi.foundation.vision.verification import Embedding


class Cause(StrEnum):
    """Why pictures were not accepted; each is also the code under which a candidate is told."""

    PICTURE_UNREADABLE = "picture_unreadable"
    PICTURE_TOO_LARGE = "picture_too_large"
    PICTURE_DIMENSIONS = "picture_dimensions"
    FACE_NONE = "face_none"
    FACE_SEVERAL = "face_several"
    FACE_TOO_DARK = "face_too_dark"
    FACE_TOO_BRIGHT = "face_too_bright"
    FACE_BLURRED = "face_blurred"
    FACE_TOO_FAR = "face_too_far"
    FACE_CUT_OFF = "face_cut_off"
    FACE_INCONSISTENT = "face_inconsistent"
    FACE_NOT_MATCHING = "face_not_matching"
    PHOTOGRAPH_UNUSABLE = "photograph_unusable"

    @classmethod
    def of_picture(cls, cause: PictureCause) -> Cause:
        return cls(f"picture_{cause}")

    @classmethod
    def of_face(cls, cause: FaceCause) -> Cause:
        return cls(f"face_{cause}")


class Outcome(StrEnum):
    """How an examination ended."""

    ACCEPTED = "accepted"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class LoginExamination:
    """Three frames of a login against a registered face.

    `distances`, `median` and `spread` are empty or None unless every frame was good and (the first two) there
    was a registered face. `registering` is true when there was none; then, on success, `embedding` and
    `photograph_frame`, the index of the frame it was taken from, are what to register.
    `borderline`: accepted, but a person should look. `identical_frames`: two frames are the same bytes, which
    a camera does not produce; noted, not judged. `detail` has the numbers behind a refused picture file, and
    `frame` the index of the frame that `cause` is about, None if it is about all of them.
    """

    outcome: Outcome
    cause: Cause | None
    engine: str
    milliseconds: int
    registering: bool
    identical_frames: bool
    frames: tuple[FrameQuality, ...] = ()
    frame: int | None = None
    distances: tuple[float, ...] = ()
    median: float | None = None
    spread: float | None = None
    borderline: bool = False
    embedding: Embedding | None = None
    photograph_frame: int | None = None
    detail: dict[str, Any] = field(default_factory=dict)

    @property
    def accepted(self) -> bool:
        return self.outcome is Outcome.ACCEPTED


@dataclass(frozen=True, slots=True)
class PhotographExamination:
    """A photograph to be registered; on success with its embedding. `engine` tells which engine made that."""

    outcome: Outcome
    cause: Cause | None
    engine: str
    milliseconds: int
    quality: FrameQuality | None = None
    embedding: Embedding | None = None
    detail: dict[str, Any] = field(default_factory=dict)

    @property
    def accepted(self) -> bool:
        return self.outcome is Outcome.ACCEPTED
