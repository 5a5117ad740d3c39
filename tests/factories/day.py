"""An exam day over a house whose clock the test moves: visitors of every kind, and recorders."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient, Response
from starlette.types import Receive, Scope, Send

from tests.factories.devices import REPORT, Candidate, Phone
from tests.factories.media import Recording, Show, record
from tests.factories.uploading import API, as_sent, digest_field, put_part
from tests.factories.walking import begin
from tests.factories.world import World
from zhishi.before.exams.rules import SittingKind
from zhishi.before.staff import access as staff_access
from zhishi.foundation.kernel.clock import SettableClock, to_ms
from zhishi.web.application import House, create_app, open_house

BASE_URL = "http://zhishi.test"

__all__ = ["API", "BASE_URL", "REPORT", "Candidate", "Day", "Phone", "as_sent", "digest_field", "put_part"]


async def bind_phone(nobody: AsyncClient, code: str, *, device: str) -> Response:
    """A phone gives a code back."""
    phone = {"id": device, "label": "测试手机", "user_agent": "Phone/1.0"}
    return await nobody.post(f"{API}/bindings", json={"code": code, "device": phone})


class Day:
    """A house, its application, its clock and its world."""

    def __init__(self, house: House, clock: SettableClock, world: World) -> None:
        self.house = house
        self.clock = clock
        self.world = world
        self._open()
        self._clients: list[AsyncClient] = []
        self.nobody = self.visitor()

    def _open(self) -> None:
        self.app: FastAPI = create_app(self.house)

    def visitor(
        self,
        *,
        cookies: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
        address: str = "192.0.2.1",
    ) -> AsyncClient:
        """A browser of its own."""
        transport = ASGITransport(self._serve, client=(address, 50_000))
        client = AsyncClient(transport=transport, base_url=BASE_URL, cookies=cookies, headers=headers)
        self._clients.append(client)
        return client

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Whatever application runs now: visitors do not notice a restart."""
        await self.app(scope, receive, send)

    def staff(self, username: str) -> AsyncClient:
        """The browser of a member of staff who is logged in."""
        return self.visitor(cookies={staff_access.COOKIE: self.world.staff[username].secret})

    def at(self, seconds: float) -> datetime:
        """Put the clock at so many seconds from T0."""
        self.clock.set(self.world.starts + timedelta(seconds=seconds))
        return self.clock.now()

    def recording(self, segments: int = 3, *, seconds: float = 0, shade: int = 0, show: Show = "moving") -> Recording:
        """A recording that begins so many seconds from T0."""
        return record(to_ms(self.world.starts + timedelta(seconds=seconds)), segments, shade=shade, show=show)

    async def log_in(self, index: int = 0, *, device: str | None = None, walked: bool = True) -> Candidate:
        """Log a candidate in through the rooms' own actions, without a face; `walked`: ready to enter."""
        device = device or str(uuid.uuid4())
        opened = await begin(self.house.services, self.world, index, device=device, walked=walked)
        return Candidate(self, self.world.candidates[index], *opened)

    async def log_in_to_rehearsal(self, index: int = 0, *, ordinal: int = 1, walked: bool = True) -> Candidate:
        """The same for the rehearsal, whose T0 is a minute after its entry."""
        opened = await begin(
            self.house.services,
            self.world,
            index,
            device=str(uuid.uuid4()),
            kind=SittingKind.REHEARSAL,
            ordinal=ordinal,
            walked=walked,
        )
        return Candidate(self, self.world.candidates[index], *opened)

    async def entered(self, index: int = 0, *, seconds: float = -300) -> Candidate:
        """A candidate who logged in and entered so many seconds from T0."""
        self.at(seconds)
        candidate = await self.log_in(index)
        await candidate.enter()
        return candidate

    async def bind(self, code: str, *, device: str) -> Response:
        """A phone gives a code back."""
        return await bind_phone(self.nobody, code, device=device)

    async def reconcile(self) -> int:
        """One round of everything that is owed."""
        return await self.house.reconciler.run_once()

    async def restart(self) -> None:
        """Stop the process and start it again on the same data; visitors keep their cookies and tokens."""
        settings, engines = self.house.services.settings, (self.house.vision, self.house.inspector)
        await self.house.close()
        self.house = open_house(settings, clock=self.clock, engines=engines)
        self._open()

    async def close(self) -> None:
        for client in self._clients:
            await client.aclose()
        await self.house.close()
