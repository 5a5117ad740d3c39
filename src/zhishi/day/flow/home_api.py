"""Routes of the candidate's home page, open at any time; they lead to no step of the exam."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Request, Response

from zhishi.day.attempts.access import COOKIE
from zhishi.day.attempts.rules import LOGIN_LENGTH
from zhishi.day.attempts.steps import keep_preparation
from zhishi.day.flow.home import home_of, leave_attempt
from zhishi.day.flow.home_schemas import Home, HomePreparation
from zhishi.day.identity.access import AT_HOME, HOME_COOKIE, MyRegistration
from zhishi.day.identity.homes import end_home_sessions, log_in_home
from zhishi.day.identity.schemas import HomeLogin
from zhishi.foundation import audit
from zhishi.foundation.edge.cookies import clear_cookie, set_secret_cookie
from zhishi.foundation.edge.doors import PUBLIC, Door
from zhishi.foundation.edge.services import address_of
from zhishi.foundation.edge.transactions import Here, Look, Work
from zhishi.foundation.kernel.errors import Refusal

door = Door("/api/v1/home", tag="home")

DeviceId = Annotated[str | None, Query(pattern="^[0-9a-fA-F-]{36}$")]


@door.post("/logins", access=PUBLIC, status_code=201, summary="Log in with the ticket's one-time secret")
async def log_in(login: HomeLogin, request: Request, response: Response, services: Here) -> Home:
    found = await log_in_home(services, login, address=address_of(request))
    if isinstance(found, Refusal):
        raise found
    registration_id, secret = found
    seconds = int(LOGIN_LENGTH.total_seconds())
    set_secret_cookie(response, services.settings, name=HOME_COOKIE, secret=secret, seconds=seconds)
    async with services.database.reading() as look:
        return await home_of(look, services, registration_id, device_id=login.device, now=services.clock.now())


@door.get("", access=AT_HOME, summary="What to do now, and what is held")
async def read_home(mine: MyRegistration, look: Look, services: Here, device: DeviceId = None) -> Home:
    return await home_of(look, services, mine, device_id=device, now=services.clock.now())


@door.post("/preparation", access=AT_HOME, summary="Keep what a check of this device found")
async def prepare(check: HomePreparation, mine: MyRegistration, work: Work, services: Here) -> Home:
    now = services.clock.now()
    await keep_preparation(
        work, registration_id=mine, device_id=check.device, report=check.report.model_dump(), attempt=None, at=now
    )
    return await home_of(work, services, mine, device_id=check.device, now=now)


@door.post("/logout", access=AT_HOME, status_code=204, summary="Log out of the home page")
async def log_out(mine: MyRegistration, request: Request, response: Response, work: Work, services: Here) -> None:
    now, actor = services.clock.now(), audit.Actor("candidate", mine)
    await end_home_sessions(work, registration_id=mine, reason="logged_out", actor=actor, at=now)
    clear_cookie(response, services.settings, name=HOME_COOKIE)
    if await leave_attempt(work, secret=request.cookies.get(COOKIE), registration_id=mine, now=now):
        clear_cookie(response, services.settings, name=COOKIE)
