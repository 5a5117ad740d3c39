"""The states of a candidate as staff see them, and what is trouble with a device: pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum


class CandidateState(StrEnum):
    ABSENT = "absent"
    LOGGED_IN = "logged_in"
    WAITING = "waiting"
    ANSWERING = "answering"
    UPLOADING = "uploading"
    FINISHED = "finished"


# Entered and not over: everything should be recorded now.
RUNNING = (CandidateState.WAITING, CandidateState.ANSWERING)
OVER = (CandidateState.UPLOADING, CandidateState.FINISHED)


class Filter(StrEnum):
    """The counts above the list, which are also its filters."""

    ALL = "all"
    ABSENT = "absent"
    PRESENT = "present"
    ANSWERING = "answering"
    ENDED = "ended"
    INCOMPLETE = "incomplete"
    CALLING = "calling"
    VERIFYING = "verifying"
    TROUBLE = "trouble"


def matches(
    state: CandidateState,
    chosen: Filter,
    *,
    complete: bool,
    calling: bool = False,
    verifying: bool = False,
    troubled: bool = False,
) -> bool:
    """Whether a candidate belongs under a filter."""
    return {
        Filter.ALL: True,
        Filter.ABSENT: state is CandidateState.ABSENT,
        Filter.PRESENT: state is not CandidateState.ABSENT,
        Filter.ANSWERING: state is CandidateState.ANSWERING,
        Filter.ENDED: state in OVER,
        Filter.INCOMPLETE: state in OVER and not complete,
        Filter.CALLING: calling,
        Filter.VERIFYING: verifying,
        Filter.TROUBLE: troubled,
    }[chosen]


class Trouble(StrEnum):
    """What may be wrong with the devices of a candidate whose exam runs. It says nothing about the person."""

    SILENT = "silent"
    TRACK_LOST = "track_lost"
    MICROPHONE_LOST = "microphone_lost"
    MICROPHONE_SILENT = "microphone_silent"
    MICROPHONE_CLIPPED = "microphone_clipped"
    PICTURE_BAD = "picture_bad"
    PAGE_HIDDEN = "page_hidden"
    PHONE_LOST = "phone_lost"
    UPLOAD_BEHIND = "upload_behind"


# Heartbeats come every four seconds; after five that did not come somebody should look.
SILENT_AFTER_MS = 20_000
# Camera and screen make a segment each about every two seconds: half a minute that has not been sent.
PENDING_MANY = 30


@dataclass(frozen=True, slots=True)
class Signs:
    """What the devices of an entered attempt last said of themselves. The defaults are those of a quiet exam.

    `quiet_ms`: since the computer's last word, or since entry if there was none yet. `tracks` are the states of what
    the computer records, `pictures` what they show as far as anybody looked.
    """

    quiet_ms: int
    tracks: Collection[str] = ()
    pictures: Collection[str] = ()
    microphone: str | None = None
    visible: bool = True
    pending: int = 0
    phone_lost: bool = False


def troubles_of(state: CandidateState, signs: Signs) -> list[Trouble]:
    """What is wrong now, in the order in which it matters. Before entry and after the end nothing is: then nobody has
    to record, and what is still on its way is told by the verdicts."""
    if state not in RUNNING:
        return []
    found = {
        Trouble.SILENT: signs.quiet_ms > SILENT_AFTER_MS,
        Trouble.TRACK_LOST: "lost" in signs.tracks,
        Trouble.MICROPHONE_LOST: signs.microphone == "lost",
        Trouble.MICROPHONE_SILENT: signs.microphone == "silent",
        Trouble.MICROPHONE_CLIPPED: signs.microphone == "clipped",
        Trouble.PICTURE_BAD: any(one != "good" for one in signs.pictures),
        Trouble.PAGE_HIDDEN: not signs.visible,
        Trouble.PHONE_LOST: signs.phone_lost,
        Trouble.UPLOAD_BEHIND: signs.pending >= PENDING_MANY,
    }
    return [trouble for trouble, present in found.items() if present]
