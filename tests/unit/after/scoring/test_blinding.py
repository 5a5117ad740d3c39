"""What of a recording examiners are given, and under which names."""

from __future__ import annotations

from itertools import pairwise

from tests.factories.media import record
from zhishi.after.scoring.blinding import blind, renumbered, without_dates
from zhishi.day.recording.media import check_init, check_segment
from zhishi.day.recording.queries import Playable
from zhishi.day.recording.rules import Piece

T0 = 1_770_000_000_000
KEY = b"k" * 32


def epoch(start_ms: int, *numbers: int) -> Playable:
    return Playable(start_ms, [Piece(number, start_ms + 2000 * number, 2000) for number in numbers])


def test_only_what_reaches_into_the_window_is_given() -> None:
    (found,) = blind([epoch(T0, 0, 1, 2, 3, 4)], (T0 + 2000, T0 + 6001), key=KEY, sheet_id="s")
    assert [piece.seq for piece in found.pieces] == [1, 2, 3]


def test_an_epoch_with_nothing_in_the_window_does_not_exist() -> None:
    found = blind([epoch(T0, 0), epoch(T0 + 9000, 0)], (T0 + 9000, T0 + 20_000), key=KEY, sheet_id="s")
    assert [one.epoch for one in found] == [T0 + 9000]


def test_shown_numbers_lead_back_to_their_own_segments_and_to_no_others() -> None:
    (found,) = blind([epoch(T0, 0, 1, 3, 4)], (T0 + 2000, T0 + 20_000), key=KEY, sheet_id="s")
    shown = [piece.seq for piece in found.shown.segments]
    assert [found.recorded(number) for number in shown] == [1, 3, 4]
    # 0 lies before the window, 2 is missing.
    assert [found.recorded(shown[0] - 1), found.recorded(shown[0] + 1), found.recorded(1)] == [None, None, None]
    assert [after - before for before, after in pairwise(shown)] == [2, 1]


def test_names_stay_when_more_arrives_and_differ_from_sheet_to_sheet() -> None:
    window = (T0, T0 + 20_000)
    (before,) = blind([epoch(T0, 2, 3)], window, key=KEY, sheet_id="one")
    (after,) = blind([epoch(T0, 0, 1, 2, 3)], window, key=KEY, sheet_id="one")
    (other,) = blind([epoch(T0, 0, 1, 2, 3)], window, key=KEY, sheet_id="other")
    assert (before.name, before.shift) == (after.name, after.shift)
    assert before.name != other.name
    assert before.shift != other.shift


def test_the_bytes_stay_whole_and_lose_their_dates_and_counts() -> None:
    recording = record(T0, 2)
    init, segment = recording.init, recording.segments[1].data
    blank, counted = without_dates(init), renumbered(segment, 41)
    check_init(blank)
    check_segment(counted)
    assert (len(blank), len(counted)) == (len(init), len(segment))
    at = counted.index(b"mfhd") + 8
    assert int.from_bytes(counted[at : at + 4]) == 42
    assert counted[at + 4 :] == segment[at + 4 :]
    place = blank.index(b"mvhd") + 8
    assert blank[place : place + 8] == bytes(8)
    assert blank[place + 8 : place + 12] == init[place + 8 : place + 12]
