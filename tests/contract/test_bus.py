"""The bus: messages to whoever listens now."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from zhishi.foundation.adapters.bus import MemoryBus
from zhishi.foundation.ports import Bus, Message


@pytest.fixture(params=[MemoryBus])
def bus(request: pytest.FixtureRequest) -> Bus:
    """Each bus in turn."""
    found: Bus = request.param()
    return found


async def _take(listener: AsyncIterator[Message], count: int) -> list[Message]:
    async with asyncio.timeout(5):
        return [await anext(listener) for _ in range(count)]


async def test_every_listener_of_a_topic_gets_every_message_in_order(bus: Bus) -> None:
    listeners = [bus.subscribe("sitting:1"), bus.subscribe("sitting:1")]
    for n in range(5):
        await bus.publish("sitting:1", {"n": n})
    for listener in listeners:
        assert await _take(listener, 5) == [{"n": n} for n in range(5)]


async def test_a_listener_gets_nothing_of_other_topics(bus: Bus) -> None:
    listener = bus.subscribe("sitting:1")
    await bus.publish("sitting:2", {"n": 2})
    await bus.publish("sitting:1", {"n": 1})
    assert await _take(listener, 1) == [{"n": 1}]


async def test_nobody_listening_is_no_error(bus: Bus) -> None:
    await bus.publish("sitting:1", {"n": 1})
    listener = bus.subscribe("sitting:1")
    await bus.publish("sitting:1", {"n": 2})
    assert await _take(listener, 1) == [{"n": 2}]


async def test_a_slow_listener_loses_the_oldest_and_never_holds_up_a_sender(bus: Bus) -> None:
    listener = bus.subscribe("sitting:1")
    async with asyncio.timeout(5):
        for n in range(1000):
            await bus.publish("sitting:1", {"n": n})
    [first, second] = await _take(listener, 2)
    assert 0 < first["n"] < 1000
    assert second["n"] == first["n"] + 1


async def test_a_listener_that_left_does_not_disturb_the_others(bus: Bus) -> None:
    leaving, staying = bus.subscribe("sitting:1"), bus.subscribe("sitting:1")
    await bus.publish("sitting:1", {"n": 0})
    await _take(leaving, 1)
    del leaving
    await bus.publish("sitting:1", {"n": 1})
    assert await _take(staying, 2) == [{"n": 0}, {"n": 1}]
