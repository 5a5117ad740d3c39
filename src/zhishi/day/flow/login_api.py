"""The way in: face login, answered with where the attempt stands.

It lies here and not in `identity`, because its answer is the situation, which only the conductor knows.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import File, Form, Request, Response, UploadFile
from pydantic import ValidationError

from zhishi.before.exams.rules import SittingKind
from zhishi.day.attempts.access import COOKIE
from zhishi.day.attempts.queries import attempt_facts
from zhishi.day.attempts.rules import LOGIN_LENGTH
from zhishi.day.flow.queries import situation
from zhishi.day.flow.schemas import Situation
from zhishi.day.identity.login import FRAMES, log_in
from zhishi.day.identity.refusals import PictureCount, PictureTooLarge
from zhishi.day.identity.schemas import LoginForm
from zhishi.foundation.edge.cookies import set_secret_cookie
from zhishi.foundation.edge.doors import PUBLIC, Door
from zhishi.foundation.edge.services import address_of
from zhishi.foundation.edge.transactions import Here
from zhishi.foundation.kernel.errors import InputInvalid, Refusal

door = Door("/api/v1", tag="attempt")

# A JPEG of 1280×960 at high quality is about 300 KB.
FRAME_MAX = 2**20


@door.post("/logins", access=PUBLIC, status_code=201, summary="Log in by face")
async def create_login(
    request: Request,
    response: Response,
    services: Here,
    ticket: Annotated[str, Form(max_length=64)],
    id_tail: Annotated[str, Form(max_length=32)],
    device: Annotated[str, Form(max_length=64)],
    frames: Annotated[list[UploadFile], File()],
    kind: Annotated[SittingKind, Form()] = SittingKind.REAL,
    take_over: Annotated[bool, Form()] = False,
) -> Situation:
    try:
        form = LoginForm(
            ticket=ticket,
            id_tail=id_tail,
            kind=kind,
            device=device,
            take_over=take_over,
            address=address_of(request),
        )
    except ValidationError as error:
        fields = [{"field": str(one["loc"][0]), "problem": one["type"]} for one in error.errors()]
        raise InputInvalid(fields=fields) from None
    outcome = await log_in(services, form, await _read_frames(frames))
    if isinstance(outcome, Refusal):
        raise outcome
    seconds = int(LOGIN_LENGTH.total_seconds())
    set_secret_cookie(response, services.settings, name=COOKIE, secret=outcome.secret, seconds=seconds)
    async with services.database.reading() as look:
        attempt = await attempt_facts(look, outcome.attempt_id)
        found = await situation(look, services, attempt, now=services.clock.now())
    return found.model_copy(update={"photo_registered": outcome.photo_registered})


async def _read_frames(frames: list[UploadFile]) -> list[bytes]:
    if len(frames) != FRAMES:
        raise PictureCount()
    read = []
    for frame in frames:
        data = await frame.read(FRAME_MAX + 1)
        if len(data) > FRAME_MAX:
            raise PictureTooLarge(limit=FRAME_MAX)
        read.append(data)
    return read
