"""From the figures of a few frames to what may be wrong with a picture: pure.

That a picture stands still is not told here: an encoder saves the noise of a quiet room, by which a living picture is
known. The recorder, which sees the frames before, tells it.

Figures are luma from 0 to 255. The thresholds leave a person in front of a plain wall in the evening alone; what they
name is what no examiner could judge.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class PictureState(StrEnum):
    GOOD = "good"
    # Nothing at all: a lens cap, a switched-off camera, a driver that gives black frames.
    BLACK = "black"
    # Something is there, and nobody could recognise it.
    DARK = "dark"
    # Even from edge to edge: a hand, a sticker, a wall at no distance.
    COVERED = "covered"


@dataclass(frozen=True, slots=True)
class Figures:
    """The best of the frames of one segment: the 95th percentile of luma, and its spread (standard deviation)."""

    highlight: float
    spread: float


BLACK_HIGHLIGHT = 24.0
DARK_HIGHLIGHT = 50.0
COVERED_SPREAD = 6.0


def judge_picture(figures: Figures, *, screen: bool) -> PictureState:
    """What is wrong with a picture. A screen may be dark and even, but not black."""
    if figures.highlight < BLACK_HIGHLIGHT:
        return PictureState.BLACK
    if screen:
        return PictureState.GOOD
    if figures.highlight < DARK_HIGHLIGHT:
        return PictureState.DARK
    return PictureState.COVERED if figures.spread < COVERED_SPREAD else PictureState.GOOD
