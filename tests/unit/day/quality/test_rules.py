"""What a few figures say of a picture."""

from __future__ import annotations

import pytest

from tests.factories.media import Show, record
from zhishi.day.quality.frames import figures_of
from zhishi.day.quality.rules import Figures, PictureState, judge_picture

PERSON = Figures(highlight=190, spread=48)


@pytest.mark.parametrize(
    ("figures", "state"),
    [
        (PERSON, PictureState.GOOD),
        (Figures(highlight=9, spread=2), PictureState.BLACK),
        (Figures(highlight=44, spread=11), PictureState.DARK),
        # A dim room with a lamp in it can be seen.
        (Figures(highlight=120, spread=30), PictureState.GOOD),
        (Figures(highlight=124, spread=2), PictureState.COVERED),
    ],
)
def test_a_camera_shows_somebody(figures: Figures, state: PictureState) -> None:
    assert judge_picture(figures, screen=False) is state


@pytest.mark.parametrize(
    ("figures", "state"),
    [
        (Figures(highlight=44, spread=11), PictureState.GOOD),
        (Figures(highlight=255, spread=1), PictureState.GOOD),
        (Figures(highlight=0, spread=0), PictureState.BLACK),
    ],
)
def test_a_screen_may_be_dark_and_even(figures: Figures, state: PictureState) -> None:
    assert judge_picture(figures, screen=True) is state


@pytest.mark.parametrize(
    ("show", "state"),
    [
        ("moving", PictureState.GOOD),
        ("black", PictureState.BLACK),
        ("dark", PictureState.DARK),
        ("covered", PictureState.COVERED),
        ("still", PictureState.GOOD),
    ],
)
def test_a_recorded_picture_is_seen_as_what_it_is(show: Show, state: PictureState) -> None:
    recording = record(1_780_000_000_000, 1, show=show)
    figures = figures_of(recording.init + recording.segments[0].data)
    assert figures is not None
    assert judge_picture(figures, screen=False) is state


@pytest.mark.parametrize("data", [b"", b"\x00" * 64, record(1_780_000_000_000, 1).init])
def test_what_has_no_picture_is_not_judged(data: bytes) -> None:
    assert figures_of(data) is None
