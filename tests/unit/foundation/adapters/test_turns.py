"""A lock that coroutines and threads share."""

from __future__ import annotations

import asyncio
import threading

from zhishi.foundation.adapters.turns import Turns


async def test_coroutines_and_threads_are_never_in_it_together() -> None:
    turns, inside, most = Turns(), 0, 0

    def enter() -> None:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)

    def leave() -> None:
        nonlocal inside
        inside -= 1

    async def coroutine() -> None:
        for _ in range(50):
            async with turns.awaited():
                enter()
                await asyncio.sleep(0)
                leave()

    def thread() -> None:
        for _ in range(50):
            with turns.blocking():
                enter()
                leave()

    async with asyncio.timeout(30):
        await asyncio.gather(*(coroutine() for _ in range(4)), *(asyncio.to_thread(thread) for _ in range(4)))
    assert (most, inside) == (1, 0)


async def test_who_came_first_is_first() -> None:
    turns, order = Turns(), []

    async def take(name: int) -> None:
        async with turns.awaited():
            order.append(name)

    async with turns.awaited():
        waiting = []
        for name in range(5):
            waiting.append(asyncio.create_task(take(name)))
            await asyncio.sleep(0)
    await asyncio.gather(*waiting)
    assert order == [0, 1, 2, 3, 4]


async def test_who_gives_up_waiting_holds_nobody_up() -> None:
    turns = Turns()

    async def take() -> str:
        async with turns.awaited():
            return "had its turn"

    async with turns.awaited():
        gone, patient = asyncio.create_task(take()), asyncio.create_task(take())
        await asyncio.sleep(0)
        gone.cancel()
    async with asyncio.timeout(5):
        assert await patient == "had its turn"
        assert await take() == "had its turn"
    assert gone.cancelled()


async def test_who_gives_up_just_as_the_turn_comes_passes_it_on() -> None:
    turns = Turns()

    async def take() -> None:
        async with turns.awaited():
            raise AssertionError("it was cancelled before it could know of its turn")

    async with turns.awaited():
        task = asyncio.create_task(take())
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert task.cancelled()
    async with asyncio.timeout(5), turns.awaited():
        pass


async def test_an_error_inside_ends_the_turn() -> None:
    turns = Turns()
    for _ in range(2):
        try:
            with turns.blocking():
                raise ValueError
        except ValueError:
            continue
    entered = threading.Event()

    def thread() -> None:
        with turns.blocking():
            entered.set()

    await asyncio.to_thread(thread)
    assert entered.is_set()
