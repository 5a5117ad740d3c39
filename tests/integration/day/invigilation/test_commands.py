"""What staff do for one candidate: waive the phone, allow another one, readmit; and when that is refused."""

from __future__ import annotations

from typing import Any

import pytest
from httpx import Response

from tests.factories.day import API, Candidate, Day
from tests.factories.login_page import JUNK, Page, outcome
from tests.integration.day.invigilation.desk import details_of, entries, look, row_of
from zhishi.before.exams.models import Exam
from zhishi.before.exams.rules import PhonePolicy
from zhishi.foundation.kernel.clock import to_ms

REASON = "考生来电说明，已核对身份"


async def command(day: Day, candidate: Candidate, what: str, *, by: str = "support", reason: Any = REASON) -> Response:
    return await day.staff(by).post(f"{API}/attempts/{candidate.attempt_id}/{what}", json={"reason": reason})


def refused(answer: Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


async def permitted(day: Day, candidate: Candidate, what: str) -> float | None:
    """What was allowed: until so many seconds from T0; None for good."""
    answer = await command(day, candidate, what)
    assert answer.status_code == 200, answer.text
    until_ms = answer.json()["until_ms"]
    return None if until_ms is None else (until_ms - to_ms(day.world.starts)) / 1000


async def ask_for_phones(day: Day, policy: PhonePolicy) -> None:
    async with day.house.services.database.writing() as session:
        (await session.get_one(Exam, day.world.exam_id)).phone_policy = policy


async def test_a_waiver_lets_in_whom_only_the_phone_kept_out(day: Day) -> None:
    await ask_for_phones(day, PhonePolicy.REQUIRED)
    day.at(-300)
    one = await day.log_in(0)
    entry = {"displays": 1, "surface": "monitor"}
    kept_out = await one.post("/attempt/entry", entry)
    assert (refused(kept_out), kept_out.json()["error"]["detail"]) == ((409, "steps_missing"), {"step": "binding"})
    assert await permitted(day, one, "binding-waiver") is None
    assert (await one.situation())["phone"]["waived"] is True
    assert (await row_of(day))["phone"]["waived"] is True
    assert (await one.post("/attempt/entry", entry)).status_code == 200
    assert await details_of(day, one, "binding_waived") == [{"reason": REASON}]


async def test_leave_for_another_phone_is_good_for_one_and_for_a_while(day: Day) -> None:
    day.at(-300)
    one = await day.log_in(0)
    first = await one.bind_phone()
    await one.enter()
    assert refused(await one.post("/attempt/binding-codes")) == (409, "rebind_needs_staff")
    assert await permitted(day, one, "rebinding") == -300 + 900
    assert (await row_of(day))["phone"]["rebind_allowed"] is True
    second = await one.bind_phone()
    assert (await first.get("/phone")).json()["replaced"] is True
    assert (await second.get("/phone")).json()["replaced"] is False
    assert refused(await one.post("/attempt/binding-codes")) == (409, "rebind_needs_staff")
    assert await permitted(day, one, "rebinding") == 600
    day.at(600)
    assert refused(await one.post("/attempt/binding-codes")) == (409, "rebind_needs_staff")
    day.at(800)
    assert await permitted(day, one, "rebinding") == 900
    assert await details_of(day, one, "rebind_allowed") == [{"reason": REASON}] * 3


async def test_who_missed_the_time_for_entering_is_let_in_until_the_end(day: Day) -> None:
    day.at(-300)
    one = await day.log_in(0)
    day.at(400)
    assert refused(await one.post("/attempt/entry", {"displays": 1, "surface": "monitor"})) == (409, "entry_closed")
    assert await permitted(day, one, "readmission") == 900
    situation = await one.situation()
    assert (situation["page"], situation["times"]["entry_closes_ms"]) == ("entry", to_ms(day.world.ends))
    entered = await one.enter()
    assert (entered["late"], entered["times"]["ends_ms"]) == (True, to_ms(day.world.ends))
    assert await details_of(day, one, "readmitted") == [{"reason": REASON, "until_ms": to_ms(day.world.ends)}]


async def test_who_missed_it_may_log_in_again_too(day: Day) -> None:
    day.at(-300)
    one = await day.log_in(0)
    day.at(400)
    assert outcome(await Page(day).log_in(one.who, JUNK)) == (409, "login_closed")
    await permitted(day, one, "readmission")
    assert outcome(await Page(day).log_in(one.who, JUNK, take_over="true")) == (422, "picture_unreadable")


async def test_a_running_attempt_may_move_to_another_device_for_a_while(day: Day) -> None:
    one, other = await day.entered(0, seconds=-300), Page(day)
    assert outcome(await other.log_in(one.who, JUNK, take_over="true")) == (409, "login_moved_after_entry")
    assert await permitted(day, one, "readmission") == 600
    assert (await look(day, one, "live"))["move_allowed_until_ms"] == to_ms(day.world.starts) + 600_000
    # Junk is no picture: the device was let as far as the face.
    assert outcome(await other.log_in(one.who, JUNK, take_over="true")) == (422, "picture_unreadable")
    day.at(600)
    assert outcome(await other.log_in(one.who, JUNK, take_over="true")) == (409, "login_moved_after_entry")


async def test_leave_that_was_given_for_longer_stays(day: Day) -> None:
    one = await day.entered(0, seconds=-300)
    assert await permitted(day, one, "readmission") == 600
    day.at(-100)
    assert await permitted(day, one, "readmission") == 800
    assert (await look(day, one, "record"))["move_allowed_until_ms"] == to_ms(day.world.starts) + 800_000


@pytest.mark.parametrize("what", ["binding-waiver", "rebinding", "readmission"])
async def test_after_the_end_nothing_is_allowed_any_more(day: Day, what: str) -> None:
    one, never_entered = await day.entered(0, seconds=0), await day.log_in(1)
    day.at(900)
    for candidate in (one, never_entered):
        assert refused(await command(day, candidate, what)) == (409, "candidate_is_over")


@pytest.mark.parametrize(
    ("what", "code"),
    [
        ("binding-waiver", "waiver_after_entry"),
        ("rebinding", "rebinding_not_needed"),
    ],
)
async def test_after_entry_without_a_phone_there_is_nothing_to_allow(day: Day, what: str, code: str) -> None:
    assert refused(await command(day, await day.entered(0), what)) == (409, code)


async def test_before_entry_what_the_candidate_can_do_alone_is_refused_with_words(day: Day) -> None:
    day.at(-900)
    one, two = await day.log_in(0), await day.log_in(1)
    await one.bind_phone()
    assert refused(await command(day, one, "binding-waiver")) == (409, "waiver_not_needed")
    assert refused(await command(day, one, "rebinding")) == (409, "rebinding_not_needed")
    assert refused(await command(day, one, "readmission")) == (409, "readmission_not_needed")
    await permitted(day, two, "binding-waiver")
    assert refused(await command(day, two, "binding-waiver")) == (409, "waiver_done")


async def test_a_waiver_alone_does_not_open_entry_again(day: Day) -> None:
    await ask_for_phones(day, PhonePolicy.REQUIRED)
    day.at(-300)
    one = await day.log_in(0)
    day.at(400)
    assert refused(await command(day, one, "binding-waiver")) == (409, "waiver_too_late")
    await permitted(day, one, "readmission")
    await permitted(day, one, "binding-waiver")
    await one.enter()


async def test_an_exam_without_phones_has_nothing_to_waive(day: Day) -> None:
    await ask_for_phones(day, PhonePolicy.OFF)
    day.at(-300)
    one = await day.log_in(0)
    assert refused(await command(day, one, "binding-waiver")) == (409, "phone_not_used")
    await one.enter()
    assert refused(await command(day, one, "rebinding")) == (409, "phone_not_used")


async def test_a_rehearsal_is_begun_again_instead_of_readmitted(day: Day) -> None:
    day.at(-3000)
    one = await day.log_in_to_rehearsal(0)
    await one.enter()
    assert refused(await command(day, one, "readmission")) == (409, "readmission_not_needed")


async def test_what_is_allowed_is_on_record_with_who_and_why_and_what_is_refused_is_not(day: Day) -> None:
    day.at(-300)
    one, two = await day.log_in(0), await day.log_in(1)
    await two.bind_phone()
    await two.enter()
    before = len(await entries(day))
    await command(day, one, "binding-waiver", by="invigilator", reason="手机进水，已核实")
    await command(day, two, "rebinding", by="support")
    await command(day, two, "readmission", by="officer", reason=f"  {REASON}  ")
    for refused_one in ("binding-waiver", "rebinding"):
        assert (await command(day, one, refused_one)).status_code == 409
    found = [
        (entry.action, entry.actor_kind, entry.actor_id, entry.subject_kind, entry.subject_id, entry.detail["reason"])
        for entry in (await entries(day))[before:]
    ]
    staff = {name: member.staff_id for name, member in day.world.staff.items()}
    assert found == [
        ("binding.waived", "staff", staff["invigilator"], "attempt", one.attempt_id, "手机进水，已核实"),
        ("binding.allowed", "staff", staff["support"], "attempt", two.attempt_id, REASON),
        ("attempt.readmitted", "staff", staff["officer"], "attempt", two.attempt_id, REASON),
    ]


@pytest.mark.parametrize("what", ["binding-waiver", "rebinding", "readmission"])
@pytest.mark.parametrize("reason", ["", "因", "   因   ", "长" * 301, None, 5])
async def test_an_exception_needs_a_reason(day: Day, what: str, reason: Any) -> None:
    one = await day.entered(0)
    assert refused(await command(day, one, what, reason=reason)) == (422, "input_invalid")


@pytest.mark.parametrize("what", ["binding-waiver", "rebinding", "readmission"])
async def test_a_candidate_that_does_not_exist_is_not_found(day: Day, what: str) -> None:
    answer = await day.staff("officer").post(f"{API}/attempts/none/{what}", json={"reason": REASON})
    assert refused(answer) == (404, "not_found")
