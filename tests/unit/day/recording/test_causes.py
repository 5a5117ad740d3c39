"""From the lines of a recorder's logbook to the times in which it could not record, and why."""

from __future__ import annotations

from typing import Any

import pytest

from zhishi.day.recording.causes import SIDES, GapCause, LogEntry, Side, Trouble, troubles_of
from zhishi.day.recording.rules import TrackKind

UNTIL = 100_000
CAMERA, SCREEN = TrackKind.CAMERA, TrackKind.SCREEN


def line(at: int, kind: str, track: TrackKind | None = None, **detail: Any) -> LogEntry:
    return LogEntry(at, kind, track, detail)


def told(*lines: LogEntry, of: TrackKind = CAMERA) -> list[Trouble]:
    return troubles_of(lines, of, until_ms=UNTIL)


RUN = line(1000, "recorder_started")


@pytest.mark.parametrize(
    ("cause", "expected"),
    [
        ("ended", GapCause.DEVICE_LOST),
        ("absent", GapCause.DEVICE_LOST),
        ("mute", GapCause.DEVICE_MUTED),
        ("denied", GapCause.PERMISSION_LOST),
        ("frozen", GapCause.PICTURE_FROZEN),
        ("failed", GapCause.ENCODER_FAILED),
        ("something new", GapCause.UNKNOWN),
    ],
)
def test_a_lost_device_is_a_trouble_until_it_is_back(cause: str, expected: GapCause) -> None:
    lost, back = line(5000, "track_lost", CAMERA, cause=cause), line(9000, "track_restored", CAMERA)
    assert told(RUN, lost, back) == [Trouble(5000, 9000, expected)]


def test_a_device_that_never_comes_back_is_lost_until_now() -> None:
    assert told(RUN, line(5000, "track_lost", CAMERA, cause="ended")) == [Trouble(5000, UNTIL, GapCause.DEVICE_LOST)]


def test_a_new_epoch_ends_a_loss_as_well_as_a_word_of_it() -> None:
    lost = line(5000, "track_lost", CAMERA, cause="failed")
    assert told(RUN, lost, line(8000, "epoch_started", CAMERA)) == [Trouble(5000, 8000, GapCause.ENCODER_FAILED)]


def test_a_lost_microphone_stops_no_picture() -> None:
    assert told(RUN, line(5000, "track_lost", CAMERA, cause="ended", device="microphone")) == []


def test_the_loss_of_one_track_is_not_that_of_another() -> None:
    lines = (RUN, line(5000, "share_stopped", SCREEN), line(9000, "share_restored", SCREEN))
    assert told(*lines) == []
    assert told(*lines, of=SCREEN) == [Trouble(5000, 9000, GapCause.SHARE_STOPPED)]


def test_a_machine_that_slept_recorded_nothing_meanwhile() -> None:
    lines = (RUN, line(5000, "epoch_ended", CAMERA, why="asleep"), line(9000, "epoch_started", CAMERA))
    assert told(*lines) == [Trouble(5000, 9000, GapCause.ASLEEP)]


def test_a_page_that_said_goodbye_was_closed_until_each_track_began_again() -> None:
    lines = (
        RUN,
        line(5000, "page_closed"),
        line(7000, "recorder_started"),
        line(8000, "epoch_started", CAMERA),
        line(12_000, "epoch_started", SCREEN),
    )
    assert told(*lines) == [Trouble(5000, 8000, GapCause.PAGE_CLOSED)]
    assert told(*lines, of=SCREEN) == [Trouble(5000, 12_000, GapCause.PAGE_CLOSED)]


def test_a_page_that_came_back_without_a_goodbye_had_crashed() -> None:
    lines = (RUN, line(4000, "online"), line(9000, "recorder_started"), line(9500, "epoch_started", CAMERA))
    assert told(*lines) == [Trouble(4000, 9500, GapCause.CRASHED)]


def test_the_first_start_and_one_after_a_stop_are_no_crash() -> None:
    lines = (RUN, line(2000, "epoch_started", CAMERA), line(5000, "recorder_stopped"), line(9000, "recorder_started"))
    assert told(*lines, line(9500, "epoch_started", CAMERA)) == []


def test_the_order_in_which_pages_of_the_logbook_come_changes_nothing() -> None:
    lines = (RUN, line(5000, "track_lost", CAMERA, cause="mute"), line(9000, "track_restored", CAMERA))
    assert told(*reversed(lines)) == told(*lines)


def test_the_narrower_cause_explains_first() -> None:
    lines = (
        RUN,
        line(3000, "page_closed"),
        line(6000, "recorder_started"),
        line(6500, "track_lost", CAMERA, cause="ended"),
        line(9000, "epoch_started", CAMERA),
    )
    causes = [trouble.cause for trouble in told(*lines)]
    assert causes == [GapCause.DEVICE_LOST, GapCause.PAGE_CLOSED]


def test_every_cause_has_a_side_and_unknown_ones_are_never_the_candidates() -> None:
    assert set(SIDES) == set(GapCause)
    doubtful = (GapCause.UNKNOWN, GapCause.CRASHED, GapCause.NEVER_ARRIVED, GapCause.UNDECODABLE)
    assert all(SIDES[cause] is not Side.CANDIDATE for cause in doubtful)
