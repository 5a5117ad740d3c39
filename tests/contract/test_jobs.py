"""Whoever performs the duties."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from zhishi.foundation.adapters.jobs import Reconciler
from zhishi.foundation.kernel.clock import SettableClock
from zhishi.foundation.ports import Duty

NOW = datetime(2026, 5, 16, 6, 0, tzinfo=UTC)


class Owed:
    """Things that are due until they are done; some cannot be done."""

    def __init__(self, name: str, *due: Any, broken: Sequence[Any] = ()) -> None:
        self.name = name
        self.owed = list(due)
        self.broken = list(broken)
        self.tried: list[Any] = []
        self.done: list[Any] = []
        self.performed = asyncio.Event()

    async def due(self) -> Sequence[Any]:
        return list(self.owed)

    async def perform(self, key: Any) -> None:
        self.tried.append(key)
        if key in self.broken:
            raise RuntimeError(f"cannot do {key}")
        self.done.append(key)
        self.owed.remove(key)
        self.performed.set()

    def duty(self) -> Duty:
        return Duty(self.name, self.due, self.perform)


@pytest.fixture
async def jobs() -> AsyncIterator[Reconciler]:
    # Rounds an hour apart: what happens in a test happens at a hint or by hand.
    reconciler = Reconciler(SettableClock(NOW), round_s=3600)
    yield reconciler
    await reconciler.stop()


async def test_a_round_does_everything_that_is_due_and_says_how_much(jobs: Reconciler) -> None:
    settle, free = Owed("settle", 1, 2), Owed("free", "a")
    jobs.register(settle.duty())
    jobs.register(free.duty())
    assert await jobs.run_once() == 3
    assert (settle.done, free.done) == ([1, 2], ["a"])
    assert await jobs.run_once() == 0


async def test_one_thing_that_fails_stops_no_other(jobs: Reconciler) -> None:
    settle, free = Owed("settle", 1, 2, 3, broken=[2]), Owed("free", "a")
    jobs.register(settle.duty())
    jobs.register(free.duty())
    assert await jobs.run_once() == 3
    assert (settle.done, settle.owed, free.done) == ([1, 3], [2], ["a"])


async def test_a_duty_that_cannot_say_what_is_due_stops_no_other(jobs: Reconciler) -> None:
    async def broken() -> Sequence[Any]:
        raise OSError("database")

    free = Owed("free", "a")
    jobs.register(Duty("broken", broken, free.perform))
    jobs.register(free.duty())
    assert await jobs.run_once() == 1
    assert free.done == ["a"]


async def test_what_fails_is_tried_later_each_time_and_never_given_up(jobs: Reconciler) -> None:
    settle = Owed("settle", 1, broken=[1])
    jobs.register(settle.duty())
    rounds = []
    for number in range(300):
        before = len(settle.tried)
        await jobs.run_once()
        if len(settle.tried) > before:
            rounds.append(number)
    pauses = [later - earlier for earlier, later in itertools.pairwise(rounds)]
    assert pauses[:5] == [3, 5, 9, 17, 33]
    assert set(pauses[5:]) == {65}


async def test_what_works_again_is_done_and_its_failures_are_forgotten(jobs: Reconciler) -> None:
    settle = Owed("settle", 1, broken=[1])
    jobs.register(settle.duty())
    await jobs.run_once()
    settle.broken.clear()
    for _ in range(3):
        await jobs.run_once()
    assert settle.done == [1]
    settle.owed, settle.broken = [1], [1]
    for _ in range(4):
        await jobs.run_once()
    assert len(settle.tried) == 4  # twice before; now at once and again after the shortest pause


async def test_two_duties_about_the_same_thing_fail_apart(jobs: Reconciler) -> None:
    settle, other = Owed("settle", 1, broken=[1]), Owed("other")
    jobs.register(settle.duty())
    jobs.register(other.duty())
    await jobs.run_once()
    other.owed.append(1)
    assert await jobs.run_once() == 1
    assert other.done == [1]


async def test_the_first_round_comes_at_once_and_a_hint_brings_the_next(jobs: Reconciler) -> None:
    settle = Owed("settle", 1)
    jobs.register(settle.duty())
    jobs.start()
    async with asyncio.timeout(5):
        await settle.performed.wait()
        settle.performed.clear()
        settle.owed.append(2)
        jobs.hint("settle")
        await settle.performed.wait()
    assert settle.done == [1, 2]


async def test_stopping_twice_is_harmless(jobs: Reconciler) -> None:
    jobs.start()
    await jobs.stop()
    await jobs.stop()
