"""Playlists over segments as they were recorded."""

from __future__ import annotations

from zhishi.day.recording.playlists import playlist
from zhishi.day.recording.queries import Playable
from zhishi.day.recording.rules import Piece

T0 = 1_778_911_200_000


def pieces(*numbers: int, start: int = T0) -> list[Piece]:
    return [Piece(n, start + n * 2000, 2000) for n in numbers]


def test_a_live_playlist_has_no_end_and_every_segment_its_time() -> None:
    text = playlist([Playable(T0, pieces(0, 1))], over=False)
    assert text.splitlines() == [
        "#EXTM3U",
        "#EXT-X-VERSION:7",
        "#EXT-X-TARGETDURATION:2",
        "#EXT-X-MEDIA-SEQUENCE:0",
        "#EXT-X-INDEPENDENT-SEGMENTS",
        f'#EXT-X-MAP:URI="epochs/{T0}/init"',
        "#EXT-X-PROGRAM-DATE-TIME:2026-05-16T06:00:00.000Z",
        "#EXTINF:2.000,",
        f"epochs/{T0}/segments/0",
        "#EXT-X-PROGRAM-DATE-TIME:2026-05-16T06:00:02.000Z",
        "#EXTINF:2.000,",
        f"epochs/{T0}/segments/1",
    ]


def test_afterwards_it_is_a_recording_with_an_end() -> None:
    lines = playlist([Playable(T0, pieces(0))], over=True).splitlines()
    assert lines.count("#EXT-X-PLAYLIST-TYPE:VOD") == 1
    assert lines[-1] == "#EXT-X-ENDLIST"


def test_a_missing_number_is_a_discontinuity_and_is_not_listed() -> None:
    lines = playlist([Playable(T0, pieces(0, 1, 3))], over=True).splitlines()
    at = lines.index("#EXT-X-DISCONTINUITY")
    assert lines.count("#EXT-X-DISCONTINUITY") == 1
    assert lines[at + 1] == "#EXT-X-PROGRAM-DATE-TIME:2026-05-16T06:00:06.000Z"
    assert lines[at + 3] == f"epochs/{T0}/segments/3"


def test_a_new_start_of_the_recorder_is_a_discontinuity_with_its_own_init() -> None:
    later = T0 + 60_000
    lines = playlist([Playable(T0, pieces(0)), Playable(later, pieces(0, start=later))], over=True).splitlines()
    at = lines.index("#EXT-X-DISCONTINUITY")
    assert lines.count("#EXT-X-DISCONTINUITY") == 1
    assert lines[at + 1] == f'#EXT-X-MAP:URI="epochs/{later}/init"'
    assert lines.index(f'#EXT-X-MAP:URI="epochs/{T0}/init"') < at


def test_the_target_duration_is_never_shorter_than_a_segment() -> None:
    shown = playlist([Playable(T0, [Piece(0, T0, 2001), Piece(1, T0 + 2001, 4000)])], over=True)
    assert "#EXT-X-TARGETDURATION:4" in shown.splitlines()
    shown = playlist([Playable(T0, [Piece(0, T0, 2001)])], over=True)
    assert "#EXT-X-TARGETDURATION:3" in shown.splitlines()


def test_a_segment_of_no_length_cannot_be_played() -> None:
    shown = playlist([Playable(T0, [Piece(0, T0, 0), Piece(1, T0, 2000)])], over=True)
    assert [line for line in shown.splitlines() if "/segments/" in line] == [f"epochs/{T0}/segments/1"]


def test_a_track_without_anything_is_an_empty_playlist() -> None:
    assert playlist([], over=False).splitlines() == [
        "#EXTM3U",
        "#EXT-X-VERSION:7",
        "#EXT-X-TARGETDURATION:2",
        "#EXT-X-MEDIA-SEQUENCE:0",
        "#EXT-X-INDEPENDENT-SEGMENTS",
    ]
