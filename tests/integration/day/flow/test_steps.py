"""The steps before entry over HTTP: in their order, each refused out of it, and nothing skipped by an address."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from httpx import Response

from tests.factories.answers import events_of, given, refused, stored
from tests.factories.day import API, Candidate, Day
from tests.factories.devices import REPORT
from zhishi.day.attempts import steps
from zhishi.day.attempts.models import Acceptance, Preparation
from zhishi.foundation.kernel.clock import to_ms

Act = Callable[[Candidate], Awaitable[Response]]
ENTER = {"displays": 1, "surface": "monitor"}
DEVICES = {"camera": "内置摄像头", "microphone": "内置麦克风"}


# What a candidate does at each step that has something to do, in their order.
ACTS: dict[str, Act] = {
    "devices_prepared": lambda candidate: candidate.prepare(),
    "procedure": lambda candidate: candidate.read("procedure"),
    "binding": lambda candidate: candidate.post("/attempt/binding/pass"),
    "lot": lambda candidate: candidate.post("/attempt/lot/pass"),
    "attachments": lambda candidate: candidate.read("pledge"),
    "entry": lambda candidate: candidate.post("/attempt/entry", ENTER),
}
# The same steps by their other addresses.
OTHER_ACTS: dict[str, Act] = {
    "binding": lambda candidate: candidate.post("/attempt/binding-codes"),
    "lot": lambda candidate: candidate.draw(0),
    "attachments": lambda candidate: candidate.read("notice"),
}


async def at_start(day: Day, *, seconds: float = -1500) -> Candidate:
    """A candidate who has just logged in by face."""
    day.at(seconds)
    return await day.log_in(walked=False)


async def where(candidate: Candidate) -> tuple[int, str]:
    found = await candidate.situation()
    return found["step"]["number"], found["page"]


async def test_a_candidate_goes_through_all_ten_steps(day: Day) -> None:
    """F1 to F10, each page because the one before is done."""
    candidate = await at_start(day)
    assert await where(candidate) == (1, "preparation")
    given(await candidate.prepare())
    assert await where(candidate) == (3, "procedure")
    given(await candidate.read("procedure"))
    assert await where(candidate) == (4, "binding")
    given(await candidate.post("/attempt/binding/pass"))
    assert await where(candidate) == (5, "lot")
    given(await candidate.draw(1))
    assert await where(candidate) == (6, "attachments")
    given(await candidate.read("pledge"))
    assert await where(candidate) == (6, "attachments")
    given(await candidate.read("notice"))
    assert await where(candidate) == (7, "entry")
    day.at(-1200)
    await candidate.enter()
    assert await where(candidate) == (8, "devices")
    await candidate.confirm_devices()
    assert await where(candidate) == (9, "countdown")
    day.at(0)
    assert await where(candidate) == (9, "answering")
    day.at(60)
    given(await candidate.post("/attempt/end"))
    assert await where(candidate) == (10, "upload")
    given(await candidate.post("/attempt/departure"))
    assert await where(candidate) == (10, "home")


async def test_the_ten_steps_are_listed_with_the_times_at_which_they_were_done(day: Day) -> None:
    candidate = await at_start(day, seconds=-1500)
    acts = [act for step, act in ACTS.items() if step != "entry"]
    for seconds, act in zip((-1400, -1390, -1380, -1370, -1360), acts, strict=True):
        day.at(seconds)
        given(await act(candidate))
    lines = (await candidate.situation())["steps"]
    start = to_ms(day.world.starts)
    assert [line["number"] for line in lines] == list(range(1, 11))
    assert [line["state"] for line in lines] == ["done"] * 5 + ["now"] + ["later"] * 4
    assert [line["at_ms"] for line in lines[:3]] == [start - 1_400_000, start - 1_500_000, start - 1_390_000]
    # No phone was bound and one text is still to be read: there is no time to tell.
    assert [line["at_ms"] for line in lines[3:]] == [None] * 7


async def test_each_step_is_refused_before_its_turn_and_names_what_is_missing(day: Day) -> None:
    """F7.1: whatever address is asked for, no step before entry can be skipped."""
    candidate = await at_start(day, seconds=-600)
    names = list(ACTS)
    refusals = 0
    for reached in names[:-1]:
        assert (await candidate.situation())["step"]["key"] == reached
        for later in names[names.index(reached) + 1 :]:
            for act in [acts[later] for acts in (ACTS, OTHER_ACTS) if later in acts]:
                assert refused(await act(candidate)) == (409, "steps_missing", {"step": reached}), later
                refusals += 1
        given(await ACTS[reached](candidate))
    assert (await candidate.situation())["may"]["enter"]["step"] == "attachments"
    assert refused(await ACTS["entry"](candidate)) == (409, "steps_missing", {"step": "attachments"})
    given(await candidate.read("notice"))
    given(await ACTS["entry"](candidate))
    assert refusals == 5 + 4 + 3 + 2 + 1 + 3 + 3 + 2 + 1


async def test_what_belongs_after_entry_cannot_be_had_before_it(day: Day) -> None:
    candidate = await at_start(day, seconds=10)
    await candidate.walk()
    answers = [
        await candidate.post("/attempt/devices", DEVICES),
        await candidate.post("/attempt/end"),
        await candidate.client.get(f"{API}/attempt/paper"),
        await candidate.client.get(f"{API}/attempt/paper-key"),
        await candidate.client.get(f"{API}/attempt/verdict"),
    ]
    assert [refused(answer)[:2] for answer in answers] == [
        (409, "not_now"),
        (403, "paper_not_yours"),
        (403, "paper_not_yours"),
        (403, "paper_not_yours"),
        (409, "not_now"),
    ]
    assert given(await candidate.post("/attempt/departure"))["page"] == "entry"


async def test_doing_a_step_twice_is_harmless(day: Day) -> None:
    """A lost answer is asked for again: nothing is undone, and nothing is written down twice but a check repeated."""
    candidate = await at_start(day, seconds=-600)
    await candidate.walk()
    before = await candidate.situation()
    for step, act in ACTS.items():
        if step != "entry":
            given(await act(candidate))
    given(await candidate.read("notice"))
    after = await candidate.situation()
    assert {name: after[name] for name in ("page", "step", "lot")} == {
        name: before[name] for name in ("page", "step", "lot")
    }
    assert len(await events_of(day, candidate, "text_accepted")) == len(await stored(day, Acceptance)) == 3
    assert len(await events_of(day, candidate, "binding_passed", "lot_passed")) == 2
    assert len(await events_of(day, candidate, "prepared")) == len(await stored(day, Preparation)) == 2


async def test_after_entry_no_step_before_it_is_done_any_more(day: Day) -> None:
    candidate = await day.entered(seconds=-300)
    before = await candidate.situation()
    assert refused(await candidate.post("/attempt/binding/pass"))[:2] == (409, "not_now")
    assert refused(await candidate.draw(0))[:2] == (409, "lot_already_drawn")
    # Asked again, what is done stays done, and what was drawn stays drawn.
    given(await candidate.post("/attempt/lot/pass"))
    given(await candidate.read("pledge"))
    after = await candidate.situation()
    assert {**after, "now_ms": None} == {**before, "now_ms": None}


async def test_a_check_of_the_device_can_be_repeated_at_any_time(day: Day) -> None:
    """F1.3, F8: also while answering, when something has changed; invigilators see the newest."""
    candidate = await day.entered(seconds=-300)
    for seconds, state in ((-200, "warn"), (60, "bad"), (1000, "ok")):
        now_ms = to_ms(day.at(seconds))
        found = given(await candidate.prepare(microphone=state))["preparation"]
        states = {item["key"]: item["state"] for item in found["report"]["items"]}
        assert (found["at_ms"], found["same_device"], states["microphone"]) == (now_ms, True, state)
    prepared = await events_of(day, candidate, "prepared")
    assert [one["microphone"] for one in prepared] == ["ok", "warn", "bad", "ok"]


async def test_a_bad_device_keeps_nobody_from_going_on(day: Day) -> None:
    """F1.3: the result is kept and shown; it decides nothing by itself (law 7)."""
    candidate = await at_start(day)
    found = given(await candidate.prepare(camera="bad", upload="bad", display="warn"))
    assert found["page"] == "procedure"


@pytest.mark.parametrize(("days", "page"), [(6.99, "procedure"), (7, "preparation")])
async def test_a_check_made_on_this_device_within_a_week_counts(day: Day, days: float, page: str) -> None:
    """F1.1: before the day, from the home page."""
    here, there = "10000000-0000-4000-8000-000000000000", "20000000-0000-4000-8000-000000000000"
    now = day.at(-1500)
    async with day.house.services.database.writing() as session:
        for index, device in ((0, here), (1, there)):
            await steps.keep_preparation(
                session,
                registration_id=day.world.candidates[index].registration_id,
                device_id=device,
                report=REPORT,
                attempt=None,
                at=now - timedelta(days=days),
            )
    one, other = await day.log_in(0, device=here, walked=False), await day.log_in(1, device=here, walked=False)
    assert (await one.situation())["page"] == page
    # The other one's check was made on another device.
    assert (await other.situation())["page"] == "preparation"


@pytest.mark.parametrize(("seconds", "code"), [(299.999, None), (300, "entry_closed"), (900, "entry_closed")])
async def test_steps_before_entry_end_with_entry(day: Day, seconds: float, code: str | None) -> None:
    """F9.4."""
    day.at(-1500)
    people = {step: await day.log_in(n, walked=False) for n, step in enumerate(("procedure", "binding", "attachments"))}
    for step, candidate in people.items():
        await candidate.walk(step)
    day.at(seconds)
    answers = [await ACTS[step](candidate) for step, candidate in people.items()]
    assert [answer.json().get("error", {}).get("code") for answer in answers] == [code] * 3


async def test_who_comes_a_minute_after_t0_walks_without_a_draw_and_enters_late(day: Day) -> None:
    """F5.2, F9.4: the system assigns the lot, so that nobody loses time over cards."""
    candidate = await at_start(day, seconds=60)
    given(await candidate.prepare())
    given(await candidate.read("procedure"))
    assert given(await candidate.post("/attempt/binding/pass"))["page"] == "attachments"
    given(await candidate.read("pledge"))
    assert given(await candidate.read("notice"))["page"] == "entry"
    found = await candidate.enter()
    assert (found["late"], found["page"], found["lot"] in {"001", "002", "003"}) == (True, "answering", True)
    assert len(await events_of(day, candidate, "lot_assigned")) == 1


async def test_who_was_readmitted_enters_after_the_others_and_ends_with_them(day: Day) -> None:
    """F2.3, R10: nine minutes after T0 with the leave of staff, and six minutes are left."""
    candidate = await at_start(day, seconds=-600)
    await candidate.walk()
    day.at(360)
    assert refused(await ACTS["entry"](candidate))[:2] == (409, "entry_closed")
    leave = f"{API}/attempts/{candidate.attempt_id}/readmission"
    given(await day.staff("support").post(leave, json={"reason": "核验排队"}))
    day.at(540)
    found = await candidate.enter()
    assert (found["late"], found["times"]["ends_ms"]) == (True, to_ms(day.world.ends))
    assert found["times"]["entry_closes_ms"] == to_ms(day.world.ends)
    day.at(900)
    assert await where(candidate) == (10, "upload")


async def test_devices_can_be_confirmed_again_and_the_first_time_is_the_step(day: Day) -> None:
    """F8.1: each choice is on record."""
    candidate = await day.entered(seconds=-300)
    first_ms = to_ms(day.at(-200))
    await candidate.confirm_devices("前置", "内置")
    day.at(100)
    found = await candidate.confirm_devices("外接", "耳麦")
    assert (found["devices_confirmed_ms"], found["page"]) == (first_ms, "answering")
    assert await events_of(day, candidate, "devices_confirmed") == [
        {"camera": "前置", "microphone": "内置"},
        {"camera": "外接", "microphone": "耳麦"},
    ]
    day.at(900)
    assert refused(await candidate.post("/attempt/devices", DEVICES))[:2] == (409, "attempt_over")


def bad_reports() -> list[Any]:
    items = REPORT["items"]
    return [
        {},
        {"report": None},
        {"report": REPORT | {"items": []}},
        {"report": REPORT | {"items": [items[0], items[0]]}},
        {"report": REPORT | {"items": [items[0] | {"key": "soul"}]}},
        {"report": REPORT | {"items": [items[0] | {"state": "fine"}]}},
        {"report": REPORT | {"items": [items[0] | {"value": "x" * 121}]}},
        {"report": REPORT | {"user_agent": "x" * 401}},
        {"report": REPORT | {"width": -1}},
        {"report": REPORT | {"height": 10**40}},
    ]


async def test_what_is_no_report_choice_or_acceptance_is_refused(day: Day) -> None:
    candidate = await at_start(day)
    text = (await candidate.texts())[0]["attachment_id"]
    requests = [("/attempt/preparation", body) for body in bad_reports()]
    requests += [
        (f"/attempt/texts/{text}/acceptance", body)
        for body in ({}, {"version": 0, "reading_ms": 1}, {"version": 1, "reading_ms": -1}, {"version": 1})
    ]
    requests += [("/attempt/devices", {"camera": "x" * 201, "microphone": ""}), ("/attempt/devices", {"camera": "x"})]
    requests += [("/attempt/lot", {}), ("/attempt/lot", {"position": -1}), ("/attempt/lot", {"position": 10**9})]
    for path, body in requests:
        assert refused(await candidate.post(path, body))[:2] == (422, "input_invalid"), (path, body)
    assert (await stored(day, Preparation), await stored(day, Acceptance)) == ([], [])
