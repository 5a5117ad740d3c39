"""Why a piece of a recording is missing, and on whose side the cause lies: pure (D6, R6, R8).

A recorder writes its own logbook, so that causes are known and not guessed. Where it says nothing the way an epoch was
closed tells something; where nothing tells anything the cause is unknown, and nobody is held to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from zhishi.day.recording.rules import TOLERANCE_MS, CloseReason, TrackKind
from zhishi.foundation.kernel.intervals import Interval, clip, subtract


class GapCause(StrEnum):
    """Why a piece of the due time is not held."""

    # The recorder was still starting after entry.
    STARTING = "starting"
    # Known of by its number or by a heartbeat, or at the live edge: it can still come.
    NOT_YET_ARRIVED = "not_yet_arrived"
    # The same, when the time for uploads is over.
    NEVER_ARRIVED = "never_arrived"
    # Held once and acknowledged, then damaged or gone in the server's store; the device is asked for it again.
    LOST_IN_STORE = "lost_in_store"
    # Held, byte by byte as it was recorded, but it does not decode.
    UNDECODABLE = "undecodable"
    DEVICE_LOST = "device_lost"
    DEVICE_MUTED = "device_muted"
    PERMISSION_LOST = "permission_lost"
    SHARE_STOPPED = "share_stopped"
    PICTURE_FROZEN = "picture_frozen"
    ENCODER_FAILED = "encoder_failed"
    ASLEEP = "asleep"
    PAGE_CLOSED = "page_closed"
    CRASHED = "crashed"
    # The recorder began anew: another device, another shape of the picture, a corrected clock.
    RESTARTED = "restarted"
    UNKNOWN = "unknown"


class Side(StrEnum):
    """Whose side a cause lies on. R6 and R8 are about the candidate's alone; the others go to an officer."""

    CANDIDATE = "candidate"
    SYSTEM = "system"
    UNKNOWN = "unknown"


# A crash, a frozen picture or a failed encoder may be the browser's fault or ours as well as the machine's.
SIDES: Mapping[GapCause, Side] = {
    GapCause.STARTING: Side.SYSTEM,
    GapCause.NOT_YET_ARRIVED: Side.UNKNOWN,
    GapCause.NEVER_ARRIVED: Side.UNKNOWN,
    GapCause.LOST_IN_STORE: Side.SYSTEM,
    GapCause.UNDECODABLE: Side.UNKNOWN,
    GapCause.DEVICE_LOST: Side.CANDIDATE,
    GapCause.DEVICE_MUTED: Side.CANDIDATE,
    GapCause.PERMISSION_LOST: Side.CANDIDATE,
    GapCause.SHARE_STOPPED: Side.CANDIDATE,
    GapCause.PICTURE_FROZEN: Side.UNKNOWN,
    GapCause.ENCODER_FAILED: Side.UNKNOWN,
    GapCause.ASLEEP: Side.CANDIDATE,
    GapCause.PAGE_CLOSED: Side.CANDIDATE,
    GapCause.CRASHED: Side.UNKNOWN,
    GapCause.RESTARTED: Side.SYSTEM,
    GapCause.UNKNOWN: Side.UNKNOWN,
}

_BY_CLOSURE: Mapping[CloseReason, GapCause] = {
    CloseReason.REPLACED: GapCause.RESTARTED,
    CloseReason.DEVICE_LOST: GapCause.DEVICE_LOST,
    CloseReason.FROZEN: GapCause.PICTURE_FROZEN,
    CloseReason.CRASHED: GapCause.CRASHED,
    CloseReason.PAGE_CLOSED: GapCause.PAGE_CLOSED,
}

# What happened is written down after the last frame: a frozen picture is noticed after three seconds.
REACTION_MS = 4000


class LogKind(StrEnum):
    """What a recorder writes into its logbook, as far as causes are read from it. Other lines are kept and shown."""

    RECORDER_STARTED = "recorder_started"
    RECORDER_STOPPED = "recorder_stopped"
    EPOCH_STARTED = "epoch_started"
    EPOCH_ENDED = "epoch_ended"
    TRACK_LOST = "track_lost"
    TRACK_RESTORED = "track_restored"
    SHARE_STOPPED = "share_stopped"
    SHARE_RESTORED = "share_restored"
    PAGE_HIDDEN = "page_hidden"
    PAGE_SHOWN = "page_shown"
    PAGE_CLOSED = "page_closed"
    OFFLINE = "offline"
    ONLINE = "online"


@dataclass(frozen=True, slots=True)
class LogEntry:
    """A line of a recorder's logbook: server time, and the track that it is about, if it is about one."""

    at_ms: int
    kind: str
    track: TrackKind | None
    detail: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Trouble:
    """A time in which a track could not be recorded, by its recorder's word."""

    from_ms: int
    to_ms: int
    cause: GapCause


# What a lost device is put down to, by its recorder's word.
BY_LOSS: Mapping[object, GapCause] = {
    "ended": GapCause.DEVICE_LOST,
    "absent": GapCause.DEVICE_LOST,
    "mute": GapCause.DEVICE_MUTED,
    "denied": GapCause.PERMISSION_LOST,
    "frozen": GapCause.PICTURE_FROZEN,
    "failed": GapCause.ENCODER_FAILED,
    "asleep": GapCause.ASLEEP,
}
# The narrower cause explains a time that two troubles share.
_BROAD = (GapCause.PAGE_CLOSED, GapCause.CRASHED)


def troubles_of(entries: Iterable[LogEntry], kind: TrackKind, *, until_ms: int) -> list[Trouble]:
    """The troubles of one track, in the order in which they explain; what still lasts does so until `until_ms`."""
    lines = sorted(entries, key=lambda entry: entry.at_ms)
    found = [*_losses(lines, kind, until_ms), *_absences(lines, kind, until_ms)]
    return sorted(found, key=lambda trouble: (trouble.cause in _BROAD, trouble.from_ms))


def _losses(lines: Sequence[LogEntry], kind: TrackKind, until_ms: int) -> Iterable[Trouble]:
    """Times in which a device of the track was lost."""
    since: tuple[int, GapCause] | None = None
    for line in lines:
        if line.track is not kind or line.detail.get("device") == "microphone":
            continue
        cause = _loss(line)
        if cause is not None and since is None:
            since = line.at_ms, cause
        elif since is not None and line.kind in _MENDS:
            yield Trouble(since[0], line.at_ms, since[1])
            since = None
    if since is not None:
        yield Trouble(since[0], max(since[0], until_ms), since[1])


_MENDS = (LogKind.TRACK_RESTORED, LogKind.SHARE_RESTORED, LogKind.EPOCH_STARTED)


def _loss(line: LogEntry) -> GapCause | None:
    if line.kind == LogKind.SHARE_STOPPED:
        return GapCause.SHARE_STOPPED
    if line.kind == LogKind.TRACK_LOST:
        return BY_LOSS.get(line.detail.get("cause"), GapCause.UNKNOWN)
    if line.kind == LogKind.EPOCH_ENDED and line.detail.get("why") == "asleep":
        return GapCause.ASLEEP
    return None


def _absences(lines: Sequence[LogEntry], kind: TrackKind, until_ms: int) -> Iterable[Trouble]:
    """Times in which no page recorded: it was closed, or it came back without ever having said goodbye."""
    since: tuple[int, GapCause] | None = None
    last: LogEntry | None = None
    for line in lines:
        if line.kind == LogKind.PAGE_CLOSED:
            since = line.at_ms, GapCause.PAGE_CLOSED
        elif line.kind == LogKind.RECORDER_STARTED and since is None and _was_running(last):
            assert last is not None
            since = last.at_ms, GapCause.CRASHED
        elif line.kind == LogKind.EPOCH_STARTED and line.track is kind and since is not None:
            yield Trouble(since[0], line.at_ms, since[1])
            since = None
        last = line
    if since is not None:
        yield Trouble(since[0], max(since[0], until_ms), since[1])


def _was_running(last: LogEntry | None) -> bool:
    return last is not None and last.kind != LogKind.RECORDER_STOPPED


@dataclass(frozen=True, slots=True)
class Gap:
    """A piece of the due time that is not held."""

    from_ms: int
    to_ms: int
    cause: GapCause

    @property
    def interval(self) -> Interval:
        return self.from_ms, self.to_ms


def explain(hole: Interval, troubles: Sequence[Trouble], closed: CloseReason | None) -> list[Gap]:
    """A hole in which nothing was recorded as gaps with their causes, which add up to it.

    `closed` is how the epoch before it came to its end. Troubles explain in their order. What they leave at their
    edges, because they were noticed late or a device needs time to begin again, is theirs; the rest is as the epoch's
    closure says.
    """
    found: list[Gap] = []
    rest = [hole]
    for trouble in troubles:
        for low, high in clip(rest, (trouble.from_ms, trouble.to_ms)):
            found.append(Gap(low, high, trouble.cause))
        rest = subtract(rest, [(trouble.from_ms, trouble.to_ms)])
    otherwise = _as_closed(hole, closed)
    if not found:
        return [Gap(*hole, otherwise)]
    return _joined(sorted([*found, *(_edge(part, found, otherwise) for part in rest)], key=lambda gap: gap.from_ms))


def _as_closed(hole: Interval, closed: CloseReason | None) -> GapCause:
    if closed is CloseReason.REPLACED and hole[1] - hole[0] > REACTION_MS:
        return GapCause.UNKNOWN
    return GapCause.UNKNOWN if closed is None else _BY_CLOSURE.get(closed, GapCause.UNKNOWN)


def _edge(part: Interval, found: Sequence[Gap], otherwise: GapCause) -> Gap:
    """A rest of a hole: that of the trouble that it borders on, if it is short."""
    if part[1] - part[0] <= REACTION_MS:
        for gap in found:
            if gap.from_ms == part[1] or gap.to_ms == part[0]:
                return Gap(*part, gap.cause)
    return Gap(*part, otherwise)


def _joined(parts: Sequence[Gap]) -> list[Gap]:
    """Neighbours of one cause as one gap; a sliver belongs to the gap before it, or to the one after."""
    joined: list[Gap] = []
    for part in parts:
        last = joined[-1] if joined else None
        short = part.to_ms - part.from_ms <= TOLERANCE_MS
        if last is not None and (last.cause is part.cause or short):
            joined[-1] = Gap(last.from_ms, part.to_ms, last.cause)
        elif last is not None and last.to_ms - last.from_ms <= TOLERANCE_MS:
            joined[-1] = Gap(last.from_ms, part.to_ms, part.cause)
        else:
            joined.append(part)
    return joined
