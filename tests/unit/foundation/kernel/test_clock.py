"""Moments and their milliseconds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhishi.foundation.kernel.clock import SettableClock, SystemClock, from_ms, to_ms

T0 = datetime(2026, 5, 16, 6, 0, tzinfo=UTC)
T0_MS = 1_778_911_200_000


@pytest.mark.parametrize(
    ("before", "expected"),
    [(0, T0_MS), (1, T0_MS - 1), (999, T0_MS - 1), (1000, T0_MS - 1), (1001, T0_MS - 2)],
)
def test_microseconds_before_a_deadline_are_never_rounded_up_to_it(before: int, expected: int) -> None:
    assert to_ms(T0 - timedelta(microseconds=before)) == expected


@given(st.integers(0, 2**42), st.integers(0, 999))
def test_milliseconds_come_back_whatever_microseconds_were_there(ms: int, microseconds: int) -> None:
    assert to_ms(from_ms(ms) + timedelta(microseconds=microseconds)) == ms


@given(st.integers(0, 2**42), st.integers(-14 * 60, 14 * 60))
def test_a_moment_has_the_same_milliseconds_in_every_time_zone(ms: int, minutes: int) -> None:
    aware = from_ms(ms)
    assert to_ms(aware.astimezone(timezone(timedelta(minutes=minutes)))) == to_ms(aware)


def test_moments_made_from_milliseconds_are_utc() -> None:
    assert from_ms(T0_MS) == T0
    assert from_ms(T0_MS).tzinfo is UTC


def test_the_machines_clock_is_aware_and_in_utc() -> None:
    assert SystemClock().now().tzinfo is UTC


def test_a_settable_clock_stands_still_until_it_is_moved() -> None:
    clock = SettableClock(T0)
    assert clock.now() == clock.now() == T0
    clock.advance(0.001)
    assert clock.now() == T0 + timedelta(milliseconds=1)
    clock.set(T0)
    assert clock.now() == T0
