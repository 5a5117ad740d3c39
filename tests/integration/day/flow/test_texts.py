"""The texts that are read before entry: in their turn, in their newest version, each acceptance kept (F3, F6)."""

from __future__ import annotations

import asyncio

from tests.factories.answers import events_of, given, refused, stored
from tests.factories.day import Candidate, Day
from zhishi.before.exams.models import Attachment
from zhishi.before.exams.rules import AttachmentKind
from zhishi.day.attempts.models import Acceptance
from zhishi.foundation.kernel.clock import to_ms
from zhishi.foundation.kernel.ids import new_id


async def at_start(day: Day) -> Candidate:
    """A candidate who has just logged in by face."""
    day.at(-1500)
    return await day.log_in(walked=False)


async def test_a_text_accepted_many_times_at_once_is_accepted_once(day: Day) -> None:
    candidate = await at_start(day)
    await candidate.walk("procedure")
    answers = await asyncio.gather(*(candidate.read("procedure") for _ in range(4)))
    assert {answer.status_code for answer in answers} <= {200, 503}
    given(await candidate.read("procedure"))
    assert len(await stored(day, Acceptance)) == len(await events_of(day, candidate, "text_accepted")) == 1


async def test_texts_are_shown_in_their_order_with_their_length_and_version(day: Day) -> None:
    """F3.1, F6.1: the procedure first, then one after another."""
    candidate = await at_start(day)
    texts = await candidate.texts()
    assert [(text["kind"], text["position"], text["version"]) for text in texts] == [
        ("procedure", 0, 1),
        ("pledge", 1, 1),
        ("notice", 2, 1),
    ]
    assert [(text["characters"], text["minutes"]) for text in texts] == [(len(text["text"]), 1) for text in texts]
    assert [text["accepted_ms"] for text in texts] == [None] * 3


async def test_an_acceptance_keeps_version_time_and_how_long_the_text_was_open(day: Day) -> None:
    """F6.2."""
    candidate = await at_start(day)
    await candidate.walk("attachments")
    [_, pledge, _] = await candidate.texts()
    now = day.at(-1000)
    given(await candidate.accept(pledge, reading_ms=47_300))
    [row] = [one for one in await stored(day, Acceptance) if one.attachment_id == pledge["attachment_id"]]
    assert (row.version, row.accepted_at, row.reading_ms, row.attempt_id) == (1, now, 47_300, candidate.attempt_id)
    assert row.registration_id == candidate.who.registration_id
    assert [text["accepted_ms"] for text in await candidate.texts()][1:] == [to_ms(now), None]


async def test_texts_are_accepted_one_after_another(day: Day) -> None:
    """F6.1."""
    candidate = await at_start(day)
    await candidate.walk("attachments")
    assert refused(await candidate.read("notice"))[:2] == (409, "text_out_of_turn")
    given(await candidate.read("pledge"))
    assert given(await candidate.read("notice"))["page"] == "entry"


async def revise(day: Day, kind: AttachmentKind, text: str) -> None:
    """The organiser changes a text: a new version, never an edit."""
    async with day.house.services.database.writing() as session:
        session.add(
            Attachment(
                id=new_id(),
                exam_id=day.world.exam_id,
                kind=kind,
                position=1,
                title="考生诚信承诺书（修订）",
                text=text,
                version=2,
                created_at=day.clock.now(),
            )
        )


async def test_a_text_that_was_changed_meanwhile_is_read_anew(day: Day) -> None:
    """F6.2: what is accepted is a version."""
    candidate = await at_start(day)
    await candidate.walk("attachments")
    [_, old, _] = await candidate.texts()
    await revise(day, AttachmentKind.PLEDGE, "我承诺独立作答，并不外传试题。")
    assert refused(await candidate.accept(old)) == (409, "text_changed", {})
    [_, new, _] = await candidate.texts()
    assert (new["version"], new["text"]) == (2, "我承诺独立作答，并不外传试题。")
    assert refused(await candidate.accept(new, version=1)) == (409, "text_changed", {"version": 2})
    given(await candidate.accept(new))
    [row] = [one for one in await stored(day, Acceptance) if one.attachment_id == new["attachment_id"]]
    assert row.version == 2


async def test_a_text_changed_after_its_acceptance_is_read_again_before_entry_but_not_after(day: Day) -> None:
    """Who has entered is never led away from the question."""
    outside = await at_start(day)
    await outside.walk()
    inside = await day.entered(1, seconds=-1100)
    await revise(day, AttachmentKind.PLEDGE, "我承诺独立作答，并不外传试题。")
    assert (await outside.situation())["page"] == "attachments"
    early = await outside.post("/attempt/entry", {"displays": 1, "surface": "monitor"})
    assert refused(early) == (409, "steps_missing", {"step": "attachments"})
    assert (await inside.situation())["page"] == "devices"
    given(await outside.read("pledge"))
    await outside.enter()
    assert refused(await inside.read("pledge"))[:2] == (409, "not_now")


async def test_every_text_can_be_read_again_at_any_time(day: Day) -> None:
    candidate = await day.entered(seconds=-300)
    first = await candidate.texts()
    for seconds in (0, 899, 900, 100_000):
        day.at(seconds)
        assert await candidate.texts() == first
    assert None not in [text["accepted_ms"] for text in first]


async def test_texts_that_do_not_exist_are_not_found(day: Day) -> None:
    candidate = await at_start(day)
    answer = await candidate.post("/attempt/texts/none/acceptance", {"version": 1, "reading_ms": 0})
    assert refused(answer)[:2] == (404, "not_found")
