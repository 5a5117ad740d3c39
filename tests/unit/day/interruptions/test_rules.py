"""The ledger: what a rule gives is named only where the cause is the candidate's."""

from __future__ import annotations

from typing import Any

import pytest

from zhishi.day.interruptions.rules import Interruption, What, in_order, of_connection, of_gaps, of_logbook
from zhishi.day.recording.causes import SIDES, Gap, GapCause, LogEntry, Side
from zhishi.day.recording.rules import TrackKind

CAMERA = TrackKind.CAMERA


def line(at: int, kind: str, track: TrackKind | None = CAMERA, **detail: Any) -> LogEntry:
    return LogEntry(at, kind, track, detail)


@pytest.mark.parametrize("cause", [cause for cause in GapCause if cause is not GapCause.STARTING])
def test_a_gap_names_rules_only_if_its_cause_is_the_candidates(cause: GapCause) -> None:
    [row] = of_gaps(CAMERA, [Gap(0, 5000, cause)])
    assert (row.from_ms, row.to_ms, row.cause, row.side) == (0, 5000, cause, SIDES[cause])
    assert row.rules == (("R8", "R10") if SIDES[cause] is Side.CANDIDATE else ())


def test_that_a_recorder_needs_a_moment_to_start_is_no_interruption() -> None:
    assert of_gaps(CAMERA, [Gap(0, 2000, GapCause.STARTING)]) == []


@pytest.mark.parametrize(
    ("others", "side", "rules"),
    [([], Side.UNKNOWN, ()), ([999, 5001], Side.UNKNOWN, ()), ([3000], Side.CANDIDATE, ("R10",))],
)
def test_a_lost_connection_is_the_candidates_only_if_the_server_heard_others_meanwhile(
    others: list[int], side: Side, rules: tuple[str, ...]
) -> None:
    [row] = of_connection(CAMERA, [(1000, 5000)], others)
    assert row == Interruption(1000, 5000, What.CONNECTION, CAMERA, "offline", side, rules)


def test_a_microphone_that_is_lost_and_comes_back_is_a_time_without_sound() -> None:
    lost = line(1000, "track_lost", device="microphone", cause="ended")
    back = line(4000, "track_restored", device="microphone")
    assert of_logbook([back, lost]) == [
        Interruption(1000, 4000, What.SOUND, CAMERA, "ended", Side.CANDIDATE, ("R10",)),
    ]


def test_a_lost_picture_is_no_row_of_the_logbook_since_it_is_a_gap() -> None:
    assert of_logbook([line(1000, "track_lost", device="camera", cause="ended")]) == []


def test_what_never_ends_lasts() -> None:
    [row] = of_logbook([line(1000, "picture_bad", what="dark")])
    assert (row.from_ms, row.to_ms, row.what, row.cause, row.side) == (1000, None, What.QUALITY, "dark", Side.UNKNOWN)


def test_a_picture_that_turns_from_one_trouble_to_another_is_two_rows() -> None:
    lines = [
        line(1000, "picture_bad", what="dark"),
        line(2000, "picture_bad", what="black"),
        line(5000, "picture_good"),
    ]
    assert [(row.from_ms, row.to_ms, row.cause) for row in of_logbook(lines)] == [
        (1000, 2000, "dark"),
        (2000, 5000, "black"),
    ]


def test_two_tracks_have_their_own_troubles() -> None:
    lines = [
        line(1000, "picture_bad", what="dark"),
        line(2000, "picture_bad", TrackKind.PHONE, what="covered"),
        line(3000, "picture_good"),
    ]
    found = {(row.track, row.to_ms) for row in of_logbook(lines)}
    assert found == {(CAMERA, 3000), (TrackKind.PHONE, None)}


def test_a_clock_that_was_set_is_a_moment_and_nobodys_fault() -> None:
    [row] = of_logbook([line(1000, "clock_stepped", None, by_ms=3_600_000)])
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
    found = [(row.from_ms, row.to_ms, row.what, row.cause) for row in of_logbook(lines)]
    assert found == [(1000, 2000, What.QUALITY, "sound_silent"), (3000, 4000, What.SOUND, "ended")]
