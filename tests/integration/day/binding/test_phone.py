"""Binding a phone: the code, who may give it back and when, and the demand of the organiser (F4)."""

from __future__ import annotations

import asyncio
import re
import uuid
from typing import Any

import pytest
from sqlalchemy import update

from tests.factories.answers import acts_of, events_of, given, refused, stored
from tests.factories.day import API, Candidate, Day
from zhishi.before.exams.models import Exam
from zhishi.before.exams.rules import PhonePolicy
from zhishi.day.binding.models import Binding
from zhishi.foundation.kernel.clock import to_ms

UNKNOWN = (404, "binding_code_unknown")


async def at_binding(day: Day, index: int = 0, *, seconds: float = -1500) -> Candidate:
    """A candidate at step 4."""
    day.at(seconds)
    candidate = await day.log_in(index, walked=False)
    await candidate.walk("binding")
    return candidate


async def set_policy(day: Day, policy: PhonePolicy) -> None:
    """The organiser sets what a missing phone means."""
    async with day.house.services.database.writing() as session:
        await session.execute(update(Exam).values(phone_policy=policy))


async def phone_of(candidate: Candidate) -> dict[str, Any]:
    found: dict[str, Any] = (await candidate.situation())["phone"]
    return found


def device() -> str:
    return str(uuid.uuid4())


async def test_a_code_is_shown_as_text_and_as_a_qr_code(day: Day) -> None:
    """F4.1: the address holds the code behind the hash, where no server sees it."""
    candidate = await at_binding(day)
    answer = await candidate.post("/attempt/binding-codes")
    found = given(answer, 201)
    assert re.fullmatch("[2-9A-HJKMNP-Z]{4}-[2-9A-HJKMNP-Z]{4}", found["code"])
    assert found["url"] == f"http://zhishi.test/phone#{found['code'].replace('-', '')}"
    assert found["qr_svg"].startswith("<svg")
    assert "style" not in found["qr_svg"]
    assert found["expires_ms"] == to_ms(day.world.starts) - 1_500_000 + 600_000
    assert answer.headers["cache-control"] == "no-store"


async def test_a_phone_gives_the_code_back_and_is_bound(day: Day) -> None:
    """F4.2, F4.6."""
    candidate = await at_binding(day)
    assert await phone_of(candidate) == {
        **dict.fromkeys(("bound_ms", "heard_ms", "stopped_ms", "label", "battery", "charging", "visible")),
        "pending_segments": None,
        "state": "none",
        "waived": False,
        "rebind_allowed": False,
    }
    code = await candidate.binding_code()
    bound_ms = to_ms(day.at(-1490))
    bound = given(await day.bind(code, device=device()), 201)
    situation = bound["situation"]
    assert (situation["state"], situation["replaced"], situation["bound_ms"]) == ("recording", False, bound_ms)
    assert (situation["step"], situation["kind"]) == ({"number": 5, "key": "lot"}, "real")
    assert situation["track"]["kind"] == "phone"
    found = await candidate.situation()
    assert found["page"] == "lot"
    assert (found["phone"]["state"], found["phone"]["bound_ms"], found["phone"]["label"]) == (
        "recording",
        bound_ms,
        "测试手机",
    )
    assert found["phone_track"] == situation["track"]
    assert found["tracks"] == []


@pytest.mark.parametrize(
    "typed", [str.lower, lambda code: code.replace("-", ""), lambda code: code.replace("-", " "), lambda c: f" {c} "]
)
async def test_a_code_may_be_typed_in_any_case_and_with_any_dashes(day: Day, typed: Any) -> None:
    candidate = await at_binding(day)
    code = await candidate.binding_code()
    given(await day.bind(typed(code), device=device()), 201)
    assert (await phone_of(candidate))["state"] == "recording"


@pytest.mark.parametrize("code", ["ABCD-EFGH", "0", "----", "码", "\x00", "' OR 1=1 --"])
async def test_a_code_that_was_never_shown_binds_nothing(day: Day, code: str) -> None:
    candidate = await at_binding(day)
    await candidate.binding_code()
    assert refused(await day.bind(code, device=device()))[:2] == UNKNOWN
    assert (await phone_of(candidate))["state"] == "none"


async def test_what_is_no_binding_is_refused(day: Day) -> None:
    phone = {"id": device(), "label": "x", "user_agent": "y"}
    for body in (
        {"code": "", "device": phone},
        {"code": "x" * 41, "device": phone},
        {"code": "ABCD", "device": phone | {"id": "z"}},
        {"code": "ABCD", "device": phone | {"label": "x" * 81}},
        {"code": "ABCD"},
        {},
    ):
        assert refused(await day.nobody.post(f"{API}/bindings", json=body))[:2] == (422, "input_invalid"), body


@pytest.mark.parametrize(("seconds", "bound"), [(599.999, True), (600, False), (601, False)])
async def test_a_code_is_good_for_ten_minutes(day: Day, seconds: float, bound: bool) -> None:
    candidate = await at_binding(day)
    code = await candidate.binding_code()
    day.clock.advance(seconds)
    answer = await day.bind(code, device=device())
    assert answer.status_code == (201 if bound else 404)
    assert (await phone_of(candidate))["state"] == ("recording" if bound else "none")


async def test_a_code_serves_one_phone(day: Day) -> None:
    candidate = await at_binding(day)
    code, first = await candidate.binding_code(), device()
    given(await day.bind(code, device=first), 201)
    assert refused(await day.bind(code, device=device()))[:2] == UNKNOWN
    assert [row.device_id for row in await stored(day, Binding)] == [first]


async def test_a_phone_whose_answer_was_lost_asks_again_and_gets_the_same_session(day: Day) -> None:
    candidate = await at_binding(day)
    code, mine = await candidate.binding_code(), device()
    first = given(await day.bind(code, device=mine), 201)
    day.clock.advance(5)
    again = given(await day.bind(code, device=mine), 201)
    assert again["token"] == first["token"]
    assert again["situation"]["bound_ms"] == first["situation"]["bound_ms"]
    assert len(await events_of(day, candidate, "phone_bound")) == 1


async def test_one_code_given_by_many_phones_at_once_binds_one(day: Day) -> None:
    candidate = await at_binding(day)
    code = await candidate.binding_code()
    answers = await asyncio.gather(*(day.bind(code, device=device()) for _ in range(4)))
    assert sum(answer.status_code == 201 for answer in answers) == 1
    assert {answer.status_code for answer in answers} <= {201, 404, 503}
    assert len(await events_of(day, candidate, "phone_bound")) == 1


async def test_codes_made_before_stay_good_until_one_was_used(day: Day) -> None:
    """One may be in the middle of typing when the page asks for the next."""
    candidate = await at_binding(day)
    first, second = await candidate.binding_code(), await candidate.binding_code()
    assert first != second
    given(await day.bind(first, device=device()), 201)
    assert (await phone_of(candidate))["state"] == "recording"


async def test_before_entry_another_phone_takes_the_place_of_the_first(day: Day) -> None:
    candidate = await at_binding(day)
    old = await candidate.bind_phone()
    await old.tell(level=0.3)
    day.clock.advance(30)
    new = await candidate.bind_phone()
    assert new.track_id == old.track_id, "one track a kind, whichever phone records it"
    told = given(await old.tell())
    assert (told["state"], told["replaced"]) == ("none", True)
    found = await phone_of(candidate)
    assert (found["state"], found["battery"]) == ("recording", None), "the old phone's word is not the new one's"
    assert len(await events_of(day, candidate, "phone_replaced")) == 1
    [gone] = [row for row in await stored(day, Binding) if row.ended_at is not None]
    assert (gone.end_reason, gone.state["level"]) == ("replaced", 0.3), "it has no state any more"


async def test_a_replaced_phone_uploads_what_it_still_holds(day: Day) -> None:
    candidate = await at_binding(day)
    old = await candidate.bind_phone()
    await candidate.bind_phone()
    await old.upload(day.recording(2, seconds=-1500))
    candidate_track = given(await old.get("/completeness"))["tracks"][0]
    assert candidate_track["epochs"][0]["held"] == [[0, 1]]


async def test_codes_are_for_who_has_reached_the_binding(day: Day) -> None:
    day.at(-1500)
    candidate = await day.log_in(walked=False)
    await candidate.walk("procedure")
    assert refused(await candidate.post("/attempt/binding-codes")) == (409, "steps_missing", {"step": "procedure"})


async def test_a_first_phone_may_come_while_answering(day: Day) -> None:
    candidate = await day.entered(seconds=-300)
    day.at(100)
    await candidate.bind_phone()
    found = await candidate.situation()
    assert (found["phone"]["state"], found["page"]) == ("recording", "answering")


async def test_after_entry_another_phone_needs_the_leave_of_staff_each_time(day: Day) -> None:
    """F4: it comes over the chat, is given with a reason, and serves for one phone."""
    candidate = await day.entered(seconds=-300)
    await candidate.bind_phone()
    refusal = (409, "rebind_needs_staff")
    assert refused(await candidate.post("/attempt/binding-codes"))[:2] == refusal
    assert (await candidate.situation())["may"]["bind"]["why"] == "staff_needed"
    path = f"{API}/attempts/{candidate.attempt_id}/rebinding"
    permit = given(await day.staff("support").post(path, json={"reason": "手机没电"}))
    assert permit == {"until_ms": to_ms(day.world.starts) + 600_000}
    assert (await phone_of(candidate))["rebind_allowed"] is True
    await candidate.bind_phone()
    assert (await phone_of(candidate))["rebind_allowed"] is False
    assert refused(await candidate.post("/attempt/binding-codes"))[:2] == refusal
    assert [one["reason"] for one in await events_of(day, candidate, "rebind_allowed")] == ["手机没电"]


@pytest.mark.parametrize(("seconds", "status"), [(899.999, 201), (900, 409)])
async def test_leave_for_another_phone_ends_after_a_quarter_of_an_hour(day: Day, seconds: float, status: int) -> None:
    candidate = await day.entered(seconds=-600)
    await candidate.bind_phone()
    path = f"{API}/attempts/{candidate.attempt_id}/rebinding"
    given(await day.staff("officer").post(path, json={"reason": "手机摔坏"}))
    day.clock.advance(seconds)
    assert (await candidate.post("/attempt/binding-codes")).status_code == status


async def test_a_code_made_before_entry_does_not_get_round_the_leave(day: Day) -> None:
    """What may be done is asked when it is done, not when the code was shown."""
    candidate = await at_binding(day, seconds=-600)
    spare = await candidate.binding_code()
    await candidate.bind_phone()
    await candidate.walk()
    await candidate.enter()
    assert refused(await day.bind(spare, device=device()))[:2] == (409, "rebind_needs_staff")
    assert await events_of(day, candidate, "phone_replaced") == []


async def test_after_the_end_nothing_is_bound(day: Day) -> None:
    candidate = await day.entered(seconds=-300)
    day.at(899)
    code = await candidate.binding_code()
    day.at(900)
    assert refused(await candidate.post("/attempt/binding-codes"))[:2] == (409, "attempt_over")
    assert refused(await day.bind(code, device=device()))[:2] == (409, "attempt_over")


async def test_a_required_phone_blocks_entry_until_it_is_bound(day: Day) -> None:
    await set_policy(day, PhonePolicy.REQUIRED)
    candidate = await at_binding(day, seconds=-600)
    assert refused(await candidate.post("/attempt/binding/pass"))[:2] == (409, "phone_required")
    enter = {"displays": 1, "surface": "monitor"}
    assert refused(await candidate.post("/attempt/entry", enter)) == (409, "steps_missing", {"step": "binding"})
    await candidate.bind_phone()
    await candidate.walk()
    assert (await candidate.enter())["entered_ms"] is not None


async def test_a_waiver_lifts_the_demand_from_one_candidate(day: Day) -> None:
    await set_policy(day, PhonePolicy.REQUIRED)
    one, other = await at_binding(day, 0, seconds=-600), await at_binding(day, 1, seconds=-600)
    path = f"{API}/attempts/{one.attempt_id}/binding-waiver"
    given(await day.staff("invigilator").post(path, json={"reason": "手机无法开机"}))
    found = await one.situation()
    assert (found["page"], found["phone"]["waived"]) == ("lot", True)
    await one.walk()
    await one.enter()
    assert refused(await other.post("/attempt/binding/pass"))[:2] == (409, "phone_required")
    assert [event["reason"] for event in await events_of(day, one, "binding_waived")] == ["手机无法开机"]


async def test_a_phone_that_is_lost_never_blocks_entry(day: Day) -> None:
    """F4.6: it is shown, and people judge what it means (R6, R7)."""
    await set_policy(day, PhonePolicy.REQUIRED)
    candidate = await at_binding(day, seconds=-600)
    await candidate.bind_phone()
    await candidate.walk()
    day.at(-300)
    assert (await phone_of(candidate))["state"] == "lost"
    found = await candidate.enter()
    assert (found["page"], found["phone"]["state"]) == ("devices", "lost")


async def test_where_no_phone_is_wanted_the_step_is_done(day: Day) -> None:
    await set_policy(day, PhonePolicy.OFF)
    day.at(-600)
    candidate = await day.log_in(walked=False)
    await candidate.walk("lot")
    found = await candidate.situation()
    assert (found["phone_policy"], found["may"]["bind"]["allowed"]) == ("off", False)
    assert refused(await candidate.post("/attempt/binding-codes"))[:2] == (409, "not_now")


async def test_every_act_of_the_binding_leaves_a_row_without_code_or_token(day: Day) -> None:
    candidate = await at_binding(day)
    before = len(await acts_of(day))
    code = await candidate.binding_code()
    bound = given(await day.bind(code, device=device()), 201)
    rows = await acts_of(day, after=before)
    assert [(row.action, row.actor_kind) for row in rows] == [
        ("binding.code_made", "candidate"),
        ("binding.bound", "candidate"),
        ("track.opened", "candidate"),
    ]
    told = "\n".join(f"{row.subject_id} {row.detail}" for row in rows)
    for secret in (code, code.replace("-", ""), bound["token"]):
        assert secret not in told
    [row] = await stored(day, Binding)
    kept = "\n".join(str(value) for value in vars(row).values())
    assert code.replace("-", "") not in kept
    assert bound["token"] not in kept
