"""Reports of failed uploads: when they are in time, and where they stand (R9). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

NOTE_MAX = 500


class Reporter(StrEnum):
    """By whom a report came: the candidate's page, or a call to the hotline that staff wrote down (F10.5)."""

    CANDIDATE = "candidate"
    PHONE_CALL = "phone_call"


class ReportState(StrEnum):
    OPEN = "open"
    CLOSED = "closed"


class Outcome(StrEnum):
    """How a report was settled."""

    # The rest was uploaded after all.
    ARRIVED = "arrived"
    # It came in a package.
    PACKAGE = "package"
    # Nothing more can be had. Whose side that lies on is judged by people, never by this word.
    LOST = "lost"
    # There was nothing to report.
    WITHDRAWN = "withdrawn"


MOVES: Mapping[ReportState, frozenset[ReportState]] = {
    ReportState.OPEN: frozenset({ReportState.CLOSED}),
    ReportState.CLOSED: frozenset(),
}


def may_close(state: ReportState) -> bool:
    return ReportState.CLOSED in MOVES[state]


class ReportWindow(StrEnum):
    BEFORE = "before"
    OPEN = "open"
    OVER = "over"


def report_window(*, ended: bool, until_ms: int, now_ms: int) -> ReportWindow:
    """R9: from the attempt's own end until 30 minutes after the end for all."""
    if not ended:
        return ReportWindow.BEFORE
    return ReportWindow.OPEN if is_in_time(now_ms, until_ms=until_ms) else ReportWindow.OVER


def is_in_time(reported_ms: int, *, until_ms: int) -> bool:
    """R9. Of a call the time of the call counts, whenever it was written down."""
    return reported_ms < until_ms


def can_have_called(called_ms: int, *, began_ms: int, now_ms: int) -> bool:
    """Whether a call about a failed upload can have been then: not before the attempt began, and not in the future.

    It need not wait for the end (F10.5): whose power fails calls at once, and that is when it was reported.
    """
    return began_ms <= called_ms <= now_ms
