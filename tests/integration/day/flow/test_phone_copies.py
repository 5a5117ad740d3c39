"""When a phone may delete what it holds of a binding (F10.4), asked without its token."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.factories.answers import given, refused
from tests.factories.day import API, Candidate, Day, Phone
from tests.factories.world import TIMINGS
from zhishi.day.attempts.rules import UPLOAD_LENGTH
from zhishi.foundation.kernel.ids import new_id

OVER_S = TIMINGS.answer_s + TIMINGS.phone_within_s


async def copies(day: Day, phone: Phone) -> dict[str, Any]:
    return given(await day.nobody.get(f"{API}/phone/copies/{phone.binding_id}"))


async def standing(day: Day, phone: Phone) -> tuple[bool, bool]:
    """Whether the phone is still to record, and whether its copies may go."""
    found = await copies(day, phone)
    return found["running"], found["copies_may_go"]


async def publish(day: Day) -> None:
    """With whatever is lacking, at the earliest when nothing more of the exam may come."""
    day.at(OVER_S)
    officer, path = day.staff("officer"), f"{API}/exams/{day.world.exam_id}/results-publication"
    found = given(await officer.get(path))
    given(await officer.post(path, json={key: found[key] for key in ("incomplete", "open_reports")}))


async def bound(day: Day) -> tuple[Candidate, Phone]:
    """A candidate who entered and bound a phone."""
    candidate = await day.entered(seconds=0)
    return candidate, await candidate.bind_phone()


async def test_a_phones_copies_may_go_once_it_has_stopped_and_the_results_are_published(day: Day) -> None:
    _, phone = await bound(day)
    assert await copies(day, phone) == {
        "kind": "real",
        "running": True,
        "released": False,
        "copies_may_go": False,
        "time_zone": "Asia/Shanghai",
    }
    day.at(900)
    assert await standing(day, phone) == (True, False)
    given(await phone.post("/phone/stop"))
    assert await standing(day, phone) == (False, False)
    await publish(day)
    assert await standing(day, phone) == (False, True)


async def test_a_phone_that_nobody_stops_is_to_record_until_its_time_is_over(day: Day) -> None:
    _, phone = await bound(day)
    day.at(OVER_S - 0.001)
    assert await standing(day, phone) == (True, False)
    day.at(OVER_S)
    assert await standing(day, phone) == (False, False)
    await publish(day)
    assert await standing(day, phone) == (False, True)


async def test_a_phone_that_was_replaced_keeps_its_copies_as_long_as_the_others(day: Day) -> None:
    day.at(-1500)
    candidate = await day.log_in(walked=False)
    await candidate.walk("binding")
    old, new = await candidate.bind_phone(), await candidate.bind_phone()
    assert (await standing(day, old), await standing(day, new)) == ((False, False), (True, False))
    day.at(900)
    assert await standing(day, old) == (False, False)
    await publish(day)
    assert await standing(day, old) == (False, True)


async def test_a_phones_copies_stay_until_what_came_was_read_back(day: Day) -> None:
    _, phone = await bound(day)
    await phone.upload(day.recording(3))
    day.at(900)
    given(await phone.post("/phone/stop"))
    await publish(day)
    found = await copies(day, phone)
    assert (found["released"], found["copies_may_go"]) == (True, False)
    await day.reconcile()
    assert await standing(day, phone) == (False, True)


async def test_a_rehearsals_copies_may_go_when_it_is_over(day: Day) -> None:
    day.at(-86_400)
    candidate = await day.log_in_to_rehearsal(walked=False)
    phone = await candidate.walk(phone=True)
    assert phone is not None
    await candidate.enter()
    seconds = (day.clock.now() - day.world.starts).total_seconds()
    await phone.upload(day.recording(3, seconds=seconds))
    day.clock.advance(61)
    assert await standing(day, phone) == (True, False)
    given(await candidate.post("/attempt/end"))
    given(await phone.post("/phone/stop"))
    assert await standing(day, phone) == (False, False)
    await day.reconcile()
    assert (await copies(day, phone))["kind"] == "rehearsal"
    assert await standing(day, phone) == (False, True)


async def test_the_copies_of_a_rehearsal_that_was_never_entered_may_go_in_the_end(day: Day) -> None:
    day.at(-86_400)
    candidate = await day.log_in_to_rehearsal(walked=False)
    phone = await candidate.walk(phone=True)
    assert phone is not None
    assert await standing(day, phone) == (True, False)
    day.clock.advance(86_400)
    assert await standing(day, phone) == (False, True)


async def test_it_is_told_when_the_phones_token_has_ended_long_ago(day: Day) -> None:
    _, phone = await bound(day)
    await publish(day)
    day.clock.advance((UPLOAD_LENGTH + timedelta(days=1)).total_seconds())
    assert refused(await phone.get("/phone"))[:2] == (401, "phone_not_bound")
    assert await standing(day, phone) == (False, True)


async def test_who_has_no_binding_is_told_nothing(day: Day) -> None:
    candidate, _ = await bound(day)
    for name in (candidate.attempt_id, new_id(), "x"):
        assert refused(await day.nobody.get(f"{API}/phone/copies/{name}")) == (404, "not_found", {}), name
