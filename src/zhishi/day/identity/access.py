"""Who may: a browser that asked for manual verification, and one that may see a home page."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request

from zhishi.day.attempts.access import COOKIE as CANDIDATE_COOKIE
from zhishi.day.attempts.queries import attempt_facts, login_of_secret
from zhishi.day.identity.homes import session_of_secret
from zhishi.day.identity.queries import request_of_secret
from zhishi.day.identity.refusals import HomeNotOpen, VerificationUnknown
from zhishi.foundation.edge.doors import Access
from zhishi.foundation.edge.transactions import Here

VERIFICATION_COOKIE = "zhishi_verification"
HOME_COOKIE = "zhishi_home"


async def _verifying(request: Request, services: Here) -> str:
    """The request behind the cookie. Raises `VerificationUnknown`."""
    secret = request.cookies.get(VERIFICATION_COOKIE)
    if secret is not None:
        async with services.database.reading() as session:
            found = await request_of_secret(session, secret)
        if found is not None:
            return found
    raise VerificationUnknown()


async def _at_home(request: Request, services: Here) -> str:
    """The registration whose home page may be seen: by the home's own login, or from an attempt that is logged in.

    A browser that has both shows the page of who came last: it may be shared. Raises `HomeNotOpen`.
    """
    now = services.clock.now()
    home, candidate = request.cookies.get(HOME_COOKIE), request.cookies.get(CANDIDATE_COOKIE)
    found: list[tuple[datetime, str]] = []
    async with services.database.reading() as session:
        opened = None if home is None else await session_of_secret(session, home, now=now)
        if opened is not None:
            found.append((opened.created_at, opened.registration_id))
        login = None if candidate is None else await login_of_secret(session, candidate, now=now)
        if login is not None:
            attempt = (await attempt_facts(session, login.attempt_id)).attempt
            found.append((login.created_at, attempt.registration_id))
    if not found:
        raise HomeNotOpen()
    return max(found)[1]


VERIFYING = Access("verifying", _verifying)
MyRequest = Annotated[str, Depends(_verifying)]
AT_HOME = Access("home", _at_home)
MyRegistration = Annotated[str, Depends(_at_home)]
