"""The staff's login: passwords, sessions, the limit on guessing."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from httpx import AsyncClient, Response
from sqlalchemy import select, update

from tests.factories.day import API, Day
from tests.factories.world import PASSWORD
from zhishi.before.staff.models import StaffAccount
from zhishi.before.staff.rules import FAILURE_WINDOW, FAILURES_ALLOWED, SESSION_LENGTH
from zhishi.foundation.audit.models import AuditEntry

SESSION = f"{API}/staff/session"


async def log_in(client: AsyncClient, username: str = "officer", password: str = PASSWORD) -> Response:
    return await client.post(SESSION, json={"username": username, "password": password})


def refused(answer: Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


async def test_the_right_password_opens_a_session(day: Day) -> None:
    client = day.visitor()
    answer = await log_in(client)
    member = day.world.staff["officer"]
    expected = {
        "staff_id": member.staff_id,
        "username": "officer",
        "display_name": member.display_name,
        "role": "officer",
    }
    assert (answer.status_code, answer.json()) == (201, expected)
    assert (await client.get(SESSION)).json() == expected


async def test_the_cookie_can_be_read_by_no_script_and_sent_from_no_other_site(day: Day) -> None:
    [field] = (await log_in(day.visitor())).headers.get_list("set-cookie")
    assert {"httponly", "samesite=strict", "path=/"} <= {part.strip().lower() for part in field.split(";")}


@pytest.mark.parametrize(
    ("username", "password"),
    [
        ("officer", PASSWORD + "x"),
        ("officer", "x"),
        ("nobody", PASSWORD),
        ("OFFICER", PASSWORD),
        ("officer ", PASSWORD),
    ],
)
async def test_wrong_credentials_are_refused_in_the_same_words(day: Day, username: str, password: str) -> None:
    client = day.visitor()
    assert refused(await log_in(client, username, password)) == (401, "staff_login_failed")
    assert refused(await client.get(SESSION)) == (401, "staff_not_logged_in")


async def test_credentials_that_make_no_sense_are_refused(day: Day) -> None:
    bad: list[Any] = [
        {},
        {"username": "", "password": "x"},
        {"username": "x" * 65, "password": "x"},
        {"username": "x"},
        [],
    ]
    for body in bad:
        assert refused(await day.nobody.post(SESSION, json=body)) == (422, "input_invalid"), body
    odd = ({"username": "\x00", "password": "x"}, {"username": "officer", "password": "\x00"})
    assert {(await day.nobody.post(SESSION, json=body)).status_code for body in odd} <= {401, 422}


async def test_after_some_failures_a_username_rests_for_its_window(day: Day) -> None:
    client = day.visitor()
    for _ in range(FAILURES_ALLOWED):
        assert refused(await log_in(client, password="wrong")) == (401, "staff_login_failed")
    answer = await log_in(client)
    assert refused(answer) == (429, "staff_login_too_often")
    assert answer.headers["retry-after"] == str(int(FAILURE_WINDOW.total_seconds()))
    assert (await log_in(client, "support")).status_code == 201
    day.clock.advance(FAILURE_WINDOW.total_seconds() + 1)
    assert (await log_in(client)).status_code == 201


async def test_nobody_can_keep_staff_out_from_elsewhere(day: Day) -> None:
    attacker = day.visitor(address="203.0.113.9")
    for _ in range(FAILURES_ALLOWED + 1):
        await log_in(attacker, password="wrong")
    assert refused(await log_in(attacker)) == (429, "staff_login_too_often")
    assert (await log_in(day.visitor())).status_code == 201


async def test_a_username_that_does_not_exist_is_limited_too(day: Day) -> None:
    client = day.visitor()
    codes = [refused(await log_in(client, "nobody"))[1] for _ in range(FAILURES_ALLOWED + 1)]
    assert codes == ["staff_login_failed"] * FAILURES_ALLOWED + ["staff_login_too_often"]


async def test_logging_out_ends_this_session_and_no_other(day: Day) -> None:
    one, other = day.visitor(), day.visitor()
    await log_in(one)
    await log_in(other)
    assert (await one.delete(SESSION)).status_code == 204
    assert refused(await one.get(SESSION)) == (401, "staff_not_logged_in")
    assert (await other.get(SESSION)).status_code == 200


async def test_a_session_ends_after_its_hours(day: Day) -> None:
    client = day.visitor()
    await log_in(client)
    day.clock.advance(SESSION_LENGTH.total_seconds() - 0.001)
    assert (await client.get(SESSION)).status_code == 200
    day.clock.advance(0.001)
    assert refused(await client.get(SESSION)) == (401, "staff_not_logged_in")


async def test_an_account_that_was_closed_opens_nothing(day: Day) -> None:
    client = day.visitor()
    await log_in(client)
    async with day.house.services.database.writing() as session:
        await session.execute(update(StaffAccount).where(StaffAccount.username == "officer").values(active=False))
    assert refused(await client.get(SESSION)) == (401, "staff_not_logged_in")
    assert refused(await log_in(day.visitor())) == (401, "staff_login_failed")


async def test_many_logins_at_once_all_succeed(day: Day) -> None:
    answers = await asyncio.gather(*(log_in(day.visitor(), username) for username in day.world.staff))
    assert {answer.status_code for answer in answers} == {201}


async def test_logins_and_failures_are_on_record_without_what_was_typed(day: Day) -> None:
    client = day.visitor()
    await log_in(client)
    await log_in(client, "my-password-by-mistake", "wrong")
    await client.delete(SESSION)
    async with day.house.services.database.reading() as session:
        rows = await session.scalars(select(AuditEntry).where(AuditEntry.action.startswith("staff.")))
        entries = [row for row in rows if row.action != "staff.created"]
    assert sorted(entry.action for entry in entries)[-3:] == [
        "staff.logged_in",
        "staff.logged_out",
        "staff.login_failed",
    ]
    assert [entry for entry in entries if "mistake" in f"{entry.subject_id} {entry.detail}"] == []


async def test_passwords_are_kept_as_argon2id(day: Day) -> None:
    async with day.house.services.database.reading() as session:
        hashes = list(await session.scalars(select(StaffAccount.password_hash)))
    assert {one.split("$")[1] for one in hashes} == {"argon2id"}
    assert len(set(hashes)) == len(hashes)
