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
from zhishi.foundation.edge.services import Services, address_of
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
    consent: Annotated[int, Form(ge=0, le=1_000_000)] = 0,
) -> Situation:
    try:
        form = LoginForm(
            ticket=ticket,
            id_tail=id_tail,
            kind=kind,
            device=device,
            take_over=take_over,
            consent=consent,
            address=address_of(request),
        )
    except ValidationError as error:
        fields = [{"field": str(one["loc"][0]), "problem": one["type"]} for one in error.errors()]
        raise InputInvalid(fields=fields) from None
    outcome = await log_in(services, form, await _read_frames(frames))
    if isinstance(outcome, Refusal):
        raise outcome
    found = await welcome(response, services, secret=outcome.secret, attempt_id=outcome.attempt_id)
    return found.model_copy(update={"photo_registered": outcome.photo_registered})


async def welcome(response: Response, services: Services, *, secret: str, attempt_id: str) -> Situation:
    """The answer to whoever was let in, by face or by hand: the cookie, and where the attempt stands."""
    seconds = int(LOGIN_LENGTH.total_seconds())
    set_secret_cookie(response, services.settings, name=COOKIE, secret=secret, seconds=seconds)
    async with services.database.reading() as look:
        attempt = await attempt_facts(look, attempt_id)
        return await situation(look, services, attempt, now=services.clock.now())


async def _read_frames(frames: list[UploadFile]) -> list[bytes]:
    if len(frames) != FRAMES:
        raise PictureCount()
    return [await read_frame(frame) for frame in frames]


async def read_frame(frame: UploadFile) -> bytes:
    """The bytes of an uploaded picture. Raises `PictureTooLarge`."""
    data = await frame.read(FRAME_MAX + 1)
    if len(data) > FRAME_MAX:
        raise PictureTooLarge(limit=FRAME_MAX)
    return data
