"""Time as the house knows it: UTC, to the millisecond, from a clock that is given at process start.

No route can set the clock. Tests give a `SettableClock`; processes give a `SystemClock`.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Where the house reads the time."""

    def now(self) -> datetime:
        """The time now, aware, in UTC, with a resolution of a millisecond or better."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class SettableClock:
    """A clock that stands still until it is told to move; for tests and for rehearsing a whole day in a minute."""

    def __init__(self, start: datetime) -> None:
        self._now = start

    def now(self) -> datetime:
        return self._now

    def set(self, moment: datetime) -> None:
        self._now = moment

    def advance(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)


def to_ms(moment: datetime) -> int:
    """Unix milliseconds of an aware moment, rounded down.

    Computed in whole microseconds: a float of seconds would round 0.9999 ms before a deadline up to it.
    """
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def optional_ms(moment: datetime | None) -> int | None:
    """The same of a moment that may not have come."""
    return None if moment is None else to_ms(moment)


def from_ms(ms: int) -> datetime:
    """The aware UTC moment of Unix milliseconds."""
    return _EPOCH + timedelta(milliseconds=ms)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
