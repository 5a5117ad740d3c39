"""From gaps and logbooks to a list that people can judge by: pure.

Software notes, people judge (law 7): a row names the rules that speak of such a thing, and only where the cause lies on
the candidate's side. What is the system's or unknown goes to an officer, and no rule is named.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from zhishi.day.recording.causes import SIDES, Gap, GapCause, LogEntry, Side
from zhishi.day.recording.rules import TrackKind
from zhishi.foundation.kernel.intervals import Interval


class What(StrEnum):
    """What was interrupted."""

    # Nothing was recorded, or it is not here.
    RECORDING = "recording"
    # The picture was recorded, without sound.
    SOUND = "sound"
    # Recorded, but the server heard of it late: the device was not connected (未见证).
    CONNECTION = "connection"
    # Recorded, but the picture or the sound was not as it should be.
    QUALITY = "quality"
    # Something else that the recorder wrote down: the clock, the disk, the bit rate.
    DEVICE = "device"


@dataclass(frozen=True, slots=True)
class Interruption:
    """A row of the ledger. `track` is None where it is about a whole device; `to_ms` is None while it lasts."""

    from_ms: int
    to_ms: int | None
    what: What
    track: TrackKind | None
    cause: str
    side: Side
    rules: tuple[str, ...]


# R8: a recording broken off without cause is at the candidate's risk. R10: no extension, no second sitting.
_BROKEN_OFF = ("R8", "R10")
_NO_EXTENSION = ("R10",)


def _named(side: Side, rules: tuple[str, ...]) -> tuple[str, ...]:
    return rules if side is Side.CANDIDATE else ()


def of_gaps(kind: TrackKind, gaps: Iterable[Gap]) -> list[Interruption]:
    """A row for each gap but the moment in which a recorder starts."""
    return [
        Interruption(
            gap.from_ms,
            gap.to_ms,
            What.RECORDING,
            kind,
            gap.cause,
            SIDES[gap.cause],
            _named(SIDES[gap.cause], _BROKEN_OFF),
        )
        for gap in gaps
        if gap.cause is not GapCause.STARTING
    ]


def of_connection(kind: TrackKind, unheard: Iterable[Interval], others_heard: Sequence[int]) -> list[Interruption]:
    """Times that were recorded and of which the server heard late.

    `others_heard` are moments at which it heard of other candidates: if there is one in such a time the server was
    there, and the connection was the candidate's. If nobody else was there to be heard, nobody knows.
    """
    rows = []
    for low, high in unheard:
        side = Side.CANDIDATE if any(low <= moment <= high for moment in others_heard) else Side.UNKNOWN
        rows.append(Interruption(low, high, What.CONNECTION, kind, "offline", side, _named(side, _NO_EXTENSION)))
    return rows


# Lines that begin something, what ends it, and what it is.
_SPANS = {
    "picture_bad": ("picture_good", What.QUALITY),
    "sound_clipped": ("sound_clear", What.QUALITY),
    "sound_silent": ("sound_back", What.QUALITY),
    "bitrate_lowered": ("bitrate_raised", What.DEVICE),
    "spool_failed": ("spool_mended", What.DEVICE),
}
_MOMENTS = ("clock_stepped", "spool_quota_low", "recorder_stalled", "device_doubtful")


def of_logbook(entries: Iterable[LogEntry]) -> list[Interruption]:
    """What a device wrote down beside its losses of picture, which are gaps."""
    rows: list[Interruption] = []
    open_rows: dict[tuple[str, TrackKind | None], LogEntry] = {}
    for entry in sorted(entries, key=lambda one: one.at_ms):
        if entry.kind in ("track_lost", "track_restored") and entry.detail.get("device") == "microphone":
            _switch(rows, open_rows, entry, begins="track_lost", what=What.SOUND)
        # A microphone that is lost has its row already.
        lost = entry.kind == "sound_silent" and entry.detail.get("lost") is True
        for begins, (ends, what) in _SPANS.items():
            if entry.kind in (begins, ends) and not lost:
                _switch(rows, open_rows, entry, begins=begins, what=what)
        if entry.kind in _MOMENTS:
            rows.append(_row(entry, entry.at_ms, What.DEVICE))
    for (begins, _), entry in open_rows.items():
        what = What.SOUND if begins == "track_lost" else _SPANS[begins][1]
        rows.append(_row(entry, None, what))
    return rows


def _switch(
    rows: list[Interruption],
    open_rows: dict[tuple[str, TrackKind | None], LogEntry],
    entry: LogEntry,
    *,
    begins: str,
    what: What,
) -> None:
    """Close what is open of its kind, and open what begins."""
    key = (begins, entry.track)
    since = open_rows.pop(key, None)
    if since is not None:
        rows.append(_row(since, entry.at_ms, what))
    if entry.kind == begins:
        open_rows[key] = entry


def _row(entry: LogEntry, to_ms: int | None, what: What) -> Interruption:
    cause = entry.detail.get("what") or entry.detail.get("cause")
    named = str(cause) if what in (What.SOUND, What.QUALITY) and cause else entry.kind
    side = Side.CANDIDATE if what is What.SOUND else Side.UNKNOWN
    return Interruption(entry.at_ms, to_ms, what, entry.track, named, side, _named(side, _NO_EXTENSION))


def in_order(rows: Iterable[Interruption]) -> list[Interruption]:
    """By their beginnings; what began together as it is listed in `What`, then camera, phone, screen."""
    order = list(What)
    return sorted(rows, key=lambda row: (row.from_ms, order.index(row.what), row.track or "", row.cause))
