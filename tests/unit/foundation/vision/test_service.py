"""The examinations of a login and of a photograph, from files to outcome."""

from __future__ import annotations

import functools
import pickle
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.factories import faces
from zhishi.foundation.vision import service
from zhishi.foundation.vision.examinations import Cause, Outcome
from zhishi.foundation.vision.verification import Embedding, distance


@functools.cache
def registered() -> Embedding:
    examination = service.examine_photograph(faces.obama().read_bytes())
    assert examination.embedding is not None
    return examination.embedding


def test_the_registered_person_is_accepted_on_another_days_picture() -> None:
    examination = service.examine_login(registered(), faces.webcam_frames(faces.obama_other()))
    assert examination.outcome is Outcome.ACCEPTED
    assert (examination.accepted, examination.cause, examination.borderline) == (True, None, False)
    assert len(examination.distances) == len(examination.frames) == 3
    assert examination.median is not None
    assert examination.median < 0.45
    assert (examination.registering, examination.embedding) == (False, None)
    assert examination.engine == service.ENGINE_SIGNATURE


def test_the_registered_face_may_be_given_as_a_photograph() -> None:
    by_picture = service.examine_login(faces.obama().read_bytes(), faces.webcam_frames(faces.obama_other()))
    by_embedding = service.examine_login(registered(), faces.webcam_frames(faces.obama_other()))
    assert by_picture.accepted
    assert by_picture.distances == by_embedding.distances


def test_another_person_is_refused() -> None:
    examination = service.examine_login(registered(), faces.webcam_frames(faces.biden()))
    assert (examination.outcome, examination.cause) == (Outcome.REFUSED, Cause.FACE_NOT_MATCHING)
    assert min(examination.distances) > 0.7


def test_people_who_take_turns_are_refused_as_inconsistent() -> None:
    mine, other = faces.webcam_frames(faces.obama_other()), faces.webcam_frames(faces.biden())
    examination = service.examine_login(registered(), [mine[0], other[1], mine[2]])
    assert examination.cause is Cause.FACE_INCONSISTENT


def test_without_a_registered_face_the_frames_offer_one_to_register() -> None:
    examination = service.examine_login(None, faces.webcam_frames(faces.obama_other()))
    assert (examination.accepted, examination.registering, examination.distances) == (True, True, ())
    assert examination.embedding is not None
    assert examination.photograph_frame in {0, 1, 2}
    assert distance(examination.embedding, registered()) < 0.45


def test_a_frame_offered_for_registration_is_a_photograph_by_itself() -> None:
    frames = faces.webcam_frames(faces.obama_other())
    examination = service.examine_login(None, frames)
    assert examination.photograph_frame is not None
    photograph = service.examine_photograph(frames[examination.photograph_frame])
    assert photograph.accepted
    assert photograph.embedding == examination.embedding


def test_people_who_take_turns_are_not_registered() -> None:
    frames = [faces.webcam_frames(face)[0] for face in (faces.obama(), faces.biden(), faces.obama())]
    examination = service.examine_login(None, frames)
    assert (examination.cause, examination.embedding) == (Cause.FACE_INCONSISTENT, None)


@pytest.mark.parametrize(
    ("bad", "cause"),
    [
        (faces.no_face, Cause.FACE_NONE),
        (faces.covered, Cause.FACE_TOO_DARK),
        (lambda: faces.dark(faces.obama()), Cause.FACE_TOO_DARK),
        (lambda: faces.bright(faces.obama()), Cause.FACE_TOO_BRIGHT),
        (lambda: faces.blurred(faces.obama()), Cause.FACE_BLURRED),
        (lambda: faces.far_away(faces.obama()), Cause.FACE_TOO_FAR),
        (lambda: faces.cut_off(faces.obama()), Cause.FACE_CUT_OFF),
        (lambda: faces.two_faces(faces.obama(), faces.biden()), Cause.FACE_SEVERAL),
        (lambda: faces.truncated(faces.obama()), Cause.PICTURE_UNREADABLE),
        (lambda: b"not a picture", Cause.PICTURE_UNREADABLE),
        (lambda: faces.huge_png(12_000), Cause.PICTURE_DIMENSIONS),
        (lambda: bytes(11 << 20), Cause.PICTURE_TOO_LARGE),
    ],
)
def test_one_bad_frame_or_a_bad_photograph_is_refused_with_its_cause(bad: Callable[[], bytes], cause: Cause) -> None:
    good = faces.webcam_frames(faces.obama())
    login = service.examine_login(registered(), [good[0], good[1], bad()])
    assert (login.outcome, login.cause, login.frame) == (Outcome.REFUSED, cause, 2)
    photograph = service.examine_photograph(bad())
    assert (photograph.outcome, photograph.cause, photograph.embedding) == (Outcome.REFUSED, cause, None)


def test_refused_files_tell_their_numbers() -> None:
    examination = service.examine_photograph(faces.huge_png(12_000))
    assert (examination.detail["width"], examination.detail["max_side"]) == (12_000, 6000)


def test_an_unusable_registered_photograph_is_not_held_against_the_candidate() -> None:
    examination = service.examine_login(faces.no_face(), faces.webcam_frames(faces.obama()))
    assert examination.cause is Cause.PHOTOGRAPH_UNUSABLE
    assert examination.detail == {"photograph": "face_none"}


def test_frames_that_are_the_same_bytes_are_noted_and_not_judged() -> None:
    frame = faces.webcam_frames(faces.obama_other(), 1)[0]
    assert service.examine_login(registered(), [frame] * 3).identical_frames
    assert service.examine_login(registered(), [frame] * 3).accepted
    assert not service.examine_login(registered(), faces.webcam_frames(faces.obama_other())).identical_frames


def test_an_examination_needs_frames() -> None:
    with pytest.raises(ValueError, match="needs frames"):
        service.examine_login(registered(), [])


@pytest.mark.parametrize("face", [faces.obama, faces.biden, faces.astronaut], ids=lambda face: face.__name__)
def test_ordinary_pictures_are_good_photographs(face: Callable[[], Path]) -> None:
    examination = service.examine_photograph(face().read_bytes())
    assert (examination.cause, examination.accepted) == (None, True)
    assert examination.embedding is not None
    assert len(examination.embedding) == 128


def test_examinations_travel_between_processes() -> None:
    login = service.examine_login(registered(), faces.webcam_frames(faces.obama_other()))
    photograph = service.examine_photograph(faces.no_face())
    assert pickle.loads(pickle.dumps((login, photograph))) == (login, photograph)


def test_a_login_takes_well_under_a_second_of_one_core() -> None:
    frames = faces.webcam_frames(faces.obama_other())
    service.examine_login(registered(), frames)
    # Processor time, not the wall's: other tests may be running beside this one.
    started = time.process_time()
    service.examine_login(registered(), frames)
    assert time.process_time() - started < 0.8
