"""A camera and a microphone for a browser without either, whose frames and seconds can be told apart
afterwards.

Chromium takes the files with `--use-fake-device-for-media-stream --use-file-for-fake-video-capture=…` and
`--use-file-for-fake-audio-capture=…`, and plays them in a loop.
"""

from __future__ import annotations

import math
import wave
import zlib
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from tests.factories.faces import HEIGHT, Image, jpeg, webcam_view, with_noise

# A strip along the top: 4 cells of sync, 16 bits of number, 8 bits of CRC, 4 cells of sync; 20 pixels each.
# Cells are larger than a macroblock of H.264 (16 pixels), so that a starved encoder still keeps them apart.
_SYNC_HEAD: Final = (1, 0, 1, 0)
_SYNC_TAIL: Final = (0, 1, 0, 1)
_NUMBER_BITS: Final = 16
_CHECK_BITS: Final = 8
_CELLS: Final = len(_SYNC_HEAD) + _NUMBER_BITS + _CHECK_BITS + len(_SYNC_TAIL)
STRIP_SHARE: Final = 0.05
"""Height of the strip as a share of the frame's."""

_WHITE: Final = 235
_BLACK: Final = 20
_LEAST_CONTRAST: Final = 60

CHROMIUM_MJPEG_RATE: Final = 30
"""Chromium plays MJPEG files at this rate, whatever they were made for: the format carries none."""

SAMPLE_RATE: Final = 48_000
BEEP_HZ: Final = 2000
BEEP_SECONDS: Final = 0.06
_QUIET_SECONDS: Final = 0.12


def make_fake_camera(
    face: Path, target: Path, seconds: float = 20, fps: int = 15, label: str = "", *, still: bool = False
) -> Path:
    """Write `target` (….mjpeg, 640×480): the person of `face` in slow motion, with a frame counter.

    `fps` is the rate of the content, a divisor of 30: every picture is written 30/fps times, so that the
    counter rises by `fps` a second in Chromium. `label` (ASCII) is written at the bottom. With `still` the
    person does not move.
    """
    if CHROMIUM_MJPEG_RATE % fps:
        raise ValueError(f"fps must divide {CHROMIUM_MJPEG_RATE}")
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb") as file:
        for number in range(round(seconds * fps)):
            picture = jpeg(camera_frame(face, number, fps=fps, label=label, still=still), quality=85)
            file.write(picture * (CHROMIUM_MJPEG_RATE // fps))
    return target


def camera_frame(face: Path, number: int, *, fps: int = 15, label: str = "", still: bool = False) -> Image:
    """Frame `number` of the fake camera."""
    time = 0.0 if still else number / fps
    shift = (22 * math.sin(2 * math.pi * time / 7), 12 * math.sin(2 * math.pi * time / 5) + 12)
    view = webcam_view(face, shift=shift, zoom=1 + 0.04 * math.sin(2 * math.pi * time / 11))
    view = with_noise(view, sigma=1.5, seed=number)
    if label:
        cv2.putText(view, label, (12, HEIGHT - 14), cv2.FONT_HERSHEY_SIMPLEX, 0.7, (0, 0, 0), 4)
        cv2.putText(view, label, (12, HEIGHT - 14), cv2.FONT_HERSHEY_SIMPLEX, 0.7, (255, 255, 255), 1)
    write_counter(view, number)
    return view


def write_counter(frame: Image, number: int) -> None:
    """Draw `number` (modulo 65,536) as a strip along the top of `frame`, in place."""
    height, width = frame.shape[:2]
    edges = np.linspace(0, width, _CELLS + 1).round().astype(int)
    for cell, left, right in zip(_cells(number), edges[:-1], edges[1:], strict=True):
        frame[: round(height * STRIP_SHARE), left:right] = _WHITE if cell else _BLACK


def read_counter(frame: npt.NDArray[np.uint8]) -> int | None:
    """The number in the strip of a whole frame (colour or grey, any size), or None if it is in doubt."""
    grey = frame if frame.ndim == 2 else frame.mean(axis=2)
    height, width = grey.shape
    # Only the inner half of each cell: scaling and deblocking blur their edges.
    band = grey[int(height * STRIP_SHARE * 0.25) : max(1, int(height * STRIP_SHARE * 0.75)) + 1]
    step = width / _CELLS
    levels = np.array([band[:, int((i + 0.25) * step) : int((i + 0.75) * step) + 1].mean() for i in range(_CELLS)])
    head, tail = levels[: len(_SYNC_HEAD)], levels[-len(_SYNC_TAIL) :]
    white = float(np.mean([head[0], head[2], tail[1], tail[3]]))
    black = float(np.mean([head[1], head[3], tail[0], tail[2]]))
    if white - black < _LEAST_CONTRAST:
        return None
    cells = [int(level > (white + black) / 2) for level in levels]
    number = _number(cells[len(_SYNC_HEAD) : len(_SYNC_HEAD) + _NUMBER_BITS])
    return number if cells == _cells(number) else None


def make_fake_microphone(target: Path, seconds: int = 20) -> Path:
    """Write `target` (WAV, 48 kHz, mono, 16 bit): a voice-like sound, and a beep at every whole second.

    The voice is silent for 0.12 s before each beep and until its end, so that the beep's start can be found
    to the millisecond.
    """
    count = seconds * SAMPLE_RATE
    time = np.arange(count) / SAMPLE_RATE
    since = time % 1.0
    voice = _voice(time) * ((since > BEEP_SECONDS) & (since < 1 - _QUIET_SECONDS))
    beep = np.sin(2 * np.pi * BEEP_HZ * since) * (since < BEEP_SECONDS)
    return write_sound(target, 0.35 * voice + 0.6 * beep)


def write_sound(target: Path, samples: npt.NDArray[np.float64]) -> Path:
    """Write mono `samples` as `target` (WAV, 48 kHz, 16 bit). What goes beyond -1..1 is cut off, as by a microphone."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(target), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
    return target


def find_beeps(samples: npt.NDArray[np.floating], rate: int) -> list[float]:
    """The seconds at which beeps begin in mono `samples` (-1..1), to about 5 ms, also after a lossy codec."""
    window = max(1, rate // 200)
    usable = samples[: len(samples) // window * window].reshape(-1, window).astype(np.float64)
    carrier = np.exp(-2j * np.pi * BEEP_HZ * np.arange(window) / rate)
    tone = np.abs(usable @ carrier) * 2 / window
    rest = np.sqrt(np.mean(usable**2, axis=1)) + 1e-9
    # A pure tone's amplitude is √2 times its effective value; a voice spreads over many frequencies.
    loud = (tone > 0.15) & (tone > 1.1 * rest)
    starts = np.flatnonzero(loud & ~np.concatenate([[False], loud[:-1]]))
    beeps: list[float] = []
    for start in starts * window / rate:
        if not beeps or start - beeps[-1] > 0.5:
            beeps.append(float(start))
    return beeps


def _voice(time: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Harmonics of a gliding pitch, shaped by two formants that change four times a second, as syllables
    do."""
    pitch = 125 + 18 * np.sin(2 * np.pi * 0.4 * time)
    phase = 2 * np.pi * np.cumsum(pitch) / SAMPLE_RATE
    first = 500 + 220 * np.sin(2 * np.pi * 1.3 * time)
    second = 1400 + 450 * np.sin(2 * np.pi * 0.9 * time + 1)
    sound = np.zeros_like(time)
    for harmonic in range(1, 24):
        hertz = harmonic * pitch
        gain = np.exp(-(((hertz - first) / 180) ** 2)) + 0.5 * np.exp(-(((hertz - second) / 250) ** 2))
        sound += gain * np.sin(harmonic * phase)
    syllables = np.clip(np.sin(2 * np.pi * 2 * time), 0, 1)
    return np.asarray(sound * syllables / np.max(np.abs(sound)), dtype=np.float64)


def _cells(number: int) -> list[int]:
    number %= 1 << _NUMBER_BITS
    check = zlib.crc32(number.to_bytes(2)) & 0xFF
    bits = [int(bit) for bit in f"{number:0{_NUMBER_BITS}b}{check:0{_CHECK_BITS}b}"]
    return [*_SYNC_HEAD, *bits, *_SYNC_TAIL]


def _number(bits: list[int]) -> int:
    return int("".join(map(str, bits)), 2)
