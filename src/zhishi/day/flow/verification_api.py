"""Routes of the candidate who asks staff to look instead of a face login (F2.3)."""

from __future__ import annotations

from typing import Annotated

from fastapi import File, Form, Request, Response, UploadFile
from pydantic import ValidationError

from zhishi.before.exams.rules import SittingKind
from zhishi.day.flow.login_api import read_frame, welcome
from zhishi.day.flow.schemas import Situation
from zhishi.day.identity import queries, verifications
from zhishi.day.identity.access import VERIFICATION_COOKIE, VERIFYING, MyRequest
from zhishi.day.identity.schemas import VerificationForm, VerificationView
from zhishi.foundation.edge.cookies import clear_cookie, set_secret_cookie
from zhishi.foundation.edge.doors import PUBLIC, Door
from zhishi.foundation.edge.services import address_of
from zhishi.foundation.edge.transactions import Here, Look, Work
from zhishi.foundation.kernel.errors import InputInvalid, Refusal

door = Door("/api/v1/verifications", tag="verification")

# Nobody waits for staff longer than a day; the request itself stays on record.
COOKIE_SECONDS = 24 * 60 * 60


@door.post("", access=PUBLIC, status_code=201, summary="Ask staff to compare with their own eyes")
async def ask(
    request: Request,
    response: Response,
    services: Here,
    ticket: Annotated[str, Form(max_length=64)],
    id_tail: Annotated[str, Form(max_length=32)],
    device: Annotated[str, Form(max_length=64)],
    frame: Annotated[UploadFile, File()],
    kind: Annotated[SittingKind, Form()] = SittingKind.REAL,
    reason: Annotated[str, Form(max_length=100)] = "chosen",
    take_over: Annotated[bool, Form()] = False,
) -> VerificationView:
    try:
        form = VerificationForm(
            ticket=ticket,
            id_tail=id_tail,
            kind=kind,
            device=device,
            take_over=take_over,
            address=address_of(request),
            reason=reason,
        )
    except ValidationError as error:
        fields = [{"field": str(one["loc"][0]), "problem": one["type"]} for one in error.errors()]
        raise InputInvalid(fields=fields) from None
    secret = await verifications.ask(services, form, await read_frame(frame))
    if isinstance(secret, Refusal):
        raise secret
    set_secret_cookie(response, services.settings, name=VERIFICATION_COOKIE, secret=secret, seconds=COOKIE_SECONDS)
    async with services.database.reading() as look:
        found = await queries.request_of_secret(look, secret)
        assert found is not None
        return await queries.present_view(look, await queries.verification_request(look, found))


@door.get("/mine", access=VERIFYING, summary="Where my request stands")
async def read_mine(mine: MyRequest, look: Look) -> VerificationView:
    return await queries.present_view(look, await queries.verification_request(look, mine))


@door.post("/mine/picture", access=VERIFYING, status_code=204, summary="Show myself again")
async def show(mine: MyRequest, services: Here, frame: Annotated[UploadFile, File()]) -> None:
    await verifications.keep_picture(services, mine, await read_frame(frame))


@door.post("/mine/login", access=VERIFYING, summary="Go in, once staff have granted it")
async def go_in(mine: MyRequest, response: Response, services: Here) -> Situation:
    let_in = await verifications.go_in(services, mine)
    if isinstance(let_in, Refusal):
        raise let_in
    clear_cookie(response, services.settings, name=VERIFICATION_COOKIE)
    return await welcome(response, services, secret=let_in.secret, attempt_id=let_in.attempt_id)


@door.post("/mine/withdrawal", access=VERIFYING, status_code=204, summary="Do without it after all")
async def withdraw(mine: MyRequest, response: Response, work: Work, services: Here) -> None:
    row = await queries.verification_request(work, mine, for_change=True)
    await verifications.withdraw(work, row=row, at=services.clock.now())
    clear_cookie(response, services.settings, name=VERIFICATION_COOKIE)
