"""The rehearsal: the whole flow, any number of times, with a T0 of its own and a verdict (F1.2)."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import update

from tests.factories.answers import events_of, given, refused
from tests.factories.day import API, Candidate, Day, Phone
from tests.factories.media import Recording, record
from zhishi.before.exams.models import Exam
from zhishi.before.exams.rules import PhonePolicy
from zhishi.foundation.kernel.clock import to_ms


async def begun(day: Day, *, days: float = 1, ordinal: int = 1) -> Candidate:
    """A candidate who began a rehearsal so many days before the exam."""
    day.at(-86_400 * days)
    return await day.log_in_to_rehearsal(ordinal=ordinal, walked=False)


async def verdict(candidate: Candidate) -> dict[str, Any]:
    return given(await candidate.client.get(f"{API}/attempt/verdict"))


def states(found: dict[str, Any]) -> dict[str, str]:
    return {item["key"]: item["state"] for item in found["items"]}


def whole(day: Day, seconds: int) -> Recording:
    """A recording that begins now and goes on for so many seconds."""
    return record(to_ms(day.clock.now()), seconds // 2)


async def rehearsed(day: Day, candidate: Candidate, *, seconds: int = 80, phone: bool = False) -> Phone | None:
    """Walk, enter, record everything, end after so many seconds."""
    bound = await candidate.walk(phone=phone)
    await candidate.enter()
    recording = whole(day, seconds)
    for kind in ("camera", "screen"):
        await candidate.upload(recording, kind=kind)
    if bound is not None:
        await bound.upload(recording)
    day.clock.advance(seconds)
    given(await candidate.post("/attempt/end"))
    return bound


async def test_a_rehearsal_asks_for_the_same_steps_as_the_exam(day: Day) -> None:
    candidate = await begun(day)
    pages = []
    for step in ("devices_prepared", "procedure", "binding", "lot", "attachments", "entry"):
        await candidate.walk(step)
        pages.append((await candidate.situation())["page"])
    assert pages == ["preparation", "procedure", "binding", "lot", "attachments", "entry"]


async def test_its_t0_is_a_minute_after_entry(day: Day) -> None:
    """Times are provisional until then: nobody is hurried through the steps."""
    candidate = await begun(day)
    began_ms = to_ms(day.clock.now())
    await candidate.walk()
    day.clock.advance(1000)
    times = (await candidate.situation())["times"]
    assert (times["provisional"], times["lead_s"], times["answer_s"]) == (True, 60, 120)
    assert times["entry_closes_ms"] == began_ms + 7_200_000
    found = await candidate.enter()
    entered_ms = began_ms + 1_000_000
    assert (found["kind"], found["lot"], found["late"], found["entered_ms"]) == ("rehearsal", "000", False, entered_ms)
    assert found["times"]["provisional"] is False
    assert (found["times"]["starts_ms"], found["times"]["ends_ms"]) == (entered_ms + 60_000, entered_ms + 180_000)
    pages = []
    for seconds in (0, 59.999, 0.001, 119.999, 0.001):
        day.clock.advance(seconds)
        pages.append((await candidate.situation())["page"])
    assert pages == ["devices", "devices", "answering", "answering", "upload"]


@pytest.mark.parametrize(("seconds", "code"), [(7199.999, None), (7200, "entry_closed")])
async def test_it_can_be_entered_for_two_hours(day: Day, seconds: float, code: str | None) -> None:
    candidate = await begun(day)
    await candidate.walk()
    day.clock.advance(seconds)
    answer = await candidate.post("/attempt/entry", {"displays": 1, "surface": "monitor"})
    assert answer.json().get("error", {}).get("code") == code


async def test_it_can_be_taken_again_and_again(day: Day) -> None:
    for ordinal in range(1, 6):
        candidate = await begun(day, days=6 - ordinal, ordinal=ordinal)
        await rehearsed(day, candidate)
        given(await candidate.post("/attempt/departure"))
        assert (await candidate.situation())["page"] == "home"
    rows = (await day.staff("officer").get(f"{API}/sittings/{day.world.rehearsal_id}/candidates")).json()["rows"]
    assert [row["attempt_id"] for row in rows] == [candidate.attempt_id], "staff see the newest"


async def test_each_rehearsal_begins_at_its_first_step(day: Day) -> None:
    """What was read in one counts for none of the others."""
    await rehearsed(day, await begun(day, days=3))
    again = await begun(day, days=2, ordinal=2)
    assert (await again.situation())["page"] == "preparation"
    assert [text["accepted_ms"] for text in await again.texts()] == [None] * 3


async def test_a_required_phone_is_only_advised_in_a_rehearsal(day: Day) -> None:
    """Nothing is at stake: the verdict says that the exam will ask for one."""
    async with day.house.services.database.writing() as session:
        await session.execute(update(Exam).values(phone_policy=PhonePolicy.REQUIRED))
    candidate = await begun(day)
    await candidate.walk()
    assert (await candidate.situation())["phone_policy"] == "advised"
    await candidate.enter()


async def test_it_leaves_no_sheet_and_takes_nothing_from_the_exam(day: Day) -> None:
    candidate = await begun(day)
    await rehearsed(day, candidate)
    day.at(-600)
    await day.reconcile()
    assert (await day.staff("examiner").get(f"{API}/sheets")).json()["sheets"] == []
    real = await day.log_in(0, walked=False)
    await real.walk()
    assert (await real.situation())["page"] == "entry"


async def test_a_verdict_comes_after_the_end_only(day: Day) -> None:
    candidate = await begun(day)
    await candidate.walk()
    answers = [await candidate.client.get(f"{API}/attempt/verdict")]
    await candidate.enter()
    for seconds in (0, 60, 119.999):
        day.clock.advance(seconds)
        answers.append(await candidate.client.get(f"{API}/attempt/verdict"))
    assert [refused(answer)[:2] for answer in answers] == [(409, "not_now")] * 4
    day.clock.advance(0.001)
    assert (await verdict(candidate))["overall"] == "not_ready"


async def test_where_everything_was_recorded_the_candidate_is_ready(day: Day) -> None:
    candidate = await begun(day)
    phone = await rehearsed(day, candidate, phone=True)
    assert phone is not None
    given(await phone.post("/phone/stop"))
    found = await verdict(candidate)
    assert (found["overall"], set(states(found).values())) == ("ready", {"ok"})
    assert list(states(found)) == [
        "camera",
        "screen",
        "picture",
        "sound",
        "phone",
        "network",
        "presence",
        "devices",
    ]
    [camera] = [item for item in found["items"] if item["key"] == "camera"]
    assert camera["detail"] == {"due_ms": 80_000, "covered_ms": 80_000, "lost_ms": 0}


async def test_without_a_phone_something_is_to_be_looked_at(day: Day) -> None:
    candidate = await begun(day)
    await rehearsed(day, candidate)
    found = await verdict(candidate)
    assert (found["overall"], states(found)["phone"]) == ("attention", "warn")


async def test_while_something_is_still_on_its_way_nothing_is_decided(day: Day) -> None:
    candidate = await begun(day)
    await candidate.walk()
    await candidate.enter()
    recording = whole(day, 80)
    await candidate.upload(recording)
    await candidate.upload(recording, kind="screen", skip=[5])
    day.clock.advance(80)
    given(await candidate.post("/attempt/end"))
    assert states(await verdict(candidate))["screen"] == "unknown"
    given(await candidate.put_segment(recording, recording.segments[5], kind="screen"), 201)
    assert states(await verdict(candidate))["screen"] == "ok"


@pytest.mark.parametrize(("lost_s", "state"), [(2, "warn"), (8, "warn"), (10, "bad"), (38, "bad")])
async def test_a_short_break_is_a_warning_and_a_long_one_is_bad(day: Day, lost_s: int, state: str) -> None:
    """A tenth of what is due is the bound: a break of more than eight seconds in eighty."""
    candidate = await begun(day)
    await candidate.walk()
    await candidate.enter()
    await candidate.upload(whole(day, 40))
    day.clock.advance(40 + lost_s)
    await candidate.upload(whole(day, 40 - lost_s))
    day.clock.advance(40 - lost_s)
    given(await candidate.post("/attempt/end"))
    found = await verdict(candidate)
    [camera] = [item for item in found["items"] if item["key"] == "camera"]
    assert (camera["state"], camera["detail"]["lost_ms"]) == (state, lost_s * 1000)
    assert (found["overall"], states(found)["screen"]) == ("not_ready", "bad")


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        ("picture_bad", "picture"),
        ("sound_silent", "sound"),
        ("sound_clipped", "sound"),
        ("offline", "network"),
        ("page_hidden", "presence"),
        ("window_blurred", "presence"),
        ("fullscreen_left", "presence"),
    ],
)
async def test_what_the_page_noticed_is_counted(day: Day, kind: str, key: str) -> None:
    candidate = await begun(day)
    await candidate.walk()
    await candidate.enter()
    day.clock.advance(70)
    now_ms = to_ms(day.clock.now())
    noticed = [{"kind": kind, "at_ms": now_ms + n, "device_ms": now_ms + n, "detail": None} for n in range(2)]
    given(await candidate.post("/attempt/events", {"events": noticed}))
    given(await candidate.post("/attempt/end"))
    [item] = [item for item in (await verdict(candidate))["items"] if item["key"] == key]
    assert (item["state"], item["detail"]) == ("warn", {"count": 2})


async def test_what_the_check_of_the_device_found_bad_is_told(day: Day) -> None:
    candidate = await begun(day)
    given(await candidate.prepare(camera="bad", upload="bad", display="warn"))
    await rehearsed(day, candidate)
    [item] = [item for item in (await verdict(candidate))["items"] if item["key"] == "devices"]
    assert (item["state"], item["detail"]) == ("warn", {"count": 2})


async def test_a_rehearsal_is_on_record_like_the_exam(day: Day) -> None:
    """F1.2: everything in it is real."""
    candidate = await begun(day)
    await candidate.walk("lot")
    given(await candidate.draw(4))
    await candidate.walk()
    await candidate.enter()
    kinds = ("prepared", "text_accepted", "binding_passed", "lot_drawn", "entered")
    assert len(await events_of(day, candidate, *kinds)) == 1 + 3 + 1 + 1 + 1
