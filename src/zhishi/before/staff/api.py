"""Routes of the staff's login."""

from __future__ import annotations

from fastapi import Request, Response

from zhishi.before.staff import actions
from zhishi.before.staff.access import ANY_STAFF, COOKIE, Me
from zhishi.before.staff.models import StaffAccount
from zhishi.before.staff.rules import SESSION_LENGTH, Role
from zhishi.before.staff.schemas import Credentials, Staff
from zhishi.foundation.edge.cookies import clear_cookie, set_secret_cookie
from zhishi.foundation.edge.doors import PUBLIC, Door
from zhishi.foundation.edge.services import Services, address_of
from zhishi.foundation.edge.transactions import Here, Work
from zhishi.foundation.kernel.errors import Refusal

door = Door("/api/v1/staff/session", tag="staff")


@door.post("", access=PUBLIC, status_code=201, summary="Log in as staff")
async def log_in(credentials: Credentials, request: Request, response: Response, services: Here) -> Staff:
    now, username, address = services.clock.now(), credentials.username, address_of(request)
    async with services.database.reading() as look:
        found = await actions.check_password(
            look, username=username, password=credentials.password, address=address, now=now
        )
    # No exception inside: the failure must stay on record (law 4).
    async with services.database.writing() as work:
        if isinstance(found, StaffAccount):
            secret = await actions.open_session(work, account=found, at=now)
        else:
            actions.note_failure(work, username=username, address=address, at=now)
    if isinstance(found, Refusal):
        raise found
    give_cookie(response, services, secret)
    return present(found)


@door.get("", access=ANY_STAFF, summary="Who is logged in")
async def read_session(me: Me) -> Staff:
    return present(me)


@door.delete("", access=ANY_STAFF, status_code=204, summary="Log out")
async def log_out(request: Request, response: Response, me: Me, work: Work, services: Here) -> None:
    await actions.close_session(work, account=me, secret=request.cookies[COOKIE], at=services.clock.now())
    clear_cookie(response, services.settings, name=COOKIE)


def give_cookie(response: Response, services: Services, secret: str) -> None:
    """Hand a session's secret to the browser."""
    seconds = int(SESSION_LENGTH.total_seconds())
    set_secret_cookie(response, services.settings, name=COOKIE, secret=secret, seconds=seconds)


def present(account: StaffAccount) -> Staff:
    return Staff(
        staff_id=account.id,
        username=account.username,
        display_name=account.display_name,
        role=Role(account.role),
    )
