"""The fake camera and microphone of the browser tests: can what they play be told apart when recorded?"""

from __future__ import annotations

import io
import wave
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.factories import faces, fake_camera
from tests.factories.faces import Image
from zhishi.foundation.vision import service
from zhishi.foundation.vision.examinations import Cause


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> list[Image]:
    """Two seconds of the fake camera, as Chromium would decode them: 30 pictures a second."""
    target = tmp_path_factory.mktemp("camera") / "camera.mjpeg"
    fake_camera.make_fake_camera(faces.obama_other(), target, seconds=2, label="A 01")
    with av.open(str(target), format="mjpeg") as container:
        return [frame.to_ndarray(format="bgr24") for frame in container.decode(video=0)]


def recorded(pictures: list[Image], *, rate: int, width: int, height: int, bits: int) -> list[Image]:
    """The pictures after H.264 with few bits, as a candidate's recorder makes it."""
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as container:
        options = {"preset": "veryfast", "g": "60", "bf": "0"}
        stream = container.add_stream("libx264", rate=rate, options=options)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.bit_rate = bits
        stream.time_base = Fraction(1, rate)
        for picture in pictures:
            scaled = np.asarray(cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA))
            container.mux(stream.encode(av.VideoFrame.from_ndarray(scaled, format="bgr24")))
        container.mux(stream.encode())
    file.seek(0)
    with av.open(file) as container:
        return [frame.to_ndarray(format="bgr24") for frame in container.decode(video=0)]


def test_the_counter_rises_fifteen_times_a_second_at_chromiums_thirty_pictures(pictures: list[Image]) -> None:
    assert [fake_camera.read_counter(picture) for picture in pictures] == [i // 2 for i in range(60)]
    assert pictures[0].shape == (480, 640, 3)


@pytest.mark.parametrize(("width", "height", "bits"), [(640, 480, 450_000), (320, 240, 450_000), (640, 480, 150_000)])
def test_every_counter_is_read_after_h264(pictures: list[Image], width: int, height: int, bits: int) -> None:
    frames = recorded(pictures[::2], rate=15, width=width, height=height, bits=bits)
    assert [fake_camera.read_counter(frame) for frame in frames] == list(range(30))


@given(number=st.integers(0, 65_535), width=st.integers(160, 1920))
def test_any_number_is_read_at_any_size(number: int, width: int) -> None:
    frame = np.full((480, 640, 3), 128, np.uint8)
    fake_camera.write_counter(frame, number)
    scaled = np.asarray(cv2.resize(frame, (width, width * 3 // 4)), dtype=np.uint8)
    assert fake_camera.read_counter(scaled) == number
    assert fake_camera.read_counter(cv2.cvtColor(scaled, cv2.COLOR_BGR2GRAY)) == number


def test_pictures_without_a_counter_have_none() -> None:
    assert fake_camera.read_counter(faces.webcam_view(faces.obama())) is None
    assert fake_camera.read_counter(np.zeros((480, 640, 3), np.uint8)) is None


def test_a_damaged_counter_is_not_believed() -> None:
    frame = np.full((480, 640, 3), 128, np.uint8)
    fake_camera.write_counter(frame, 1234)
    frame[:24, 200:220] = 255 - frame[:24, 200:220]
    assert fake_camera.read_counter(frame) is None


@pytest.mark.parametrize(("face", "cause"), [(faces.obama_other, None), (faces.biden, Cause.FACE_NOT_MATCHING)])
def test_a_login_before_the_fake_camera_ends_as_it_should(face: Callable[[], Path], cause: Cause | None) -> None:
    photograph = service.examine_photograph(faces.obama().read_bytes())
    # 0.3 s apart, at places of the slow motion where it is near its extremes.
    for start in (0, 26, 75):
        frames = [faces.jpeg(fake_camera.camera_frame(face(), start + step, label="A 01")) for step in (0, 4, 9)]
        assert service.examine_login(photograph.embedding, frames).cause is cause


def test_a_still_camera_shows_the_same_view_and_counts_on() -> None:
    first, second = (fake_camera.camera_frame(faces.biden(), n, still=True) for n in (1, 2))
    assert [fake_camera.read_counter(frame) for frame in (first, second)] == [1, 2]
    assert np.abs(first[40:].astype(int) - second[40:].astype(int)).mean() < 3


def test_a_rate_that_does_not_divide_chromiums_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="divide 30"):
        fake_camera.make_fake_camera(faces.obama(), tmp_path / "camera.mjpeg", fps=25)


def test_the_microphone_beeps_at_every_whole_second(tmp_path: Path) -> None:
    path = fake_camera.make_fake_microphone(tmp_path / "microphone.wav", seconds=4)
    with wave.open(str(path)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (48_000, 1, 2)
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32768
    assert len(samples) == 4 * 48_000
    assert fake_camera.find_beeps(samples, 48_000) == pytest.approx([0, 1, 2, 3], abs=0.005)
    assert np.sqrt(np.mean(samples**2)) > 0.05


def test_beeps_are_found_after_opus(tmp_path: Path) -> None:
    path = fake_camera.make_fake_microphone(tmp_path / "microphone.wav", seconds=4)
    file = io.BytesIO()
    with av.open(str(path)) as source, av.open(file, "w", format="mp4") as target:
        stream = target.add_stream("libopus", rate=48_000, options={"b": "32000"})
        resampler = av.AudioResampler(format="s16", layout="mono", rate=48_000)
        for decoded in source.decode(audio=0):
            for frame in resampler.resample(decoded):
                target.mux(stream.encode(frame))
        target.mux(stream.encode())
    file.seek(0)
    to_float = av.AudioResampler(format="flt", layout="mono", rate=48_000)
    with av.open(file) as container:
        pieces = [piece.to_ndarray()[0] for frame in container.decode(audio=0) for piece in to_float.resample(frame)]
    beeps = fake_camera.find_beeps(np.concatenate(pieces), 48_000)
    assert np.diff(beeps) == pytest.approx([1, 1, 1], abs=0.011)
    assert beeps[0] < 0.05
