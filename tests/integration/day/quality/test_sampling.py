"""The server looks at a few frames of every track while something can still be mended."""

from __future__ import annotations

from tests.factories.answers import events_of
from tests.factories.day import Candidate, Day
from tests.factories.media import Recording
from zhishi.day.quality.sampling import EVERY, FRESH


async def send(candidate: Candidate, recording: Recording, *, kind: str = "camera") -> None:
    await candidate.upload(recording, kind=kind, close=False)


async def test_a_picture_that_turns_black_is_told_once_and_again_when_it_is_back(day: Day) -> None:
    candidate = await day.entered(seconds=0)
    step = EVERY.total_seconds() + 2
    shown = ["moving", "black", "black", "moving"]
    for number, show in enumerate(shown):
        day.at(number * step)
        await send(candidate, day.recording(1, seconds=number * step - 2, show=show))  # type: ignore[arg-type]
        await day.reconcile()
    told = [(one["track"], one["state"]) for one in await events_of(day, candidate, "picture_seen")]
    assert told == [("camera", "black"), ("camera", "good")]


async def test_a_good_picture_is_no_news(day: Day) -> None:
    candidate = await day.entered(seconds=0)
    for kind in ("camera", "screen"):
        await send(candidate, day.recording(3), kind=kind)
    day.at(6)
    await day.reconcile()
    assert await events_of(day, candidate, "picture_seen") == []


async def test_a_track_is_looked_at_twice_a_minute_and_only_if_there_is_something_new(day: Day) -> None:
    candidate = await day.entered(seconds=0)
    await send(candidate, day.recording(1))
    day.at(2)
    assert await day.reconcile() == 1
    assert await day.reconcile() == 0
    day.at(2 + EVERY.total_seconds())
    # Nothing newer has come.
    assert await day.reconcile() == 0
    await send(candidate, day.recording(1, seconds=30))
    assert await day.reconcile() == 1


async def test_what_was_recorded_long_ago_cannot_be_mended_and_is_not_looked_at(day: Day) -> None:
    candidate = await day.entered(seconds=0)
    await send(candidate, day.recording(1, show="black"))
    day.at(2 + FRESH.total_seconds())
    assert await day.reconcile() == 0
    assert await events_of(day, candidate, "picture_seen") == []
