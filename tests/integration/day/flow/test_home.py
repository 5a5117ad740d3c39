"""The candidate's home page: outside the login window too, never the exam itself (requirements, "Times")."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from httpx import AsyncClient, Response

from tests.factories.day import API, Day
from tests.factories.devices import REPORT, Candidate
from tests.factories.login_page import outcomes, rows
from tests.factories.world import CandidateInfo
from zhishi.day.attempts.models import Attempt
from zhishi.foundation.audit.models import AuditEntry
from zhishi.foundation.kernel.clock import to_ms


class Browser:
    """A browser at the home page."""

    def __init__(self, day: Day) -> None:
        self.client: AsyncClient = day.visitor()
        self.device = str(uuid.uuid4())

    async def log_in(self, who: CandidateInfo, **changed: Any) -> Response:
        body = {"ticket": who.ticket, "id_tail": who.id_tail, "secret": who.home_secret, "device": self.device}
        return await self.client.post(f"{API}/home/logins", json=body | changed)

    async def home(self) -> Any:
        answer = await self.client.get(f"{API}/home", params={"device": self.device})
        assert answer.status_code == 200, answer.text
        return answer.json()


def code(answer: Response) -> str:
    found: str = answer.json()["error"]["code"]
    return found


async def test_the_secret_of_the_ticket_opens_the_home_page_days_before_the_exam(day: Day) -> None:
    day.at(-5 * 86_400)
    who, browser = day.world.candidates[0], Browser(day)
    answer = await browser.log_in(who)
    assert answer.status_code == 201
    found = answer.json()
    assert found == await browser.home()
    assert {key: found[key] for key in ("ticket", "name", "next", "attempts", "preparation", "rehearsal")} == {
        "ticket": who.ticket,
        "name": who.name,
        "next": "prepare",
        "attempts": [],
        "preparation": None,
        "rehearsal": True,
    }
    assert (found["registered_photo"], found["times"]["starts_ms"]) == (True, to_ms(day.world.starts))
    assert (await browser.client.get(f"{API}/attempt")).status_code == 401, "never the exam itself"


async def test_the_secret_is_read_however_it_is_typed(day: Day) -> None:
    who, browser = day.world.candidates[0], Browser(day)
    typed = f" {who.home_secret.lower().replace('-', ' ')} "
    answer = await browser.log_in(who, secret=typed, ticket=f" {who.ticket} ", id_tail=who.id_tail.lower())
    assert answer.status_code == 201


async def test_its_first_use_ties_it_to_that_browser(day: Day) -> None:
    who, first, second = day.world.candidates[0], Browser(day), Browser(day)
    assert (await first.log_in(who)).status_code == 201
    answer = await second.log_in(who)
    assert (answer.status_code, code(answer)) == (409, "home_secret_used")
    assert "模拟考试" in answer.json()["error"]["message"]["zh"]
    first.client = day.visitor()
    assert (await first.log_in(who)).status_code == 201, "the same browser, whose cookie was lost"


@pytest.mark.parametrize("wrong", [{"secret": "AAAA-AAAA"}, {"id_tail": "000000"}, {"ticket": "NO-SUCH"}])
async def test_all_three_must_be_right(day: Day, wrong: dict[str, str]) -> None:
    answer = await Browser(day).log_in(day.world.candidates[0], **wrong)
    assert (answer.status_code, code(answer)) == (401, "home_login_unknown")
    assert await outcomes(day) == ["home_login_unknown"]


async def test_the_secret_of_somebody_else_opens_nothing(day: Day) -> None:
    one, other = day.world.candidates[:2]
    assert code(await Browser(day).log_in(one, secret=other.home_secret)) == "home_login_unknown"


async def test_guessing_is_limited(day: Day) -> None:
    who, browser = day.world.candidates[0], Browser(day)
    for _ in range(10):
        await browser.log_in(who, secret="AAAA-AAAA")
    assert code(await browser.log_in(who)) == "login_too_often"
    day.clock.advance(61)
    assert (await browser.log_in(who)).status_code == 201


@pytest.mark.parametrize("ticket", ["", "   ", "x" * 33])
async def test_what_is_no_ticket_is_refused_with_its_field(day: Day, ticket: str) -> None:
    answer = await Browser(day).log_in(day.world.candidates[0], ticket=ticket)
    assert (answer.status_code, code(answer)) == (422, "input_invalid")


async def test_staff_issue_a_new_secret_and_the_old_one_opens_nothing_any_more(day: Day) -> None:
    who, browser, support = day.world.candidates[0], Browser(day), day.staff("support")
    await browser.log_in(who)
    path = f"{API}/registrations/{who.registration_id}/home-secret"
    assert (await support.post(path, json={"reason": " "})).status_code == 422
    answer = await support.post(path, json={"reason": "准考证丢失，已电话核对身份"})
    secret = answer.json()["secret"]
    assert (answer.status_code, len(secret), secret[4]) == (200, 9, "-")
    assert (await browser.client.get(f"{API}/home")).status_code == 401
    assert code(await browser.log_in(who)) == "home_login_unknown"
    assert (await Browser(day).log_in(who, secret=secret)).status_code == 201
    [row] = [one for one in await rows(day, AuditEntry) if one.detail.get("reason") == "准考证丢失，已电话核对身份"]
    assert (row.action, row.actor_kind, row.subject_id) == ("home_secret.issued", "staff", who.registration_id)
    assert secret not in str([vars(one) for one in await rows(day, AuditEntry)])


async def test_a_check_of_the_device_is_kept_and_the_next_thing_is_a_rehearsal(day: Day) -> None:
    day.at(-86_400)
    browser = Browser(day)
    await browser.log_in(day.world.candidates[0])
    body = {"report": REPORT, "device": browser.device}
    found = (await browser.client.post(f"{API}/home/preparation", json=body)).json()
    assert (found["next"], found["preparation"]["same_device"]) == ("rehearse", True)
    assert found["preparation"]["at_ms"] == to_ms(day.clock.now())
    other = (await browser.client.get(f"{API}/home", params={"device": str(uuid.uuid4())})).json()
    assert other["preparation"]["same_device"] is False


async def _home_of(candidate: Candidate) -> Any:
    return (await candidate.client.get(f"{API}/home")).json()


async def test_a_rehearsal_leads_to_the_home_page_and_is_judged_there(day: Day) -> None:
    day.at(-86_400)
    candidate = await day.log_in_to_rehearsal()
    await candidate.enter()
    found = await _home_of(candidate)
    assert (found["name"], found["next"]) == (candidate.who.name, "rehearse")
    [one] = found["attempts"]
    assert (one["kind"], one["running"], one["verdict"], one["lot"]) == ("rehearsal", True, None, None)
    day.clock.advance(600)
    found = await _home_of(candidate)
    [one] = found["attempts"]
    assert (one["running"], one["complete"], one["verdict"]) == (False, False, "not_ready")
    assert found["next"] == "wait_login"


async def test_while_the_exam_runs_no_name_is_shown_and_the_way_back_is_the_only_act(day: Day) -> None:
    candidate = await day.entered()
    browser = Browser(day)
    found = (await browser.log_in(candidate.who)).json()
    assert (found["name"], found["next"]) == (None, "continue")
    assert candidate.who.name not in str(await _home_of(candidate))
    [one] = found["attempts"]
    assert (one["running"], one["entered_ms"]) == (True, to_ms(day.clock.now()))
    assert one["lot"] is not None


async def test_after_the_end_it_tells_what_is_missing_and_then_to_wait(day: Day) -> None:
    candidate = await day.entered(seconds=-10)
    recording = day.recording(8, seconds=-9)
    for kind in ("camera", "screen"):
        await candidate.upload(recording, kind=kind, skip=(3,))
    day.at(20)
    await candidate.post("/attempt/end")
    found = await _home_of(candidate)
    assert (found["name"], found["next"], found["attempts"][0]["complete"]) == (candidate.who.name, "upload", False)
    assert found["attempts"][0]["report_until_ms"] == to_ms(day.world.starts) + (900 + 1800) * 1000
    for kind in ("camera", "screen"):
        await candidate.put_segment(recording, recording.segments[3], kind=kind)
    found = await _home_of(candidate)
    assert (found["next"], found["attempts"][0]["complete"]) == ("wait_results", True)


async def test_what_never_came_does_not_send_the_candidate_to_the_upload_page_for_ever(day: Day) -> None:
    candidate = await day.entered(seconds=-10)
    day.at(900 + 3599)
    assert (await _home_of(candidate))["next"] == "upload"
    day.at(900 + 3600)
    found = await _home_of(candidate)
    assert (found["next"], found["attempts"][0]["complete"]) == ("wait_results", False)


@pytest.mark.parametrize(
    ("seconds", "act"), [(-1800.001, "prepare"), (-1800, "log_in"), (299.999, "log_in"), (300, "closed")]
)
async def test_the_door_opens_and_closes_on_the_home_page_as_at_the_login(day: Day, seconds: float, act: str) -> None:
    day.at(-86_400)
    browser = Browser(day)
    await browser.log_in(day.world.candidates[0])
    day.at(seconds)
    assert (await browser.home())["next"] == act


async def test_whom_staff_let_in_longer_is_told_to_log_in(day: Day) -> None:
    day.at(-100)
    candidate = await day.log_in()
    day.at(400)
    assert (await _home_of(candidate))["next"] == "closed"
    async with day.house.services.database.writing() as session:
        row = await session.get_one(Attempt, candidate.attempt_id)
        row.entry_until = day.world.ends
    assert (await _home_of(candidate))["next"] == "log_in"


async def test_who_logs_out_is_out_though_a_face_login_would_lead_back(day: Day) -> None:
    day.at(-86_400)
    candidate = await day.log_in_to_rehearsal()
    answer = await candidate.post("/home/logout")
    assert answer.status_code == 204
    client = day.visitor(cookies={"zhishi_candidate": candidate.secret})
    assert (await client.get(f"{API}/home")).status_code == 401
    browser = Browser(day)
    await browser.log_in(candidate.who)
    assert (await browser.client.post(f"{API}/home/logout", json={})).status_code == 204
    assert (await browser.client.get(f"{API}/home")).status_code == 401


async def test_leaving_the_home_page_does_not_leave_an_exam_that_runs(day: Day) -> None:
    candidate = await day.entered()
    assert (await candidate.post("/home/logout")).status_code == 204
    assert (await candidate.client.get(f"{API}/attempt")).status_code == 200


async def test_a_shared_browser_shows_the_page_of_who_came_last(day: Day) -> None:
    day.at(-86_400)
    one, other = day.world.candidates[:2]
    browser = Browser(day)
    await browser.log_in(one)
    day.clock.advance(60)
    candidate = await day.log_in_to_rehearsal(1)
    browser.client.cookies.set("zhishi_candidate", candidate.secret)
    assert (await browser.home())["ticket"] == other.ticket
    day.clock.advance(60)
    await browser.log_in(one)
    assert (await browser.home())["ticket"] == one.ticket


async def test_nobody_sees_a_home_page_without_a_login(day: Day) -> None:
    for client in (day.nobody, day.staff("officer"), day.visitor(cookies={"zhishi_home": "x"})):
        answer = await client.get(f"{API}/home")
        assert (answer.status_code, code(answer)) == (401, "home_not_open")
