"""Group commit."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from zhishi.foundation.adapters.batches import Batches, QueueFull


class Store:
    """A handler that answers when it is let, and remembers its batches."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.open = asyncio.Event()
        self.open.set()

    async def handle(self, items: Sequence[int]) -> Sequence[int | Exception]:
        self.batches.append(list(items))
        await self.open.wait()
        return [ValueError(item) if item < 0 else item * 10 for item in items]


async def test_everybody_gets_the_answer_to_what_they_handed_in() -> None:
    store = Store()
    batches = Batches(store.handle, size=lambda _: 1)
    assert await asyncio.gather(*(batches.submit(n) for n in range(200))) == [n * 10 for n in range(200)]


async def test_while_one_batch_is_written_the_next_gathers() -> None:
    store = Store()
    store.open.clear()
    batches = Batches(store.handle, size=lambda _: 1, batch_items=64)
    first = asyncio.create_task(batches.submit(0))
    await asyncio.sleep(0)  # lets the first batch begin
    rest = [asyncio.create_task(batches.submit(n)) for n in range(1, 100)]
    await asyncio.sleep(0)
    store.open.set()
    await asyncio.gather(first, *rest)
    assert [len(batch) for batch in store.batches] == [1, 64, 35]


async def test_a_batch_is_bounded_by_size_and_one_large_item_still_passes() -> None:
    store = Store()
    batches = Batches(store.handle, size=lambda item: item, batch_size=100)
    await asyncio.gather(*(batches.submit(n) for n in (60, 50, 500, 40)))
    assert store.batches == [[60], [50], [500], [40]]


async def test_more_than_memory_can_hold_is_refused_at_once_and_what_waits_is_kept() -> None:
    store = Store()
    store.open.clear()
    batches = Batches(store.handle, size=lambda _: 1, waiting_size=3, batch_items=1)
    waiting = [asyncio.create_task(batches.submit(n)) for n in range(3)]
    await asyncio.sleep(0)
    tasks = [*waiting, asyncio.create_task(batches.submit(3))]
    await asyncio.sleep(0)
    with pytest.raises(QueueFull):
        await batches.submit(4)
    store.open.set()
    assert await asyncio.gather(*tasks) == [0, 10, 20, 30]


async def test_an_error_for_one_item_is_nobody_elses() -> None:
    batches = Batches(Store().handle, size=lambda _: 1)
    answers = await asyncio.gather(*(batches.submit(n) for n in (1, -1, 2)), return_exceptions=True)
    assert answers[0] == 10
    assert isinstance(answers[1], ValueError)
    assert answers[2] == 20


async def test_a_batch_that_fails_fails_for_its_items_and_the_next_one_works() -> None:
    async def handle(items: Sequence[int]) -> Sequence[int | Exception]:
        if 1 in items:
            raise OSError("disk")
        return [item * 10 for item in items]

    batches = Batches(handle, size=lambda _: 1, batch_items=2)
    answers = await asyncio.gather(*(batches.submit(n) for n in (0, 1, 2, 3)), return_exceptions=True)
    assert [type(answer) for answer in answers] == [OSError, OSError, int, int]


async def test_a_handler_that_loses_an_answer_leaves_nobody_waiting() -> None:
    async def handle(items: Sequence[int]) -> Sequence[int | Exception]:
        return [0]

    batches = Batches(handle, size=lambda _: 1)
    async with asyncio.timeout(5):
        answers = await asyncio.gather(batches.submit(0), batches.submit(1), return_exceptions=True)
    assert [type(answer) for answer in answers] == [ValueError, ValueError]


async def test_what_was_handed_in_is_kept_even_if_its_sender_goes_away() -> None:
    store = Store()
    store.open.clear()
    batches = Batches(store.handle, size=lambda _: 1)
    first = asyncio.create_task(batches.submit(1))
    await asyncio.sleep(0)
    second = asyncio.create_task(batches.submit(2))
    await asyncio.sleep(0)
    second.cancel()
    store.open.set()
    assert await first == 10
    await batches.drain()
    assert store.batches == [[1], [2]]


async def test_draining_waits_until_everything_is_answered() -> None:
    store = Store()
    store.open.clear()
    batches = Batches(store.handle, size=lambda _: 1, batch_items=1)
    tasks = [asyncio.create_task(batches.submit(n)) for n in range(5)]
    await asyncio.sleep(0)
    store.open.set()
    await batches.drain()
    assert [task.done() for task in tasks] == [True] * 5
    assert store.batches == [[0], [1], [2], [3], [4]]


@pytest.mark.parametrize("at_work", [1, 2])
async def test_whoever_hands_in_again_as_soon_as_answered_is_answered_again(at_work: int) -> None:
    batches = Batches(Store().handle, size=lambda _: 1, at_work=at_work)

    async def keep_on(first: int) -> list[int]:
        return [await batches.submit(first + n) for n in range(50)]

    async with asyncio.timeout(5):
        answers = await asyncio.gather(*(keep_on(caller * 100) for caller in range(5)))
    assert answers == [[(caller * 100 + n) * 10 for n in range(50)] for caller in range(5)]
    async with asyncio.timeout(5):
        assert [await batches.submit(n) for n in range(5)] == [0, 10, 20, 30, 40]


async def test_no_more_batches_are_at_work_than_allowed() -> None:
    store = Store()
    store.open.clear()
    batches = Batches(store.handle, size=lambda _: 1, batch_items=1, at_work=2)
    tasks = [asyncio.create_task(batches.submit(n)) for n in range(5)]
    for _ in range(10):
        await asyncio.sleep(0)
    assert store.batches == [[0], [1]]
    store.open.set()
    assert await asyncio.gather(*tasks) == [0, 10, 20, 30, 40]
