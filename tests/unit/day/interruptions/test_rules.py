"""The ledger: what a rule gives is named only where the cause is the candidate's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from zhishi.day.interruptions.rules import (
    EDGE_MS,
    Interruption,
    Unheard,
    What,
    in_order,
    of_connection,
    of_gaps,
    of_logbook,
)
from zhishi.day.recording.causes import SIDES, Gap, GapCause, LogEntry, Side
from zhishi.day.recording.rules import Device, TrackKind
from zhishi.foundation.kernel.intervals import Interval

CAMERA = TrackKind.CAMERA


COMPUTER = Device.COMPUTER


def logged(*lines: LogEntry) -> list[Interruption]:
    return in_order(of_logbook(lines, device=COMPUTER))


def line(at: int, kind: str, track: TrackKind | None = CAMERA, **detail: Any) -> LogEntry:
    return LogEntry(at, kind, track, detail)


@pytest.mark.parametrize("cause", [cause for cause in GapCause if cause is not GapCause.STARTING])
def test_a_gap_names_rules_only_if_its_cause_is_the_candidates(cause: GapCause) -> None:
    [row] = of_gaps(CAMERA, [Gap(0, 5000, cause)])
    assert (row.from_ms, row.to_ms, row.cause, row.side) == (0, 5000, cause, SIDES[cause])
    assert row.rules == (("R8", "R10") if SIDES[cause] is Side.CANDIDATE else ())


def test_that_a_recorder_needs_a_moment_to_start_is_no_interruption() -> None:
    assert of_gaps(CAMERA, [Gap(0, 2000, GapCause.STARTING)]) == []


OFFLINE = (0, 120_000)
EVERY_TEN = list(range(0, 120_001, 10_000))


def connection(span: Interval, *, own: bool = False, others: Sequence[int] = ()) -> tuple[str, Side, tuple[str, ...]]:
    [row] = of_connection(CAMERA, [Unheard(span, own, others)])
    assert (row.from_ms, row.to_ms, row.what, row.device, row.track) == (*span, What.CONNECTION, COMPUTER, CAMERA)
    return row.cause, row.side, row.rules


def test_a_lost_connection_is_the_candidates_if_the_server_heard_others_all_the_time() -> None:
    assert connection(OFFLINE, others=EVERY_TEN) == ("offline", Side.CANDIDATE, ("R10",))


@pytest.mark.parametrize(
    "others",
    [
        [],
        # The server went away when everybody was still sending, and came back at the end.
        [0, 5000, 10_000],
        [0, 16_000, 119_000],
        # It was away for a while in the middle.
        [at for at in EVERY_TEN if not 40_000 < at < 70_000],
    ],
)
def test_a_time_in_which_the_server_may_have_been_away_itself_is_nobodys(others: list[int]) -> None:
    assert connection(OFFLINE, others=others) == ("offline", Side.UNKNOWN, ())


def test_who_was_heard_in_another_way_was_not_offline() -> None:
    assert connection(OFFLINE, own=True, others=EVERY_TEN) == ("unheard", Side.UNKNOWN, ())


def test_the_last_seconds_before_a_crash_are_no_lost_connection() -> None:
    assert connection((0, 2 * EDGE_MS), others=EVERY_TEN) == ("unheard", Side.UNKNOWN, ())


def test_a_microphone_that_is_lost_and_comes_back_is_a_time_without_sound() -> None:
    lost = line(1000, "track_lost", device="microphone", cause="ended")
    back = line(4000, "track_restored", device="microphone")
    assert logged(back, lost) == [
        Interruption(1000, 4000, What.SOUND, COMPUTER, CAMERA, "ended", Side.CANDIDATE, ("R10",)),
    ]


@pytest.mark.parametrize("kind", ["recorder_started", "recorder_stopped", "page_closed"])
def test_a_recorder_that_begins_anew_or_stops_ends_what_it_spoke_of(kind: str) -> None:
    lines = [
        line(1000, "track_lost", device="microphone", cause="ended"),
        line(1000, "picture_bad", what="dark"),
        line(5000, kind, None),
    ]
    assert {(row.from_ms, row.to_ms) for row in logged(*lines)} == {(1000, 5000)}


def test_what_was_still_so_at_the_end_ends_with_it() -> None:
    lost = line(1000, "track_lost", device="microphone", cause="ended")
    assert [row.to_ms for row in of_logbook([lost], device=COMPUTER, until_ms=9000)] == [9000]
    assert [row.to_ms for row in of_logbook([lost], device=COMPUTER)] == [None]


def test_a_recording_without_sound_is_never_silent_about_it() -> None:
    """No microphone from the start, the browser holds the sound back, the encoder gives up: nobody is blamed."""
    gone = [line(1000, "sound_silent", lost=True), line(6000, "sound_back")]
    failed = [line(2000, "other", what="sound_encoder_failed"), line(7000, "epoch_started")]
    assert [(row.from_ms, row.to_ms, row.what, row.cause, row.side, row.rules) for row in logged(*gone, *failed)] == [
        (1000, 6000, What.SOUND, "sound_gone", Side.UNKNOWN, ()),
        (2000, 7000, What.SOUND, "sound_encoder_failed", Side.UNKNOWN, ()),
    ]


def test_a_rate_that_is_raised_a_little_is_still_lowered() -> None:
    lines = [
        line(1000, "bitrate_lowered", None, share=0.35),
        line(2000, "bitrate_raised", None, share=0.6),
        line(3000, "bitrate_raised", None, share=1),
    ]
    assert [(row.from_ms, row.to_ms) for row in logged(*lines)] == [(1000, 3000)]


def test_a_disk_that_takes_things_again_ends_its_row() -> None:
    lines = [line(1000, "spool_failed", None), line(3000, "spool_mended", None)]
    assert [(row.from_ms, row.to_ms, row.cause) for row in logged(*lines)] == [(1000, 3000, "spool_failed")]


def test_a_lost_picture_is_no_row_of_the_logbook_since_it_is_a_gap() -> None:
    assert logged(*[line(1000, "track_lost", device="camera", cause="ended")]) == []


def test_what_never_ends_lasts() -> None:
    [row] = logged(*[line(1000, "picture_bad", what="dark")])
    assert (row.from_ms, row.to_ms, row.what, row.cause, row.side) == (1000, None, What.QUALITY, "dark", Side.UNKNOWN)


def test_a_picture_that_turns_from_one_trouble_to_another_is_two_rows() -> None:
    lines = [
        line(1000, "picture_bad", what="dark"),
        line(2000, "picture_bad", what="black"),
        line(5000, "picture_good"),
    ]
    assert [(row.from_ms, row.to_ms, row.cause) for row in logged(*lines)] == [
        (1000, 2000, "dark"),
        (2000, 5000, "black"),
    ]


def test_two_tracks_have_their_own_troubles() -> None:
    lines = [
        line(1000, "picture_bad", what="dark"),
        line(2000, "picture_bad", TrackKind.PHONE, what="covered"),
        line(3000, "picture_good"),
    ]
    found = {(row.track, row.to_ms) for row in logged(*lines)}
    assert found == {(CAMERA, 3000), (TrackKind.PHONE, None)}


def test_a_clock_that_was_set_is_a_moment_and_nobodys_fault() -> None:
    [row] = logged(*[line(1000, "clock_stepped", None, by_ms=3_600_000)])
    assert (row.from_ms, row.to_ms, row.what, row.rules) == (1000, 1000, What.DEVICE, ())


def test_the_ledger_is_in_the_order_of_time() -> None:
    rows = of_gaps(CAMERA, [Gap(5000, 6000, GapCause.UNKNOWN), Gap(1000, 2000, GapCause.CRASHED)])
    assert [row.from_ms for row in in_order(rows)] == [1000, 5000]


def test_dead_silence_is_a_row_unless_the_microphone_was_lost() -> None:
    lines = [
        line(1000, "sound_silent", lost=False),
        line(2000, "sound_back"),
        line(3000, "track_lost", device="microphone", cause="ended"),
        line(3000, "sound_silent", lost=True),
        line(4000, "sound_back"),
        line(4000, "track_restored", device="microphone"),
    ]
    found = [(row.from_ms, row.to_ms, row.what, row.cause) for row in logged(*lines)]
    assert found == [(1000, 2000, What.QUALITY, "sound_silent"), (3000, 4000, What.SOUND, "ended")]
