"""Cameras and microphones with which something is wrong, for a browser without either. See `fake_camera`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import repeat
from pathlib import Path
from typing import Final, Literal

import numpy as np

from tests.factories.faces import HEIGHT, WIDTH, Image, jpeg, with_noise
from tests.factories.fake_camera import (
    CHROMIUM_MJPEG_RATE,
    SAMPLE_RATE,
    camera_frame,
    make_fake_microphone,
    write_sound,
)

Fault = Literal["black", "covered", "dark", "still"]

FPS: Final = 15
# A finger on the lens is lit from behind; the sensor turns up its gain, and its noise.
_FINGER_BGR: Final = (22, 28, 80)
_GLOW: Final = 8
_DARK: Final = 0.3


def make_failing_camera(face: Path, target: Path, faults: Sequence[tuple[Fault, float]], *, well_s: float) -> Path:
    """Write `target` (….mjpeg, 640×480): the person of `face` for `well_s`, then each fault for its seconds with
    `well_s` of the person after it. Chromium begins again from the first."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb") as file:
        for picture in _pictures(face, faults, well_s=well_s):
            file.write(picture * (CHROMIUM_MJPEG_RATE // FPS))
    return target


def _pictures(face: Path, faults: Sequence[tuple[Fault, float]], *, well_s: float) -> Iterator[bytes]:
    well = [jpeg(camera_frame(face, number, fps=FPS), quality=85) for number in range(round(well_s * FPS))]
    yield from well
    for fault, seconds in faults:
        count = round(seconds * FPS)
        if fault == "still":
            yield from repeat(well[-1], count)
        else:
            yield from (jpeg(_spoilt(face, fault, number), quality=85) for number in range(count))
        yield from well


def _spoilt(face: Path, fault: Fault, number: int) -> Image:
    if fault == "dark":
        view = camera_frame(face, number, fps=FPS)
        return with_noise((view * _DARK).astype(np.uint8), sigma=2, seed=number)
    flat = np.zeros((HEIGHT, WIDTH, 3))
    if fault == "covered":
        flat += np.array(_FINGER_BGR) + np.linspace(-_GLOW, _GLOW, WIDTH)[None, :, None]
    return with_noise(flat.astype(np.uint8), sigma=2 if fault == "black" else 5, seed=number)


def make_loud_microphone(target: Path, seconds: int = 10) -> Path:
    """Write `target` (WAV): the voice of the fake microphone, twelve times too loud and cut off at full scale."""
    voice = np.frombuffer(make_fake_microphone(target, seconds).read_bytes()[44:], "<i2") / 32767
    return write_sound(target, 12 * voice)


def make_dead_microphone(target: Path, seconds: int = 10) -> Path:
    """Write `target` (WAV): digital silence."""
    return write_sound(target, np.zeros(seconds * SAMPLE_RATE))
