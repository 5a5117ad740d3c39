"""Logging in by face over HTTP."""

from __future__ import annotations

import functools
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from httpx import AsyncClient, Response
from sqlalchemy import select

from tests.factories import faces
from tests.factories.day import API, Day
from tests.factories.devices import REPORT
from tests.factories.world import CandidateInfo
from zhishi.day.attempts.models import Attempt, AttemptEvent, AttemptLogin
from zhishi.day.identity.models import Verification

# Passes every check that needs no look at a picture, and fails the first that does.
JUNK = [b"no picture at all"] * 3


@functools.cache
def frames_of(face: Path) -> tuple[bytes, ...]:
    """Three frames as the page takes them."""
    return tuple(faces.webcam_frames(face))


@dataclass
class Page:
    """The login page on one device."""

    day: Day
    device: str = field(default_factory=lambda: str(uuid.uuid4()))
    client: AsyncClient = field(init=False)

    def __post_init__(self) -> None:
        self.client = self.day.visitor()

    async def log_in(
        self,
        who: CandidateInfo,
        frames: Sequence[bytes] | None = None,
        *,
        ticket: str | None = None,
        id_tail: str | None = None,
        **fields: Any,
    ) -> Response:
        """Send ticket, ID tail and pictures; without frames those of the person's own face."""
        assert frames is not None or who.face is not None
        pictures = frames if frames is not None else frames_of(who.face or Path())
        data = {
            "ticket": who.ticket if ticket is None else ticket,
            "id_tail": who.id_tail if id_tail is None else id_tail,
            "device": self.device,
            "kind": "real",
            "take_over": "false",
            **fields,
        }
        files = [("frames", (f"{n}.jpg", picture, "image/jpeg")) for n, picture in enumerate(pictures)]
        return await self.client.post(f"{API}/logins", data=data, files=files)

    async def enter(self) -> None:
        """Walk the steps before entry as the page does, without a phone, and press 【进入考试】."""
        walk: list[tuple[str, Any]] = [("/attempt/preparation", {"report": REPORT})]
        for text in (await self.client.get(f"{API}/attempt/texts")).json()["texts"]:
            # The procedure comes before binding and lot, the other texts after them.
            if text["position"] == 1:
                walk += [("/attempt/binding/pass", {}), ("/attempt/lot/pass", {})]
            accepted = {"version": text["version"], "reading_ms": 1000}
            walk.append((f"/attempt/texts/{text['attachment_id']}/acceptance", accepted))
        for path, body in [*walk, ("/attempt/entry", {"displays": 1, "surface": "monitor"})]:
            answer = await self.client.post(f"{API}{path}", json=body)
            assert answer.status_code == 200, (path, answer.text)


def outcome(answer: Response) -> tuple[int, str | None]:
    """Status and code; no code for a login that succeeded."""
    return answer.status_code, None if answer.status_code == 201 else answer.json()["error"]["code"]


async def rows(day: Day, table: Any) -> list[Any]:
    async with day.house.services.database.reading() as session:
        return list(await session.scalars(select(table)))


async def outcomes(day: Day) -> list[str]:
    """What came out of every try, in order."""
    async with day.house.services.database.reading() as session:
        return list(await session.scalars(select(Verification.outcome).order_by(Verification.at, Verification.id)))


async def attempts(day: Day) -> list[Attempt]:
    return await rows(day, Attempt)


async def running_logins(day: Day) -> list[AttemptLogin]:
    return [login for login in await rows(day, AttemptLogin) if login.ended_at is None]


async def event_kinds(day: Day) -> list[str]:
    async with day.house.services.database.reading() as session:
        return list(await session.scalars(select(AttemptEvent.kind).order_by(AttemptEvent.at, AttemptEvent.id)))


def pictures_stored(day: Day) -> int:
    """How many photographs lie among the blobs."""
    return len(list((day.house.services.settings.data_dir / "blobs" / "photographs").iterdir()))
