"""Whether faces are of one person."""

from __future__ import annotations

import functools
from pathlib import Path

import pytest

from tests.factories import faces
from zhishi.foundation.vision import verification
from zhishi.foundation.vision.faces import find_faces
from zhishi.foundation.vision.verification import Embedding


@functools.cache
def embedding(path: Path, shift: float = 0.0, share: float = 0.28) -> Embedding:
    view = faces.webcam_view(path, shift=(shift, 0), share=share)
    face = find_faces(view).main
    assert face is not None
    return verification.embed(view, face)


def test_one_man_on_three_days_is_nearer_than_the_threshold() -> None:
    obama_later = faces.faces_folder() / "obama3.jpg"
    distances = [
        verification.distance(embedding(faces.obama()), embedding(other))
        for other in (faces.obama_other(), obama_later)
    ]
    assert max(distances) < verification.BORDERLINE_DISTANCE


@pytest.mark.parametrize("stranger", [faces.biden, faces.astronaut], ids=["biden", "astronaut"])
def test_a_stranger_is_further_than_the_threshold(stranger: object) -> None:
    assert callable(stranger)
    assert verification.distance(embedding(faces.obama()), embedding(stranger())) > 0.75


@pytest.mark.parametrize("share", [0.12, 0.2, 0.45])
def test_the_distance_to_the_camera_hardly_matters(share: float) -> None:
    near = embedding(faces.obama())
    assert verification.distance(near, embedding(faces.obama(), share=share)) < 0.2


def test_frames_of_the_registered_person_are_accepted() -> None:
    frames = [embedding(faces.obama_other(), shift) for shift in (0, 5, 10)]
    comparison = verification.compare(embedding(faces.obama()), frames)
    assert (comparison.accepted, comparison.inconsistent, comparison.borderline) == (True, False, False)
    assert comparison.median == sorted(comparison.distances)[1]
    assert comparison.spread < 0.2


def test_frames_of_another_person_are_refused_and_consistent() -> None:
    frames = [embedding(faces.biden(), shift) for shift in (0, 5, 10)]
    comparison = verification.compare(embedding(faces.obama()), frames)
    assert (comparison.accepted, comparison.inconsistent) == (False, False)


def test_a_strangers_frame_among_good_ones_is_inconsistent() -> None:
    frames = [embedding(faces.obama_other()), embedding(faces.biden()), embedding(faces.obama_other(), 5)]
    comparison = verification.compare(embedding(faces.obama()), frames)
    assert comparison.median <= verification.ACCEPTED_DISTANCE
    assert (comparison.accepted, comparison.inconsistent) == (False, True)


def placed_at(distance: float) -> Embedding:
    return (distance, *(0.0,) * 127)


@pytest.mark.parametrize(
    ("distance", "accepted", "borderline"), [(0.5, True, False), (0.59, True, True), (0.61, False, False)]
)
def test_a_narrow_acceptance_is_marked_for_a_persons_look(distance: float, accepted: bool, borderline: bool) -> None:
    comparison = verification.compare(placed_at(0.0), [placed_at(distance)] * 3)
    assert (comparison.accepted, comparison.borderline) == (accepted, borderline)


def test_one_unlucky_frame_decides_nothing() -> None:
    comparison = verification.compare(placed_at(0.0), [placed_at(0.3), placed_at(0.7), placed_at(0.4)])
    assert (comparison.accepted, comparison.median) == (True, pytest.approx(0.4))


def test_the_most_typical_frame_is_the_one_in_the_middle() -> None:
    assert verification.most_typical([placed_at(0.0), placed_at(0.3), placed_at(0.2)]) == 2


def test_an_embedding_survives_storage() -> None:
    original = embedding(faces.obama())
    stored = verification.embedding_to_bytes(original)
    assert len(stored) == 512
    assert verification.distance(verification.embedding_from_bytes(stored), original) < 1e-5


def test_what_is_not_an_embedding_is_refused() -> None:
    with pytest.raises(ValueError, match="512 bytes"):
        verification.embedding_from_bytes(b"short")
    with pytest.raises(ValueError, match="128 numbers"):
        verification.distance((0.0,), embedding(faces.obama()))
