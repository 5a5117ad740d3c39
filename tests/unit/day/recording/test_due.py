"""Until when each track is due (F7.3, F4.4, F10.3)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from zhishi.day.recording.rules import COMPUTER_TRACKS, TrackKind, due_until

ENDS = datetime(2026, 5, 16, 6, 15, tzinfo=UTC)
PHONE_UNTIL = ENDS + timedelta(minutes=60)


def _due(
    kind: TrackKind, now: datetime, *, closed: datetime | None = None, ended: datetime | None = None
) -> tuple[datetime, bool]:
    return due_until(kind, closed_at=closed, ended_at=ended, phone_until=PHONE_UNTIL, now=now)


@pytest.mark.parametrize("kind", COMPUTER_TRACKS)
def test_camera_and_screen_are_due_until_the_attempt_ends(kind: TrackKind) -> None:
    before = ENDS - timedelta(minutes=3)
    assert _due(kind, before) == (before, False)
    assert _due(kind, ENDS + timedelta(hours=3), ended=ENDS) == (ENDS, True)


def test_the_phone_is_due_until_it_is_stopped_by_hand_also_after_the_end() -> None:
    now, stopped = ENDS + timedelta(minutes=5), ENDS + timedelta(minutes=4)
    assert _due(TrackKind.PHONE, now, ended=ENDS) == (now, False)
    assert _due(TrackKind.PHONE, now, ended=ENDS, closed=stopped) == (stopped, True)


def test_a_phone_that_nobody_stopped_within_its_time_was_due_until_the_end() -> None:
    last = PHONE_UNTIL - timedelta(milliseconds=1)
    assert _due(TrackKind.PHONE, last, ended=ENDS) == (last, False)
    assert _due(TrackKind.PHONE, PHONE_UNTIL, ended=ENDS) == (ENDS, True)
