"""Roles and the limits on logging in."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum


class Role(StrEnum):
    """Who people are (requirements, "People")."""

    ADMINISTRATOR = "administrator"
    OFFICER = "officer"
    INVIGILATOR = "invigilator"
    EXAMINER = "examiner"
    SUPPORT = "support"


# A working day with its evening; an exam day's staff are not thrown out in the middle (peers: expiring tokens).
SESSION_LENGTH = timedelta(hours=14)

# Guessing: after 8 failures in 5 minutes a username rests, for everybody alike, until the window has passed.
FAILURES_ALLOWED = 8
FAILURE_WINDOW = timedelta(minutes=5)
