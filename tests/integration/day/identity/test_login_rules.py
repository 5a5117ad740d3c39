"""Windows, devices, limits: what is decided before or beside the face (F2.1, F2.4, F9.4)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy import select

from tests.factories import faces
from tests.factories.day import API, Day
from tests.factories.login_page import (
    JUNK,
    Page,
    attempts,
    event_kinds,
    frames_of,
    outcome,
    outcomes,
    running_logins,
)
from tests.factories.world import CandidateInfo
from zhishi.before.exams.actions import create_sitting
from zhishi.before.exams.queries import sitting_facts
from zhishi.before.exams.rules import SittingKind
from zhishi.before.roster.actions import register
from zhishi.before.roster.models import Registration
from zhishi.before.roster.queries import enrolled
from zhishi.day.identity.models import Verification
from zhishi.foundation.audit import SYSTEM
from zhishi.foundation.kernel.clock import to_ms

# Whoever passes the window is asked for pictures, and junk is none.
PASSED = (422, "picture_unreadable")


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (-1800.001, (409, "login_not_open")),
        (-1800, PASSED),
        (0, PASSED),
        (299.999, PASSED),
        (300, (409, "login_closed")),
        (10_000, (409, "login_closed")),
    ],
)
async def test_login_is_open_within_its_window_only(day: Day, seconds: float, expected: tuple[int, str]) -> None:
    day.at(seconds)
    assert outcome(await Page(day).log_in(day.world.candidates[0], JUNK)) == expected
    assert await outcomes(day) == [expected[1]]


async def test_whoever_comes_too_early_or_too_late_is_told_the_time(day: Day) -> None:
    who, start = day.world.candidates[0], to_ms(day.world.starts)
    day.at(-1801)
    early = await Page(day).log_in(who, JUNK)
    assert early.json()["error"]["detail"] == {"opens_ms": start - 1_800_000}
    day.at(300)
    late = await Page(day).log_in(who, JUNK)
    assert late.json()["error"]["detail"] == {"closed_ms": start + 300_000}


async def test_ticket_and_id_tail_must_both_be_right(day: Day) -> None:
    day.at(-1000)
    one, other = day.world.candidates[:2]
    page, unknown = Page(day), (401, "login_unknown")
    assert outcome(await page.log_in(one, JUNK, id_tail=other.id_tail)) == unknown
    assert outcome(await page.log_in(one, JUNK, ticket=other.ticket)) == unknown
    assert outcome(await page.log_in(one, JUNK, ticket="NO-SUCH")) == unknown
    assert outcome(await page.log_in(one, JUNK)) == PASSED


async def test_spaces_and_a_small_x_are_forgiven(day: Day) -> None:
    day.at(-1000)
    one = day.world.candidates[0]
    assert one.id_tail.endswith("X")
    answer = await Page(day).log_in(one, JUNK, ticket=f" {one.ticket} ", id_tail=f" {one.id_tail.lower()} ")
    assert outcome(answer) == PASSED


async def test_fields_that_make_no_sense_are_refused_and_name_themselves(day: Day) -> None:
    day.at(-1000)
    page, who = Page(day), day.world.candidates[0]
    bad: list[tuple[str, Any]] = [
        *(("ticket", text) for text in ("", " ", "x" * 33, "x" * 65)),
        *(("id_tail", text) for text in ("", "12345", "1234567", "x" * 100)),
        *(("device", text) for text in ("", "x", "g" * 36, "0" * 37)),
        *(("kind", text) for text in ("REAL", "other")),
        ("take_over", "perhaps"),
    ]
    for name, value in bad:
        answer = await page.log_in(who, JUNK, **{name: value})
        assert outcome(answer) == (422, "input_invalid"), (name, value)
        assert [one["field"] for one in answer.json()["error"]["detail"]["fields"]] == [name]
    assert await outcomes(day) == []


async def test_a_text_with_a_zero_byte_is_no_ticket(day: Day) -> None:
    day.at(-1000)
    answer = await Page(day).log_in(day.world.candidates[0], JUNK, ticket="ZKZ\x00")
    assert answer.status_code in (401, 422)


async def test_after_ten_tries_in_a_minute_a_ticket_rests(day: Day) -> None:
    one, other = day.world.candidates[:2]
    page = Page(day)
    for n in range(10):
        day.at(-1000 + n)
        assert outcome(await page.log_in(one, JUNK, id_tail="000000")) == (401, "login_unknown")
    answer = await page.log_in(one)
    assert outcome(answer) == (429, "login_too_often")
    assert answer.headers["retry-after"] == "60"
    assert outcome(await Page(day).log_in(one)) == (429, "login_too_often"), "another device does not help"
    assert outcome(await page.log_in(other, JUNK)) == PASSED
    day.at(-1000 + 69)
    assert outcome(await page.log_in(one)) == (201, None)


async def test_a_page_that_keeps_asking_gets_its_ten_tries_a_minute_all_the_same(day: Day) -> None:
    """Being told to wait is no try: whoever does not wait is not shut out for ever."""
    page, one = Page(day), day.world.candidates[0]
    codes = []
    for second in range(0, 120, 4):
        day.at(-1000 + second)
        codes.append(outcome(await page.log_in(one, JUNK, id_tail="000000"))[1])
    assert codes[:12] == ["login_unknown"] * 10 + ["login_too_often"] * 2
    assert codes[15:].count("login_unknown") >= 9


async def test_nobody_can_use_up_somebody_elses_tries_from_elsewhere(day: Day) -> None:
    day.at(-1000)
    page, one = Page(day), day.world.candidates[0]
    page.client = day.visitor(address="203.0.113.9")
    codes = [outcome(await page.log_in(one, JUNK, id_tail="000000"))[1] for _ in range(11)]
    assert codes == ["login_unknown"] * 10 + ["login_too_often"]
    assert outcome(await Page(day).log_in(one)) == (201, None)


async def test_a_face_that_is_refused_is_no_guess(day: Day) -> None:
    day.at(-1000)
    page, one = Page(day), day.world.candidates[0]
    codes = {outcome(await page.log_in(one, JUNK)) for _ in range(15)}
    assert codes == {PASSED}


async def test_a_ticket_that_does_not_exist_is_limited_too(day: Day) -> None:
    day.at(-1000)
    page, one = Page(day), day.world.candidates[0]
    codes = [outcome(await page.log_in(one, JUNK, ticket="NO-SUCH"))[1] for _ in range(11)]
    assert codes == ["login_unknown"] * 10 + ["login_too_often"]


async def test_a_second_device_has_to_confirm_and_then_ends_the_first(day: Day) -> None:
    day.at(-1000)
    who, first, second = day.world.candidates[0], Page(day), Page(day)
    assert outcome(await first.log_in(who)) == (201, None)
    assert outcome(await second.log_in(who)) == (409, "login_elsewhere")
    assert (await first.client.get(f"{API}/attempt")).status_code == 200
    assert outcome(await second.log_in(who, take_over="true")) == (201, None)
    assert (await first.client.get(f"{API}/attempt")).status_code == 401
    assert (await second.client.get(f"{API}/attempt")).status_code == 200
    assert [login.device_id for login in await running_logins(day)] == [second.device]
    assert len(await attempts(day)) == 1
    assert await event_kinds(day) == ["logged_in", "login_refused", "login_ended", "logged_in"]
    assert await outcomes(day) == ["accepted", "login_elsewhere", "accepted"]


async def test_a_device_that_logged_out_need_not_be_taken_over(day: Day) -> None:
    day.at(-1000)
    who, first, second = day.world.candidates[0], Page(day), Page(day)
    await first.log_in(who)
    assert (await first.client.post(f"{API}/attempt/logout", json={})).status_code == 204
    assert outcome(await second.log_in(who)) == (201, None)


async def test_two_devices_that_take_over_at_once_leave_one_login(day: Day) -> None:
    day.at(-1000)
    who, pages = day.world.candidates[0], [Page(day), Page(day), Page(day)]
    await pages[0].log_in(who)
    answers = await asyncio.gather(*(page.log_in(who, take_over="true") for page in pages[1:]))
    assert {answer.status_code for answer in answers} <= {201, 503}
    assert len(await running_logins(day)) == 1
    working = [(await page.client.get(f"{API}/attempt")).status_code for page in pages]
    assert sorted(working) == [200, 401, 401]


async def test_after_entry_no_other_device_gets_in(day: Day) -> None:
    day.at(-1000)
    who, first, second = day.world.candidates[0], Page(day), Page(day)
    await first.log_in(who)
    await first.enter()
    for take_over in ("false", "true"):
        assert outcome(await second.log_in(who, take_over=take_over)) == (409, "login_moved_after_entry")
    assert (await first.client.get(f"{API}/attempt")).status_code == 200


async def test_an_entered_attempt_resumes_on_its_device_after_login_has_closed(day: Day) -> None:
    day.at(-1000)
    who, page = day.world.candidates[0], Page(day)
    first = (await page.log_in(who)).json()
    await page.enter()
    day.at(600)
    page.client = day.visitor()  # the crash took the cookie with it
    answer = await page.log_in(who)
    assert (outcome(answer), answer.json()["attempt_id"]) == ((201, None), first["attempt_id"])
    assert (answer.json()["page"], answer.json()["person"], answer.json()["interruptions"]) == ("answering", None, 1)
    kinds = await event_kinds(day)
    assert kinds.count("interrupted") == 1


async def test_coming_back_before_entry_or_after_the_end_is_no_interruption(day: Day) -> None:
    day.at(-1000)
    who, page = day.world.candidates[0], Page(day)
    await page.log_in(who)
    assert (await page.log_in(who)).json()["interruptions"] == 0
    await page.enter()
    day.at(1000)
    answer = await page.log_in(who)
    assert (outcome(answer), answer.json()["page"], answer.json()["interruptions"]) == ((201, None), "upload", 0)


async def test_a_login_that_was_not_used_to_enter_does_not_resume_after_the_window(day: Day) -> None:
    day.at(-1000)
    who, page = day.world.candidates[0], Page(day)
    await page.log_in(who)
    day.at(301)
    assert outcome(await page.log_in(who)) == (409, "login_closed")


async def test_a_rehearsal_is_open_whenever_and_goes_on_where_it_was(day: Day) -> None:
    day.at(-86_400)
    who, page = day.world.candidates[0], Page(day)
    first = (await page.log_in(who, kind="rehearsal")).json()
    assert (first["kind"], first["may"]["enter"]["why"]) == ("rehearsal", "steps_missing")
    day.clock.advance(30)
    again = (await page.log_in(who, kind="rehearsal")).json()
    assert again["attempt_id"] == first["attempt_id"]
    day.clock.advance(2 * 3600 + 120)
    later = (await page.log_in(who, kind="rehearsal")).json()
    assert later["attempt_id"] != first["attempt_id"]
    assert sorted(attempt.ordinal for attempt in await attempts(day)) == [1, 2]


async def test_a_rehearsal_on_another_device_is_a_new_one(day: Day) -> None:
    day.at(-86_400)
    who = day.world.candidates[0]
    first = (await Page(day).log_in(who, kind="rehearsal")).json()
    other = (await Page(day).log_in(who, kind="rehearsal")).json()
    assert first["attempt_id"] != other["attempt_id"]


async def test_a_rehearsal_needs_the_right_face_too(day: Day) -> None:
    day.at(-86_400)
    answer = await Page(day).log_in(day.world.candidates[0], frames_of(faces.biden()), kind="rehearsal")
    assert outcome(answer) == (422, "face_not_matching")


async def _register_for_another_sitting(day: Day, who: CandidateInfo, *, hours: float) -> str:
    """The same ticket in a sitting so many hours later."""
    from datetime import timedelta

    now = day.clock.now()
    async with day.house.services.database.writing() as session:
        held_in = await sitting_facts(session, day.world.sitting_id)
        starts = day.world.starts + timedelta(hours=hours)
        sitting = await create_sitting(
            session, exam=held_in.exam, kind=SittingKind.REAL, name="另一场", starts_at=starts, actor=SYSTEM, at=now
        )
        one = await enrolled(session, who.registration_id)
        await register(
            session,
            sitting_id=sitting.id,
            person=one.person,
            ticket=who.ticket,
            post="综合管理岗",
            photo_key=one.registration.photo_key,
            photo_source="imported",
            actor=SYSTEM,
            at=now,
        )
        return sitting.id


async def test_a_running_attempt_is_resumed_even_if_another_sitting_has_opened(day: Day) -> None:
    day.at(-1000)
    who, page = day.world.candidates[0], Page(day)
    await _register_for_another_sitting(day, who, hours=0.5)
    first = (await page.log_in(who)).json()
    await page.enter()
    day.at(600)
    page.client = day.visitor()
    answer = await page.log_in(who)
    assert (outcome(answer), answer.json()["attempt_id"]) == ((201, None), first["attempt_id"])


async def test_one_ticket_in_two_sittings_logs_in_to_the_one_that_is_open(day: Day) -> None:
    day.at(-1000)
    who = day.world.candidates[0]
    later = await _register_for_another_sitting(day, who, hours=3)
    day.at(3 * 3600 - 1000)
    answer = await Page(day).log_in(who)
    assert outcome(answer) == (201, None)
    [attempt] = await attempts(day)
    assert attempt.sitting_id == later
    async with day.house.services.database.reading() as session:
        registrations = await session.scalars(select(Registration).where(Registration.ticket == who.ticket))
        assert len(list(registrations)) == 2


async def test_every_try_keeps_its_figures_and_no_picture(day: Day) -> None:
    day.at(-1000)
    await Page(day).log_in(day.world.candidates[0])
    async with day.house.services.database.reading() as session:
        [row] = list(await session.scalars(select(Verification)))
    assert sorted(row.figures) == [
        "borderline",
        "distances",
        "engine",
        "identical_frames",
        "milliseconds",
        "spread",
    ]
    assert len(row.figures["distances"]) == 3
    assert row.registration_id == day.world.candidates[0].registration_id
    assert day.world.candidates[0].ticket not in str(vars(row))
