"""Who may: members of staff, by role."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from zhishi.before.staff.models import StaffAccount
from zhishi.before.staff.queries import account_of_secret
from zhishi.before.staff.rules import Role
from zhishi.foundation.audit import Actor
from zhishi.foundation.edge.doors import Access
from zhishi.foundation.edge.transactions import Here
from zhishi.foundation.kernel.errors import Forbidden, refusal

COOKIE = "zhishi_staff"

StaffNotLoggedIn = refusal(
    "staff_not_logged_in",
    401,
    "登录已失效，请重新登录。",
    "You are not logged in any more: please log in again.",
)


async def current_staff(request: Request, services: Here) -> StaffAccount:
    """The account behind the request. Raises `StaffNotLoggedIn`."""
    secret = request.cookies.get(COOKIE)
    if secret is None:
        raise StaffNotLoggedIn()
    async with services.database.reading() as session:
        account = await account_of_secret(session, secret, now=services.clock.now())
    if account is None:
        raise StaffNotLoggedIn()
    return account


Me = Annotated[StaffAccount, Depends(current_staff)]


def staff_only(*roles: Role) -> Access:
    """Access for members of staff in one of the roles."""
    allowed = frozenset(roles)

    async def admit(me: Me) -> None:
        if me.role not in allowed:
            raise Forbidden()

    return Access("staff", admit, frozenset(role.value for role in allowed))


ANY_STAFF = staff_only(*Role)
# Who watches, helps and answers for a sitting; examiners are not among them (law 9).
DESK = staff_only(Role.ADMINISTRATOR, Role.OFFICER, Role.INVIGILATOR, Role.SUPPORT)
EXAMINERS = staff_only(Role.EXAMINER)


def acting(account: StaffAccount) -> Actor:
    """The account as the actor of an audit row."""
    return Actor("staff", account.id)
