"""What decodes, and which of a file's segments do not: whatever the file holds, it is told and nothing breaks."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.factories.media import Recording, record, without_samples
from zhishi.day.recording.inspection import Inspection, inspect_recording

START = 1_778_911_200_000


def inspect(folder: Path, recording: Recording, parts: list[bytes]) -> Inspection:
    """A file of these parts behind the init."""
    starts, data = [], recording.init
    for part in parts:
        starts.append(len(data))
        data += part
    path = folder / "recording.mp4"
    path.write_bytes(data)
    return inspect_recording((str(path), starts))


@pytest.fixture
def recording() -> Recording:
    return record(START, 4)


def test_a_whole_recording_shows_every_picture(tmp_path: Path, recording: Recording) -> None:
    found = inspect(tmp_path, recording, [one.data for one in recording.segments])
    assert (found.frames, found.problem, found.undecodable) == (recording.frames, None, ())
    assert found.audio_frames > 0


def test_a_segment_without_a_picture_is_named(tmp_path: Path, recording: Recording) -> None:
    parts = [one.data for one in recording.segments]
    parts[2] = without_samples(parts[2])
    assert inspect(tmp_path, recording, parts).undecodable == (2,)


def test_noise_instead_of_a_picture_is_named(tmp_path: Path, recording: Recording) -> None:
    parts = [one.data for one in recording.segments]
    at = parts[1].index(b"mdat") + 4
    parts[1] = parts[1][:at] + bytes((n * 73 + 41) % 256 for n in range(len(parts[1]) - at))
    found = inspect(tmp_path, recording, parts)
    assert 1 in found.undecodable
    assert {0, 3}.isdisjoint(found.undecodable)
    assert found.problem is not None


@pytest.mark.parametrize("init", [b"", b"\x00" * 64, (16).to_bytes(4, "big") + b"moov" + b"\x00\x00\x00\x08trak"])
def test_a_file_that_cannot_be_read_shows_nothing(tmp_path: Path, recording: Recording, init: bytes) -> None:
    broken = Recording(recording.start_ms, init, recording.segments)
    found = inspect(tmp_path, broken, [one.data for one in recording.segments])
    assert (found.frames, found.undecodable) == (0, (0, 1, 2, 3))
    assert found.problem is not None
