"""What recordings are made of, until when they are due, and the verdict on them (D6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from zhishi.foundation.kernel.intervals import Interval, union


class TrackKind(StrEnum):
    CAMERA = "camera"
    SCREEN = "screen"
    PHONE = "phone"


# What the candidate's computer records; the phone records the other one.
COMPUTER_TRACKS = (TrackKind.CAMERA, TrackKind.SCREEN)


class Device(StrEnum):
    """What a recorder runs on. Each keeps a logbook of its own."""

    COMPUTER = "computer"
    PHONE = "phone"


def device_of(kind: TrackKind) -> Device:
    """Which device records a track."""
    return Device.PHONE if kind is TrackKind.PHONE else Device.COMPUTER


def due_until(
    kind: TrackKind, *, closed_at: datetime | None, ended_at: datetime | None, phone_until: datetime, now: datetime
) -> tuple[datetime, bool]:
    """Until when a track is due as of now, and whether that is final.

    Camera and screen: until the attempt's end. The phone goes on until it is stopped by hand (F4.4, F10.3); one that
    nobody stopped within its time was due until the end.
    """
    if kind is not TrackKind.PHONE:
        return ended_at or now, ended_at is not None
    if closed_at is not None:
        return closed_at, True
    if ended_at is not None and now >= phone_until:
        return ended_at, True
    return now, False


class CloseReason(StrEnum):
    """Why a recorder's epoch ended, in its own words."""

    ENDED = "ended"
    REPLACED = "replaced"
    DEVICE_LOST = "device_lost"
    FROZEN = "frozen"
    CRASHED = "crashed"
    PAGE_CLOSED = "page_closed"


# Frame times are rounded to ms at segment borders; a frame at 15 per second lasts 67 ms: smaller spaces are no loss.
TOLERANCE_MS = 100
# From entry to the first frame a recorder needs its encoders; measured 0.4-1.5 s on small machines.
STARTING_MS = 4000
# The newest segment is cut, spooled and sent before it can be held: about 2 s each.
LIVE_EDGE_MS = 10_000
# First heard of within this time of its end, a segment is witnessed (见证). A heartbeat every 4 s, and one lost.
WITNESS_MS = 15_000
# The page's estimate of the server's time may run ahead by this; what is heard of sooner was not recorded then.
WITNESS_AHEAD_MS = 1000

# Eleven hours of segments of two seconds.
SEQ_MAX = 20_000
EPOCH_AT_MOST_MS = 12 * 3_600_000
SEGMENT_DURATION_MAX_MS = 60_000


class Verdict(StrEnum):
    """How it stands with a track. Computed from what is held, never stored."""

    RECORDING = "recording"
    UPLOADING = "uploading"
    # Everything recorded is here, durable and with its digest; it is being read once more.
    HELD = "held"
    # Read back from the store: every byte is as it was acknowledged.
    COMPLETE = "complete"
    # The time for uploads is over and something recorded has not come, or was lost.
    INCOMPLETE = "incomplete"


# Nothing more of such a track has to come: the candidate may go.
ARRIVED = frozenset({Verdict.HELD, Verdict.COMPLETE})

# From which verdict to which others a new fact may lead. A recording may be found larger or damaged at any time, and a
# phone's is due again when another is bound; but what was due until the end is never due again, and once the time is
# over nothing is uploading any more.
VERDICT_MOVES: Mapping[Verdict, frozenset[Verdict]] = {
    Verdict.RECORDING: frozenset(Verdict),
    Verdict.UPLOADING: frozenset(Verdict),
    Verdict.HELD: frozenset(Verdict),
    Verdict.COMPLETE: frozenset(Verdict),
    Verdict.INCOMPLETE: frozenset({Verdict.INCOMPLETE, Verdict.HELD, Verdict.COMPLETE}),
}


def judge(wholes: Sequence[bool], checked: Sequence[bool], *, over: bool, may_still_come: bool) -> Verdict:
    """The verdict on a track.

    `wholes` and `checked` say of each of its epochs whether everything recorded is held, and whether that was read
    back from the store. `may_still_come` is false once the time for uploads is over.
    """
    if not over:
        return Verdict.RECORDING
    if wholes and all(wholes):
        return Verdict.COMPLETE if all(checked) else Verdict.HELD
    return Verdict.UPLOADING if may_still_come else Verdict.INCOMPLETE


@dataclass(frozen=True, slots=True)
class Piece:
    """A segment that is held or was heard of: its number and time."""

    seq: int
    start_ms: int
    duration_ms: int

    @property
    def interval(self) -> Interval:
        return self.start_ms, self.start_ms + self.duration_ms


def witnessed(pieces: Sequence[tuple[Piece, int]]) -> list[Interval]:
    """The held times of which the server heard in time (见证); pairs of (piece, heard_ms)."""
    return union(
        (
            piece.interval
            for piece, heard_ms in pieces
            if -WITNESS_AHEAD_MS <= heard_ms - piece.interval[1] <= WITNESS_MS
        ),
        tolerance=TOLERANCE_MS,
    )
