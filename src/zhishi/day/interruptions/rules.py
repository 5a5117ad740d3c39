"""From gaps and logbooks to a list that people can judge by: pure.

Software notes, people judge (law 7): a row names the rules that speak of such a thing, and only where the cause lies on
the candidate's side. What is the system's or unknown goes to an officer, and no rule is named.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from zhishi.day.recording.causes import BY_LOSS, SIDES, Gap, GapCause, LogEntry, Side
from zhishi.day.recording.rules import Device, TrackKind, device_of
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
    device: Device
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
            device_of(kind),
            kind,
            gap.cause,
            SIDES[gap.cause],
            _named(SIDES[gap.cause], _BROKEN_OFF),
        )
        for gap in gaps
        if gap.cause is not GapCause.STARTING
    ]


# A heartbeat every 4 s, one lost, and one on its way: at the edges of such a time nothing can be told.
EDGE_MS = 15_000


@dataclass(frozen=True, slots=True)
class Unheard:
    """A time that was recorded and of which the server did not hear when it was recorded.

    `own_heard` says whether anything of this device came within it, `others_heard` are moments at which something of
    other candidates came, both without its edges.
    """

    span: Interval
    own_heard: bool
    others_heard: Sequence[int]


def inner_of(span: Interval) -> Interval | None:
    """A time without its edges, or None if nothing is left of it."""
    inner = span[0] + EDGE_MS, span[1] - EDGE_MS
    return inner if inner[0] < inner[1] else None


def of_connection(kind: TrackKind, times: Iterable[Unheard]) -> list[Interruption]:
    """A row for each time of which the server heard late.

    The connection was the candidate's own where nothing of theirs came and others were heard throughout, in every
    quarter of a minute: then the server was there all the time. In every other case nobody knows.
    """
    rows = []
    for one in times:
        inner = inner_of(one.span)
        away = inner is not None and not one.own_heard
        theirs = away and inner is not None and _throughout(inner, one.others_heard)
        side = Side.CANDIDATE if theirs else Side.UNKNOWN
        cause = "offline" if away else "unheard"
        rules = _named(side, _NO_EXTENSION)
        rows.append(Interruption(*one.span, What.CONNECTION, device_of(kind), kind, cause, side, rules))
    return rows


def _throughout(span: Interval, moments: Sequence[int]) -> bool:
    """Whether moments lie so densely in a time that no longer silence than an edge is left."""
    marks = [span[0], *sorted(moment for moment in moments if span[0] <= moment <= span[1]), span[1]]
    return len(marks) > 2 and all(after - before <= EDGE_MS for before, after in pairwise(marks))


@dataclass(frozen=True, slots=True)
class _Span:
    """What a line begins, and which lines end it."""

    what: What
    ends: frozenset[str]


_SPANS: Mapping[str, _Span] = {
    "microphone_lost": _Span(What.SOUND, frozenset({"microphone_restored"})),
    "sound_gone": _Span(What.SOUND, frozenset({"sound_back"})),
    "sound_encoder_failed": _Span(What.SOUND, frozenset({"epoch_started"})),
    "sound_silent": _Span(What.QUALITY, frozenset({"sound_back"})),
    "sound_clipped": _Span(What.QUALITY, frozenset({"sound_clear"})),
    "picture_bad": _Span(What.QUALITY, frozenset({"picture_good"})),
    "bitrate_lowered": _Span(What.DEVICE, frozenset({"bitrate_restored"})),
    "spool_failed": _Span(What.DEVICE, frozenset({"spool_mended"})),
}
_MOMENTS = ("clock_stepped", "spool_quota_low", "recorder_stalled", "device_doubtful")
# A recorder that begins or stops says nothing any more of what went before.
_ENDS_ALL = ("recorder_started", "recorder_stopped", "page_closed")

_Key = tuple[str, TrackKind | None]


def of_logbook(entries: Iterable[LogEntry], *, device: Device, until_ms: int | None = None) -> list[Interruption]:
    """What a device wrote down beside its losses of picture, which are gaps.

    What still lasts ends with `until_ms`, when nothing more was due; None while something is.
    """
    rows: list[Interruption] = []
    running: dict[_Key, LogEntry] = {}
    for entry in sorted(entries, key=lambda one: one.at_ms):
        name = _name(entry)
        for key in [key for key in running if _ended_by(key, name, entry)]:
            rows.append(_row(device, key[0], running.pop(key), entry.at_ms))
        # A microphone that is lost is silent: that is no row of its own.
        if name in _SPANS and not (name == "sound_gone" and ("microphone_lost", entry.track) in running):
            running[name, entry.track] = entry
        if name in _MOMENTS:
            rows.append(_row(device, name, entry, entry.at_ms))
    for (name, _), entry in running.items():
        rows.append(_row(device, name, entry, None if until_ms is None else max(entry.at_ms, until_ms)))
    return rows


def _name(entry: LogEntry) -> str:
    """What a line says, where its kind alone does not tell."""
    detail = entry.detail
    if entry.kind in ("track_lost", "track_restored") and detail.get("device") == "microphone":
        return "microphone_lost" if entry.kind == "track_lost" else "microphone_restored"
    if entry.kind == "sound_silent" and detail.get("lost") is True:
        return "sound_gone"
    if entry.kind == "bitrate_raised" and detail.get("share", 1) == 1:
        return "bitrate_restored"
    return str(detail.get("what")) if entry.kind == "other" else entry.kind


def _ended_by(key: _Key, name: str, entry: LogEntry) -> bool:
    if name in _ENDS_ALL:
        return True
    begun, track = key
    return track is entry.track and (name == begun or name in _SPANS[begun].ends)


def _row(device: Device, name: str, entry: LogEntry, to_ms: int | None) -> Interruption:
    what = _SPANS[name].what if name in _SPANS else What.DEVICE
    if name == "microphone_lost":
        loss = entry.detail.get("cause")
        side = SIDES[BY_LOSS.get(loss, GapCause.UNKNOWN)]
        cause = str(loss) if loss in BY_LOSS else name
    else:
        side = Side.UNKNOWN
        cause = str(entry.detail.get("what") or name) if name == "picture_bad" else name
    return Interruption(entry.at_ms, to_ms, what, device, entry.track, cause, side, _named(side, _NO_EXTENSION))


def in_order(rows: Iterable[Interruption]) -> list[Interruption]:
    """By their beginnings; what began together as it is listed in `What`, then camera, phone, screen."""
    order = list(What)
    return sorted(rows, key=lambda row: (row.from_ms, order.index(row.what), row.track or "", row.cause))
