"""Words of the console, and of reports for candidates, for what the server names: whatever it may say has words."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from zhishi.day.attempts.rules import ClientEvent, ServerEvent
from zhishi.day.interruptions.rules import Interruption, Unheard, What, of_connection, of_gaps, of_logbook
from zhishi.day.quality.rules import PictureState
from zhishi.day.recording.access import TrackNotYours, TrackUnknown
from zhishi.day.recording.actions import ClosureShrinks
from zhishi.day.recording.arrivals import DigestMismatch, HeaderInvalid, SegmentNotMedia, SegmentTooLarge
from zhishi.day.recording.causes import Gap, GapCause, LogEntry, Side
from zhishi.day.recording.ingest import SegmentConflict
from zhishi.day.recording.logbook import LogbookFull, LogbookInvalid
from zhishi.day.recording.rules import Device, TrackKind
from zhishi.day.rescue.packages import PackageAltered, PackageCutShort
from zhishi.day.rescue.rules import Outcome, Reporter
from zhishi.foundation.kernel.errors import Busy, StorageFull

FRONTEND = Path(__file__).resolve().parents[2] / "frontend"
# What may become of an item or a record of a package, and what may break its import off.
IMPORT_REFUSALS = (
    PackageAltered,
    PackageCutShort,
    HeaderInvalid,
    SegmentTooLarge,
    SegmentNotMedia,
    LogbookFull,
    LogbookInvalid,
    TrackNotYours,
    TrackUnknown,
    SegmentConflict,
    DigestMismatch,
    ClosureShrinks,
    StorageFull,
    Busy,
)


def recorder_states() -> list[str]:
    """What the recorder may call a picture, from its own list."""
    source = (FRONTEND / "shared" / "recorder" / "messages.ts").read_text()
    [listed] = re.findall(r"^export type PictureState = (.+)$", source, re.MULTILINE)
    return [state for state in re.findall(r"'(\w+)'", listed) if state != "good"]


LOGGED = (
    *(LogEntry(0, "picture_bad", TrackKind.CAMERA, {"what": state}) for state in recorder_states()),
    LogEntry(0, "sound_silent", TrackKind.CAMERA, {"lost": False}),
    LogEntry(0, "sound_silent", TrackKind.CAMERA, {"lost": True}),
    LogEntry(0, "sound_clipped", TrackKind.CAMERA, {}),
    LogEntry(0, "other", TrackKind.CAMERA, {"what": "sound_encoder_failed"}),
    LogEntry(0, "bitrate_lowered", None, {}),
    LogEntry(0, "spool_failed", None, {}),
    LogEntry(0, "clock_stepped", None, {}),
    LogEntry(0, "spool_quota_low", None, {}),
    LogEntry(0, "recorder_stalled", TrackKind.CAMERA, {}),
    LogEntry(0, "device_doubtful", TrackKind.CAMERA, {}),
)
LOSSES = ("ended", "absent", "mute", "denied", "frozen", "failed", "asleep")


@pytest.fixture(params=["zh-CN", "en"])
def locale(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


@pytest.fixture
def words(locale: str) -> dict[str, Any]:
    return _words("console", locale)


@pytest.fixture
def candidate_words(locale: str) -> dict[str, Any]:
    return _words("candidate", locale)


def _words(application: str, locale: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FRONTEND / application / "locales" / f"{locale}.json").read_text())
    return found


def test_every_event_has_words(words: dict[str, Any]) -> None:
    assert {*ClientEvent, *ServerEvent} - set(words["events"]["kinds"]) == set()


def test_every_state_of_a_picture_has_words(words: dict[str, Any]) -> None:
    assert set(PictureState) - set(words["events"]["states"]) == set()
    assert set(PictureState) - {PictureState.GOOD} - set(words["interruptions"]["causes"]["quality"]) == set()


def ledger_rows() -> list[Interruption]:
    """A row of every sort."""
    camera = TrackKind.CAMERA
    return [
        *of_gaps(camera, [Gap(0, 5000, cause) for cause in GapCause]),
        *(row for own in (True, False) for row in of_connection(camera, [Unheard((0, 120_000), own, ())])),
        *(row for entry in LOGGED for row in of_logbook([entry], device=Device.COMPUTER)),
        *(
            row
            for cause in (*LOSSES, None)
            for row in of_logbook(
                [LogEntry(0, "track_lost", camera, {"device": "microphone", "cause": cause})], device=Device.COMPUTER
            )
        ),
    ]


def test_every_row_of_the_ledger_has_words(words: dict[str, Any]) -> None:
    rows, said = ledger_rows(), words["interruptions"]
    assert {row.what for row in rows} == set(What)
    causes = {What.RECORDING: words["gap"], **said["causes"]}
    assert [(row.what, row.cause) for row in rows if row.cause not in causes[row.what]] == []
    assert {row.what for row in rows} - set(said["what"]) == set()
    assert {rule for row in rows for rule in row.rules} == set(said["rules"])
    assert set(said["sides"]) == set(Side)
    assert set(said["devices"]) == set(Device)


def test_every_row_of_the_ledger_has_words_for_the_candidate(candidate_words: dict[str, Any]) -> None:
    rows, said = ledger_rows(), candidate_words["ledger"]
    assert [(row.what, row.cause) for row in rows if row.cause not in said["cause"][row.what]] == []
    assert {row.what for row in rows} - set(said["what"]) == set()
    assert set(said["side"]) == set(Side)
    assert set(said["devices"]) == set(Device)


def test_everything_about_reports_and_packages_has_words(
    words: dict[str, Any], candidate_words: dict[str, Any]
) -> None:
    assert set(words["outcome"]) == set(words["closing"]["means"]) == set(Outcome)
    assert set(words["reports"]["by"]) == set(Reporter)
    # The candidate is told of the outcome in words of its own.
    assert set(candidate_words["report"]["outcome"]) == set(Outcome)
    assert {kind.code for kind in IMPORT_REFUSALS} | {"other"} == set(words["packages"]["why"])
