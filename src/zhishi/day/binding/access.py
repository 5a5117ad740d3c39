"""Who may: a phone that was bound, by its token."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from zhishi.day.attempts.bearers import PURPOSE, PhoneClaim, as_phone, bearer_claim
from zhishi.foundation.edge.doors import Access
from zhishi.foundation.edge.tokens import TokenInvalid
from zhishi.foundation.edge.transactions import Here
from zhishi.foundation.kernel.errors import refusal

PhoneNotBound = refusal(
    "phone_not_bound",
    401,
    "这部手机没有绑定，或绑定已过期。请看电脑上的绑定码，重新扫码或输入；已录的内容仍在本机。",
    "This phone is not bound, or its binding has expired. Scan or type the code that your computer shows; what was "
    "recorded is still on this phone.",
)


async def _bound_phone(request: Request, services: Here) -> PhoneClaim:
    try:
        claim = bearer_claim(request.headers, services)
    except TokenInvalid:
        raise PhoneNotBound() from None
    if claim.purpose != PURPOSE:
        raise PhoneNotBound()
    return as_phone(claim)


PHONE = Access("phone", _bound_phone)
MyPhone = Annotated[PhoneClaim, Depends(_bound_phone)]
