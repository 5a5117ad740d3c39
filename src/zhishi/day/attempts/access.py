"""Who may: the candidate of an attempt, by the cookie of a login."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from zhishi.day.attempts.queries import attempt_of_secret
from zhishi.foundation.edge.doors import Access
from zhishi.foundation.edge.transactions import Here
from zhishi.foundation.kernel.errors import refusal

COOKIE = "zhishi_candidate"

NotLoggedIn = refusal(
    "not_logged_in",
    401,
    "您还没有登录，或已在别的设备上登录。请重新人脸登录；本机的录像不会丢失。",
    "You are not logged in, or logged in on another device. Log in by face again; recordings on this device are kept.",
)


async def current_attempt_id(request: Request, services: Here) -> str:
    """The attempt behind the request. Raises `NotLoggedIn`."""
    secret = request.cookies.get(COOKIE)
    if secret is None:
        raise NotLoggedIn()
    async with services.database.reading() as session:
        attempt_id = await attempt_of_secret(session, secret, now=services.clock.now())
    if attempt_id is None:
        raise NotLoggedIn()
    return attempt_id


CANDIDATE = Access("candidate", current_attempt_id)
AttemptId = Annotated[str, Depends(current_attempt_id)]
