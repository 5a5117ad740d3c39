"""What crosses HTTP about interruptions."""

from __future__ import annotations

from pydantic import BaseModel

from zhishi.day.interruptions.rules import What
from zhishi.day.recording.causes import Side
from zhishi.day.recording.rules import Device, TrackKind


class InterruptionView(BaseModel):
    """A row of the ledger; `rules` are those that speak of it, and are empty where no candidate is held to it."""

    from_ms: int
    to_ms: int | None
    what: What
    device: Device
    track: TrackKind | None
    cause: str
    side: Side
    rules: list[str]


class Ledger(BaseModel):
    """What interrupted the recording of an attempt, in order."""

    attempt_id: str
    time_zone: str
    interruptions: list[InterruptionView]
