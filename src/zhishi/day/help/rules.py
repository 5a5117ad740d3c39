"""Who speaks, and where a call stands: pure."""

from __future__ import annotations

from enum import StrEnum

TEXT_MAX = 500
# What is shown as the usual wait is measured over the last calls of the sitting, never promised.
WAITS_COUNTED = 20


class Sender(StrEnum):
    CANDIDATE = "candidate"
    STAFF = "staff"


class CallState(StrEnum):
    NONE = "none"
    WAITING = "waiting"
    TAKEN = "taken"
    CLOSED = "closed"


def call_state(*, opened: bool, taken: bool, closed: bool) -> CallState:
    """Where the newest call of a candidate stands."""
    if not opened:
        return CallState.NONE
    if closed:
        return CallState.CLOSED
    return CallState.TAKEN if taken else CallState.WAITING
