"""The examinations themselves: synchronous, and made to be run in a worker process (see `pool`).

Causes are looked for in the order in which their owner must mend them: files first, then each frame's
quality, then whether the frames agree, last whether they are of the registered person. No embedding is
computed for frames that will be refused anyway, so a refusal for quality takes a third of the time.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from zhishi.foundation.vision import registry, verification
from zhishi.foundation.vision.engines import dlib_points, dlib_resnet, yuface
from zhishi.foundation.vision.examinations import Cause, LoginExamination, Outcome, PhotographExamination
from zhishi.foundation.vision.faces import Face, find_faces
from zhishi.foundation.vision.pictures import (
    LOGIN_LIMITS,
    PHOTOGRAPH_LIMITS,
    Picture,
    PictureLimits,
    PictureRefused,
    decode_picture,
)
from zhishi.foundation.vision.quality import (
    LOGIN_RULES,
    PHOTOGRAPH_RULES,
    FrameQuality,
    FrameRules,
    judge_frame,
)
from zhishi.foundation.vision.verification import Embedding

ENGINE_SIGNATURE: Final = dlib_resnet.ENGINE.signature
"""Under which engine an embedding was made. One stored under another signature cannot be compared: take the
photograph again."""


def load_engines() -> None:
    """Load what the examinations need; `EngineMissing` names the first that is not there."""
    for engine in (yuface.ENGINE, dlib_points.ENGINE, dlib_resnet.ENGINE):
        registry.ready(engine.name)


def examine_photograph(data: bytes, limits: PictureLimits = PHOTOGRAPH_LIMITS) -> PhotographExamination:
    """Whether `data` is a picture of one well-visible face, and that face's embedding."""
    started = time.perf_counter()
    try:
        seen = _see(data, limits, PHOTOGRAPH_RULES)
    except PictureRefused as refused:
        cause = Cause.of_picture(refused.cause)
        return PhotographExamination(Outcome.REFUSED, cause, ENGINE_SIGNATURE, _since(started), detail=refused.detail)
    if seen.cause is not None or seen.face is None:
        return PhotographExamination(
            Outcome.REFUSED, seen.cause, ENGINE_SIGNATURE, _since(started), quality=seen.quality
        )
    embedding = verification.embed(seen.picture, seen.face)
    return PhotographExamination(
        Outcome.ACCEPTED, None, ENGINE_SIGNATURE, _since(started), quality=seen.quality, embedding=embedding
    )


def examine_login(
    registered: bytes | Embedding | None, frames: Sequence[bytes], limits: PictureLimits = LOGIN_LIMITS
) -> LoginExamination:
    """Compare `frames`, in the order in which they were taken, with the registered face.

    `registered` is a photograph's bytes, an embedding made under `ENGINE_SIGNATURE`, or None to register the
    face in the frames. An embedding saves the 100 ms that the photograph takes each time.
    """
    if not frames:
        raise ValueError("an examination needs frames")
    started = time.perf_counter()
    facts = _examine_frames(frames, limits)
    if facts.get("cause") is None:
        facts |= _examine_person(registered, facts.pop("embeddings"))
    cause = facts.pop("cause", None)
    return LoginExamination(
        outcome=Outcome.ACCEPTED if cause is None else Outcome.REFUSED,
        cause=cause,
        engine=ENGINE_SIGNATURE,
        milliseconds=_since(started),
        registering=registered is None,
        identical_frames=len(set(frames)) < len(frames),
        **facts,
    )


@dataclass(frozen=True, slots=True)
class _Seen:
    picture: Picture
    face: Face | None
    quality: FrameQuality

    @property
    def cause(self) -> Cause | None:
        return None if self.quality.cause is None else Cause.of_face(self.quality.cause)


def _see(data: bytes, limits: PictureLimits, rules: FrameRules) -> _Seen:
    picture = decode_picture(data, limits=limits)
    found = find_faces(picture)
    return _Seen(picture, found.main, judge_frame(picture, found, rules))


def _examine_frames(frames: Sequence[bytes], limits: PictureLimits) -> dict[str, Any]:
    """The frames' qualities with their embeddings, or with the first cause found and the frame it is in."""
    seen: list[_Seen] = []
    for index, data in enumerate(frames):
        try:
            seen.append(_see(data, limits, LOGIN_RULES))
        except PictureRefused as refused:
            return {"cause": Cause.of_picture(refused.cause), "frame": index, "detail": refused.detail}
    qualities = tuple(one.quality for one in seen)
    for index, one in enumerate(seen):
        if one.cause is not None:
            return {"cause": one.cause, "frame": index, "frames": qualities}
    embeddings = [verification.embed(one.picture, one.face) for one in seen if one.face is not None]
    return {"frames": qualities, "embeddings": embeddings}


def _examine_person(registered: bytes | Embedding | None, frames: Sequence[Embedding]) -> dict[str, Any]:
    """Whether the frames are of one person, and of the registered one; without one, what to register."""
    if registered is None:
        return _examine_registration(frames)
    if isinstance(registered, bytes):
        photograph = examine_photograph(registered)
        if photograph.embedding is None:
            return {"cause": Cause.PHOTOGRAPH_UNUSABLE, "detail": {"photograph": photograph.cause}}
        registered = photograph.embedding
    comparison = verification.compare(registered, frames)
    facts: dict[str, Any] = {
        "distances": comparison.distances,
        "median": comparison.median,
        "spread": comparison.spread,
        "borderline": comparison.borderline,
    }
    if comparison.inconsistent:
        return facts | {"cause": Cause.FACE_INCONSISTENT}
    return facts if comparison.accepted else facts | {"cause": Cause.FACE_NOT_MATCHING}


def _examine_registration(frames: Sequence[Embedding]) -> dict[str, Any]:
    spread = verification.spread(frames)
    if spread > verification.CONSISTENT_DISTANCE:
        return {"spread": spread, "cause": Cause.FACE_INCONSISTENT}
    typical = verification.most_typical(frames)
    return {"spread": spread, "embedding": frames[typical], "photograph_frame": typical}


def _since(started: float) -> int:
    return round((time.perf_counter() - started) * 1000)
