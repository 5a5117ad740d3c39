"""Staff compare the pictures where a face login fails: nobody is locked out by an algorithm alone (F2.3)."""

from __future__ import annotations

import asyncio

import pytest

from tests.factories import faces
from tests.factories.day import API, Day
from tests.factories.login_page import Page, attempts, event_kinds, frames_of, outcome, rows, running_logins
from tests.factories.verifying import Asking, decide, evidence, grant_first, picture, queue
from zhishi.day.attempts.models import AttemptEvent
from zhishi.day.identity.models import VerificationRequest
from zhishi.foundation.audit.models import AuditEntry
from zhishi.foundation.kernel.clock import to_ms


async def test_staff_see_the_picture_beside_the_photograph_and_let_the_candidate_in(day: Day) -> None:
    day.at(-1000)
    page, who = Asking(day), day.world.candidates[0]
    for _ in range(2):
        await page.log_in(who, frames_of(faces.biden()))
    asked = await page.ask(who, reason="face_not_matching")
    assert asked.status_code == 201
    assert asked.json() == {
        "state": "waiting",
        "asked_ms": to_ms(day.clock.now()),
        "ahead": 0,
        "waits_s": None,
        "reason": None,
    }
    [item] = await queue(day)
    assert {key: item[key] for key in ("name", "ticket", "kind", "state", "reason", "has_photo", "in_time")} == {
        "name": who.name,
        "ticket": who.ticket,
        "kind": "real",
        "state": "waiting",
        "reason": "face_not_matching",
        "has_photo": True,
        "in_time": True,
    }
    assert (item["takes_over"], item["entered"], item["face_failures"]) == (False, False, 2)
    desk = day.staff("invigilator")
    for name, stored in (("picture", picture(faces.obama())), ("photograph", faces.obama().read_bytes())):
        seen = await desk.get(f"{API}/verifications/{item['verification_id']}/{name}")
        assert (seen.content, seen.headers["cache-control"]) == (stored, "no-store")
    assert (await page.go_in()).json()["error"]["code"] == "verification_waiting"

    day.clock.advance(30)
    decided = await grant_first(day)
    assert (decided["state"], decided["decided_by"]) == ("granted", "工作人员 invigilator")
    assert (await page.view())["state"] == "granted"
    answer = await page.go_in()
    assert (answer.status_code, answer.json()["manual"], answer.json()["kind"]) == (200, True, "real")
    assert (await page.client.get(f"{API}/attempt")).json()["attempt_id"] == answer.json()["attempt_id"]
    assert await event_kinds(day) == ["verification_granted", "logged_in"]
    [row] = await rows(day, VerificationRequest)
    assert (row.state, row.attempt_id) == ("used", answer.json()["attempt_id"])
    actions = [one.action for one in await rows(day, AuditEntry)]
    assert {"verification.asked", "photograph.read", "verification.granted", "attempt.logged_in"} <= set(actions)


async def test_a_refusal_needs_a_reason_which_the_candidate_reads(day: Day) -> None:
    day.at(-1000)
    page, who = Asking(day), day.world.candidates[0]
    await page.ask(who)
    [item] = await queue(day)
    answer = await decide(day, item["verification_id"], grant=False, reason=" ")
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "input_invalid")
    answer = await decide(day, item["verification_id"], grant=False, reason="请摘下口罩后再申请。")
    assert (answer.status_code, answer.json()["state"]) == (200, "refused")
    view = await page.view()
    assert (view["state"], view["reason"]) == ("refused", "请摘下口罩后再申请。")
    assert (await page.go_in()).json()["error"]["code"] == "verification_decided"
    again = await page.ask(who)
    assert (again.status_code, again.json()["state"]) == (201, "waiting")
    assert await attempts(day) == []


async def test_a_decision_is_made_once_and_said_again_it_changes_nothing(day: Day) -> None:
    day.at(-1000)
    await Asking(day).ask(day.world.candidates[0])
    [item] = await queue(day)
    key = item["verification_id"]
    first = await decide(day, key, grant=True)
    day.clock.advance(5)
    assert (await decide(day, key, grant=True)).json() == first.json()
    for answer in (
        await decide(day, key, grant=False, reason="不是本人"),
        await decide(day, key, grant=True, username="support"),
    ):
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "verification_decided")


async def test_who_asked_earlier_is_counted_and_the_usual_wait_is_measured(day: Day) -> None:
    day.at(-1000)
    first, second = Asking(day), Asking(day)
    await first.ask(day.world.candidates[0])
    day.clock.advance(10)
    assert (await second.ask(day.world.candidates[1])).json()["ahead"] == 1
    assert [one["name"] for one in await queue(day)] == [one.name for one in day.world.candidates[:2]]
    day.clock.advance(30)
    await grant_first(day)
    view = await second.view()
    assert (view["ahead"], view["waits_s"]) == (0, 40)
    assert [one["state"] for one in await queue(day)] == ["waiting", "granted"]


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (-1800.001, (409, "login_not_open")),
        (-1800, (201, None)),
        (299.999, (201, None)),
        (300, (409, "login_closed")),
    ],
)
async def test_it_can_be_asked_for_while_the_login_is_open(day: Day, seconds: float, expected: tuple[int, str]) -> None:
    day.at(seconds)
    assert outcome(await Asking(day).ask(day.world.candidates[0])) == expected


async def test_the_moment_of_asking_counts_however_long_staff_take(day: Day) -> None:
    day.at(299)
    page = Asking(day)
    await page.ask(day.world.candidates[0])
    day.at(500)
    decided = await grant_first(day)
    assert decided["in_time"] is True
    answer = (await page.go_in()).json()
    assert answer["times"]["entry_closes_ms"] == to_ms(day.world.ends), "ten minutes would be past the end"
    assert answer["page"] != "home"


async def test_ten_minutes_are_left_from_the_decision_and_not_from_the_login(day: Day) -> None:
    day.at(240)
    page = Asking(day)
    await page.ask(day.world.candidates[0])
    await grant_first(day)
    day.at(299)
    answer = (await page.go_in()).json()
    assert answer["times"]["entry_closes_ms"] == to_ms(day.world.starts) + 840_000


async def test_a_grant_that_nobody_used_is_no_key_for_later(day: Day) -> None:
    day.at(-1700)
    page = Asking(day)
    await page.ask(day.world.candidates[0])
    await grant_first(day)
    day.at(-1700 + 901)
    assert (await page.go_in()).json()["error"]["code"] == "verification_expired"
    assert await attempts(day) == []


async def test_after_the_end_nobody_is_let_in_any_more(day: Day) -> None:
    day.at(299)
    page = Asking(day)
    await page.ask(day.world.candidates[0])
    day.at(900)
    [item] = await queue(day)
    answer = await decide(day, item["verification_id"], grant=True)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "verification_too_late")
    assert (await decide(day, item["verification_id"], grant=False, reason="考试已经结束。")).status_code == 200


async def test_a_grant_used_after_the_end_leads_nowhere(day: Day) -> None:
    day.at(299)
    page = Asking(day)
    await page.ask(day.world.candidates[0])
    day.at(890)
    await grant_first(day)
    day.at(901)
    assert (await page.go_in()).json()["error"]["code"] == "login_closed"
    assert await attempts(day) == []


async def test_without_a_registered_photograph_staff_can_still_decide(day: Day) -> None:
    day.at(-1000)
    page = Asking(day)
    assert (await page.ask(day.world.candidates[2], picture(faces.astronaut()))).status_code == 201
    [item] = await queue(day)
    assert item["has_photo"] is False
    answer = await day.staff("invigilator").get(f"{API}/verifications/{item['verification_id']}/photograph")
    assert answer.status_code == 404
    await grant_first(day)
    assert (await page.go_in()).status_code == 200


async def test_a_second_device_must_confirm_before_staff_are_asked(day: Day) -> None:
    day.at(-1000)
    first, second, who = Page(day), Asking(day), day.world.candidates[0]
    await first.log_in(who)
    assert outcome(await second.ask(who)) == (409, "login_elsewhere")
    assert (await event_kinds(day)).count("login_refused") == 1
    assert (await second.ask(who, take_over="true")).status_code == 201
    [item] = await queue(day)
    assert (item["takes_over"], item["entered"]) == (True, False)
    await grant_first(day)
    assert (await first.client.get(f"{API}/attempt")).status_code == 200, "until the other goes in"
    assert (await second.go_in()).status_code == 200
    assert (await first.client.get(f"{API}/attempt")).status_code == 401
    assert (await event_kinds(day)).count("login_ended") == 1


async def test_who_logged_in_elsewhere_while_staff_looked_is_not_pushed_out_unasked(day: Day) -> None:
    day.at(-1000)
    asking, other, who = Asking(day), Page(day), day.world.candidates[0]
    await asking.ask(who)
    await other.log_in(who)
    await grant_first(day)
    for _ in range(3):
        assert (await asking.go_in()).json()["error"]["code"] == "login_elsewhere"
        day.clock.advance(3)
    assert (await other.client.get(f"{API}/attempt")).status_code == 200
    assert (await event_kinds(day)).count("login_refused") == 1, "on record once, though the page asks again"
    assert (await asking.ask(who, take_over="true")).json()["state"] == "granted"
    assert (await asking.go_in()).status_code == 200


async def test_granting_moves_an_attempt_that_was_entered_on_another_device(day: Day) -> None:
    day.at(-600)
    first, second, who = Page(day), Asking(day), day.world.candidates[0]
    found = (await first.log_in(who)).json()
    await first.enter()
    day.at(400)
    assert outcome(await second.log_in(who)) == (409, "login_moved_after_entry")
    assert (await second.ask(who, reason="login_moved_after_entry")).status_code == 201
    [item] = await queue(day)
    assert (item["takes_over"], item["entered"]) == (True, True)
    await grant_first(day)
    answer = await second.go_in()
    assert (answer.status_code, answer.json()["attempt_id"]) == (200, found["attempt_id"])
    assert (await first.client.get(f"{API}/attempt")).status_code == 401
    [attempt] = await attempts(day)
    assert (attempt.device_id, attempt.manual) == (second.device, True)
    kinds = await event_kinds(day)
    assert [kinds.count(one) for one in ("login_refused", "verification_granted", "login_ended", "interrupted")] == [
        1,
        1,
        1,
        1,
    ]
    assert outcome(await first.log_in(who)) == (409, "login_moved_after_entry")


async def test_a_grant_given_before_the_entry_elsewhere_does_not_move_it(day: Day) -> None:
    day.at(-600)
    asking, other, who = Asking(day), Page(day), day.world.candidates[0]
    await asking.ask(who)
    await grant_first(day)
    await other.log_in(who)
    await other.enter()
    assert (await asking.go_in()).json()["error"]["code"] == "login_moved_after_entry"
    assert (await other.client.get(f"{API}/attempt")).status_code == 200


async def test_an_attempt_that_is_over_is_moved_nowhere(day: Day) -> None:
    day.at(-600)
    first, second, who = Page(day), Asking(day), day.world.candidates[0]
    await first.log_in(who)
    await first.enter()
    day.at(10)
    assert (await first.client.post(f"{API}/attempt/end", json={})).status_code == 200
    assert outcome(await second.ask(who)) == (409, "login_moved_after_entry")


async def test_an_answer_that_was_lost_can_be_asked_for_again_for_a_short_while(day: Day) -> None:
    day.at(-1000)
    page = Asking(day)
    await page.ask(day.world.candidates[0])
    cookie = dict(page.client.cookies)
    await grant_first(day)
    first = (await page.go_in()).json()
    page.client = day.visitor(cookies=cookie)
    day.clock.advance(60)
    again = await page.go_in()
    assert (again.status_code, again.json()["attempt_id"]) == (200, first["attempt_id"])
    assert len(await running_logins(day)) == 1
    page.client = day.visitor(cookies=cookie)
    day.clock.advance(60)
    assert (await page.go_in()).json()["error"]["code"] == "verification_expired"


async def test_asked_again_on_the_same_device_it_is_the_same_request(day: Day) -> None:
    day.at(-1000)
    page, who = Asking(day), day.world.candidates[0]
    asked = (await page.ask(who)).json()["asked_ms"]
    day.clock.advance(60)
    page.client = day.visitor()
    assert (await page.ask(who)).json()["asked_ms"] == asked
    assert len(await queue(day)) == 1
    await Asking(day).ask(who)
    assert len(await queue(day)) == 2, "another device asks for itself"


async def test_the_first_and_the_last_picture_are_kept_and_those_between_are_not(day: Day) -> None:
    day.at(-1000)
    page, who = Asking(day), day.world.candidates[0]
    pictures = [picture(face) for face in (faces.obama(), faces.obama_other(), faces.biden())]
    await page.ask(who, pictures[0])
    for one in pictures[1:]:
        day.clock.advance(3)
        assert (await page.show(one)).status_code == 204
    [item] = await queue(day)
    assert item["picture_ms"] == to_ms(day.clock.now())
    assert sorted(path.read_bytes() for path in evidence(day)) == sorted([pictures[0], pictures[2]])
    await page.ask(who, pictures[1])
    assert sorted(path.read_bytes() for path in evidence(day)) == sorted(pictures[:2])
    await grant_first(day)
    assert (await page.show(pictures[2])).status_code == 204
    assert sorted(path.read_bytes() for path in evidence(day)) == sorted(pictures[:2]), "after the decision none is"
    seen = await day.staff("support").get(f"{API}/verifications/{item['verification_id']}/picture")
    assert seen.content == pictures[1]


async def test_what_is_no_picture_of_a_camera_is_refused_and_not_kept(day: Day) -> None:
    day.at(-1000)
    page, who = Asking(day), day.world.candidates[0]
    for frame, expected in (
        (b"no picture", (422, "picture_unreadable")),
        (faces.huge_png(), (422, "picture_unreadable")),
        (faces.truncated(faces.obama()), (422, "picture_unreadable")),
        (b"\xff\xd8\xff" + b"x" * 2**20, (413, "picture_too_large")),
    ):
        assert outcome(await page.ask(who, frame)) == expected
    assert (await queue(day), evidence(day)) == ([], [])


async def test_a_request_can_be_withdrawn_and_then_opens_nothing(day: Day) -> None:
    day.at(-1000)
    page, who = Asking(day), day.world.candidates[0]
    await page.ask(who)
    cookie = dict(page.client.cookies)
    assert (await page.withdraw()).status_code == 204
    assert (await page.client.get(f"{API}/verifications/mine")).status_code == 401, "the cookie is gone"
    page.client = day.visitor(cookies=cookie)
    assert (await page.withdraw()).status_code == 204
    assert (await page.go_in()).json()["error"]["code"] == "verification_decided"
    assert await queue(day) == []


async def test_guessing_is_limited_here_as_at_the_face_login(day: Day) -> None:
    day.at(-1000)
    page, who = Asking(day), day.world.candidates[0]
    for _ in range(10):
        assert outcome(await page.ask(who, id_tail="000000")) == (401, "login_unknown")
    assert outcome(await page.ask(who)) == (429, "login_too_often")
    assert outcome(await page.log_in(who)) == (429, "login_too_often")


async def test_a_rehearsal_can_be_verified_by_hand_at_any_time(day: Day) -> None:
    day.at(-86_400)
    page = Asking(day)
    assert (await page.ask(day.world.candidates[0], kind="rehearsal")).status_code == 201
    assert await queue(day) == []
    [item] = await queue(day, sitting_id=day.world.rehearsal_id)
    assert (item["kind"], item["in_time"]) == ("rehearsal", True)
    await decide(day, item["verification_id"], grant=True)
    answer = (await page.go_in()).json()
    assert (answer["kind"], answer["manual"]) == ("rehearsal", True)


async def test_a_login_on_a_second_device_that_is_refused_is_on_the_record_of_the_attempt(day: Day) -> None:
    """F2.4: either way it is recorded as a possible R1.2."""
    day.at(-1000)
    first, second, who = Page(day), Page(day), day.world.candidates[0]
    await first.log_in(who)
    assert outcome(await second.log_in(who)) == (409, "login_elsewhere")
    [event] = [one for one in await rows(day, AttemptEvent) if one.kind == "login_refused"]
    assert event.detail == {"device": second.device, "why": "login_elsewhere"}


async def test_of_two_members_of_staff_who_decide_at_once_one_does(day: Day) -> None:
    day.at(-1000)
    await Asking(day).ask(day.world.candidates[0])
    [item] = await queue(day)
    answers = await asyncio.gather(
        decide(day, item["verification_id"], grant=True, username="invigilator"),
        decide(day, item["verification_id"], grant=False, reason="不是本人", username="support"),
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]
