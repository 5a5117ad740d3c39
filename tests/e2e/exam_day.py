"""An exam in this process whose clock the test moves: what belongs to a minute after T0 need not be waited for."""

from __future__ import annotations

import asyncio
import threading
import uuid
from collections.abc import Coroutine
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import uvicorn
from httpx import AsyncClient, Response

from tests.e2e.exam import Exam
from tests.factories.day import bind_phone
from tests.factories.devices import Candidate
from tests.factories.walking import begin
from tests.factories.world import PASSWORD, TIMINGS, World, seed_world
from zhishi.cli.serving import make_server
from zhishi.foundation.kernel.clock import SystemClock, to_ms
from zhishi.foundation.settings import Settings
from zhishi.migrations import upgrade
from zhishi.web.application import House, open_house

READY_WITHIN_S = 90
_T = TypeVar("_T")


class MovedClock:
    """A clock that runs like every other, and can be moved. Read and moved from several threads."""

    def __init__(self) -> None:
        self._ahead = timedelta()
        self._true = SystemClock()

    def now(self) -> datetime:
        return self._true.now() + self._ahead

    def move_to(self, moment: datetime) -> None:
        self._ahead = moment - self._true.now()


class ExamDay(Exam):
    """A house of its own on a free port, seeded with the world that the other tests use."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._settings = Settings(data_dir=folder)
        self.clock = MovedClock()
        self.starts = self.clock.now().replace(microsecond=0) + timedelta(hours=1)
        self.world = World(self.starts)
        self._port = 0
        self._ready = threading.Event()
        self._failure: BaseException | None = None
        self._server: uvicorn.Server | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._house: House | None = None
        self._clients: list[AsyncClient] = []
        self._thread = threading.Thread(target=self._run, name="exam day", daemon=True)

    def start(self) -> None:
        """Start, and return once connections are accepted."""
        self._thread.start()
        if not self._ready.wait(READY_WITHIN_S) or self._failure is not None:
            raise RuntimeError("the exam did not start") from self._failure
        self.nobody = self.visitor()

    def stop(self) -> None:
        for client in self._clients:
            self.do(client.aclose())
        if self._server is not None:
            self._server.should_exit = True
        self._thread.join(timeout=30)

    def at(self, seconds: float) -> None:
        """Put the clock at so many seconds from T0; from there it runs on."""
        self.clock.move_to(self.starts + timedelta(seconds=seconds))

    def do(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Have something done in the thread of the server, and wait for it."""
        assert self._loop is not None
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=60)

    def visitor(self, *, cookies: dict[str, str] | None = None) -> AsyncClient:
        """A browser of its own that shows nothing."""
        client = AsyncClient(base_url=self.base_url, cookies=cookies, timeout=30)
        self._clients.append(client)
        return client

    async def bind(self, code: str, *, device: str) -> Response:
        return await bind_phone(self.nobody, code, device=device)

    def entered(self, index: int = 0) -> Candidate:
        """A candidate who has entered without a browser; what they send is up to the test."""
        assert self._house is not None
        opened = self.do(begin(self._house.services, self.world, index, device=str(uuid.uuid4())))
        candidate = Candidate(self, self.world.candidates[index], *opened)
        self.do(candidate.enter())
        return candidate

    def publish_results(self) -> None:
        """When recordings can come no more, with whatever is lacking."""
        self.at(TIMINGS.answer_s + TIMINGS.phone_within_s)
        path = f"/api/v1/exams/{self.world.exam_id}/results-publication"
        with self.client("officer") as officer:
            found = officer.get(path).raise_for_status().json()
            known = {key: found[key] for key in ("incomplete", "open_reports")}
            officer.post(path, json=known).raise_for_status()

    def local(self, seconds: float) -> datetime:
        """So many seconds from T0 where the exam is held."""
        return (self.starts + timedelta(seconds=seconds)).astimezone(ZoneInfo("Asia/Shanghai"))

    @property
    def starts_ms(self) -> int:
        """T0 in Unix ms."""
        return to_ms(self.starts)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def candidate(self, name: str) -> dict[str, str]:
        who = next(one for one in self.world.candidates if one.name == name)
        return {"name": name, "ticket": who.ticket, "id_tail": who.id_tail, "home_secret": who.home_secret}

    def staff(self, role: str) -> dict[str, str]:
        who = next(one for one in self.world.staff.values() if one.role == role)
        return {"username": who.username, "password": PASSWORD}

    def sitting_id(self) -> str:
        return self.world.sitting_id

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:
            self._failure = error
            self._ready.set()
            raise

    async def _serve(self) -> None:
        house = self._house = open_house(self._settings, clock=self.clock)
        self._loop = asyncio.get_running_loop()
        await self._seed(house)
        server = make_server(house, host="127.0.0.1", port=0, on_ready=self._tell)
        # Signals belong to the main thread, where pytest is.
        self._server = server
        await server.serve()

    async def _seed(self, house: House) -> None:
        await upgrade(house.services.database)
        self.world = await seed_world(house.services, starts=self.starts)

    def _tell(self, port: int) -> None:
        self._port = port
        self._ready.set()
