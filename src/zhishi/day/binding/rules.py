"""Codes and the state of a bound phone: pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

# Long enough to find the phone, unlock it and type eight characters; a page that stays open asks for a new one.
CODE_LIVES = timedelta(minutes=10)
CODE_LENGTH = 8
# Beats come every four seconds; a phone in a lift of the network may lose a few.
LOST_AFTER = timedelta(seconds=20)
# For as long as staff let a candidate bind another phone after entry.
REBIND_FOR = timedelta(minutes=15)


class PhoneStatus(StrEnum):
    """Where the phone of an attempt is."""

    NONE = "none"
    RECORDING = "recording"
    LOST = "lost"
    STOPPED = "stopped"


class BindingEnd(StrEnum):
    """Why a binding is over though the phone did not stop it."""

    REPLACED = "replaced"
    STAFF = "staff"


def in_groups(code: str) -> str:
    """A code as it is shown: groups of four."""
    return "-".join(code[at : at + 4] for at in range(0, len(code), 4))


@dataclass(frozen=True, slots=True)
class BindingFacts:
    """What is known of the newest bound phone."""

    bound_at: datetime | None
    heard_at: datetime | None
    stopped_at: datetime | None
    ended: bool


def status_of(facts: BindingFacts | None, now: datetime) -> PhoneStatus:
    """Whether the phone records, has not been heard of for a while, or was stopped by hand."""
    if facts is None or facts.bound_at is None or facts.ended:
        return PhoneStatus.NONE
    if facts.stopped_at is not None:
        return PhoneStatus.STOPPED
    last = max(facts.bound_at, facts.heard_at or facts.bound_at)
    return PhoneStatus.LOST if now - last >= LOST_AFTER else PhoneStatus.RECORDING
