"""The states of a candidate as staff see them."""

from __future__ import annotations

from enum import StrEnum


class CandidateState(StrEnum):
    ABSENT = "absent"
    LOGGED_IN = "logged_in"
    WAITING = "waiting"
    ANSWERING = "answering"
    UPLOADING = "uploading"
    FINISHED = "finished"


class Filter(StrEnum):
    """The counts above the list, which are also its filters."""

    ALL = "all"
    ABSENT = "absent"
    PRESENT = "present"
    ANSWERING = "answering"
    ENDED = "ended"
    INCOMPLETE = "incomplete"


def matches(state: CandidateState, chosen: Filter, *, complete: bool) -> bool:
    """Whether a candidate belongs under a filter."""
    ended = state in (CandidateState.UPLOADING, CandidateState.FINISHED)
    return {
        Filter.ALL: True,
        Filter.ABSENT: state is CandidateState.ABSENT,
        Filter.PRESENT: state is not CandidateState.ABSENT,
        Filter.ANSWERING: state is CandidateState.ANSWERING,
        Filter.ENDED: ended,
        Filter.INCOMPLETE: ended and not complete,
    }[chosen]
