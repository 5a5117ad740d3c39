"""Watching and downloading: playlists, parts, ranges."""

from __future__ import annotations

import re

import pytest
from httpx import AsyncClient

from tests.factories.day import API, Day
from tests.factories.media import decoded_frames


async def play(client: AsyncClient, address: str) -> tuple[str, bytes]:
    """A playlist, and all that it names laid end to end, as a player fetches it."""
    text = (await client.get(address)).text
    base = address.rpartition("/")[0]
    names = re.findall(r'(?:#EXT-X-MAP:URI="([^"]+)"|^([^#\s].*)$)', text, re.MULTILINE)
    parts = [await client.get(f"{base}/{init or segment}") for init, segment in names]
    assert {part.status_code for part in parts} <= {200}
    return text, b"".join(part.content for part in parts)


async def test_a_live_playlist_grows_and_ends_with_the_attempt(day: Day) -> None:
    candidate = await day.entered()
    recording = day.recording(4)
    address = f"{API}/tracks/{candidate.tracks['camera']}/playlist.m3u8"
    officer = day.staff("officer")
    await candidate.put_init(recording)
    for count, segment in enumerate(recording.segments, start=1):
        await candidate.put_segment(recording, segment)
        day.at(count * 2)
        text, media = await play(officer, address)
        assert text.count("#EXTINF") == count
        assert "#EXT-X-ENDLIST" not in text
        assert media == recording.init + b"".join(one.data for one in recording.segments[:count])
    await candidate.post("/attempt/end")
    text, media = await play(officer, address)
    assert text.count("#EXT-X-ENDLIST") == text.count("#EXT-X-PLAYLIST-TYPE:VOD") == 1
    assert media == recording.file
    assert decoded_frames(media) == recording.frames


async def test_a_gap_is_a_discontinuity_until_it_is_filled(day: Day) -> None:
    candidate = await day.entered()
    recording = day.recording(4)
    await candidate.upload(recording, skip=[1])
    address = f"{API}/tracks/{candidate.tracks['camera']}/playlist.m3u8"
    text, media = await play(day.staff("invigilator"), address)
    assert text.count("#EXT-X-DISCONTINUITY") == 1
    assert decoded_frames(media) == 60
    await candidate.put_segment(recording, recording.segments[1])
    text, media = await play(day.staff("invigilator"), address)
    assert "#EXT-X-DISCONTINUITY" not in text
    assert media == recording.file


async def test_two_starts_of_the_recorder_play_one_after_the_other(day: Day) -> None:
    candidate = await day.entered()
    first, second = day.recording(2), day.recording(2, seconds=30, shade=1)
    await candidate.upload(second)
    await candidate.upload(first)
    address = f"{API}/tracks/{candidate.tracks['camera']}/playlist.m3u8"
    text, media = await play(day.staff("support"), address)
    assert text.count("#EXT-X-DISCONTINUITY") == 1
    assert text.count("#EXT-X-MAP") == 2
    assert media == first.file + second.file


async def test_an_epoch_without_its_init_is_not_played_yet(day: Day) -> None:
    candidate = await day.entered()
    recording = day.recording(2)
    await candidate.put_segment(recording, recording.segments[0])
    officer, track = day.staff("officer"), f"{API}/tracks/{candidate.tracks['camera']}"
    assert "#EXTINF" not in (await officer.get(f"{track}/playlist.m3u8")).text
    for part in ("init", "recording.mp4"):
        assert (await officer.get(f"{track}/epochs/{recording.start_ms}/{part}")).status_code == 404
    await candidate.put_init(recording)
    assert "#EXTINF" in (await officer.get(f"{track}/playlist.m3u8")).text


@pytest.mark.parametrize("settled", [False, True])
async def test_a_download_can_be_had_in_ranges_before_and_after_settling(day: Day, settled: bool) -> None:
    candidate = await day.entered()
    recording = day.recording(4)
    await candidate.upload(recording)
    day.at(900)
    if settled:
        await day.reconcile()
    officer, file = day.staff("officer"), recording.file
    address, size = f"{API}/tracks/{candidate.tracks['camera']}/epochs/{recording.start_ms}/recording.mp4", len(file)
    whole = await officer.get(address)
    assert (whole.status_code, whole.content) == (200, file)
    assert whole.headers["content-length"] == str(size)
    assert whole.headers["accept-ranges"] == "bytes"
    assert whole.headers["content-disposition"] == f'attachment; filename="camera-{recording.start_ms}.mp4"'
    ranges = {
        "bytes=0-0": (0, 0),
        "bytes=0-": (0, size - 1),
        f"bytes={len(recording.init) - 1}-{len(recording.init)}": (len(recording.init) - 1, len(recording.init)),
        "bytes=1000-20000": (1000, 20_000),
        f"bytes={size - 1}-{size - 1}": (size - 1, size - 1),
        f"bytes=100-{size * 9}": (100, size - 1),
        "bytes=-500": (size - 500, size - 1),
        f"bytes=-{size * 9}": (0, size - 1),
    }
    for field, (first, last) in ranges.items():
        answer = await officer.get(address, headers={"Range": field})
        assert (answer.status_code, answer.content) == (206, file[first : last + 1]), field
        assert answer.headers["content-range"] == f"bytes {first}-{last}/{size}"
        assert answer.headers["content-length"] == str(last - first + 1)


async def test_a_range_that_cannot_be_had_is_refused(day: Day) -> None:
    candidate = await day.entered()
    recording = day.recording(2)
    await candidate.upload(recording)
    address = f"{API}/tracks/{candidate.tracks['camera']}/epochs/{recording.start_ms}/recording.mp4"
    size = len(recording.file)
    bad = ("bytes=-", f"bytes={size}-", "bytes=5-2", "bytes=-0", "bytes=0-1,5-6", "bytes=a-b", "items=0-1", "bytes=١-٢")
    for field in bad:
        answer = await day.staff("officer").get(address, headers={b"Range": field.encode()})
        assert (answer.status_code, answer.json()["error"]["code"]) == (416, "range_invalid"), field


async def test_what_was_never_recorded_is_not_found(day: Day) -> None:
    candidate = await day.entered()
    await candidate.upload(day.recording(2))
    officer, track = day.staff("officer"), f"{API}/tracks/{candidate.tracks['camera']}"
    epoch = day.recording(2).start_ms
    for path in (
        f"{API}/tracks/none/playlist.m3u8",
        f"{track}/epochs/1/init",
        f"{track}/epochs/1/recording.mp4",
        f"{track}/epochs/{epoch}/segments/2",
        f"{API}/tracks/none/epochs/{epoch}/segments/0",
    ):
        answer = await officer.get(path)
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found"), path


async def test_recordings_are_never_kept_by_shared_caches(day: Day) -> None:
    candidate = await day.entered()
    recording = day.recording(2)
    await candidate.upload(recording)
    officer, track = day.staff("officer"), f"{API}/tracks/{candidate.tracks['camera']}"
    for part in ("playlist.m3u8", f"epochs/{recording.start_ms}/init", f"epochs/{recording.start_ms}/recording.mp4"):
        field = (await officer.get(f"{track}/{part}")).headers["cache-control"]
        assert "public" not in field
        assert "private" in field or "no-store" in field
