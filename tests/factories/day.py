"""An exam day over a house whose clock the test moves: visitors of every kind, and recorders."""

from __future__ import annotations

import base64
import hashlib
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient, Response
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.types import Receive, Scope, Send

from tests.factories.media import MediaSegment, Recording, record
from tests.factories.world import CandidateInfo, World
from zhishi.before.exams.queries import attachments_of
from zhishi.before.exams.rules import SittingKind
from zhishi.before.staff import access as staff_access
from zhishi.day.attempts import access as candidate_access
from zhishi.day.attempts import actions as attempts
from zhishi.day.attempts import steps
from zhishi.day.attempts.models import Attempt
from zhishi.day.attempts.queries import attempt_facts
from zhishi.foundation.kernel.clock import SettableClock, to_ms
from zhishi.web.application import House, create_app, open_house
from zhishi.web.fast_lane import FastLane

API = "/api/v1"
# What a check of a device finds where all is well.
REPORT: dict[str, Any] = {
    "items": [
        {"key": key, "state": "ok", "value": None}
        for key in ("browser", "camera", "microphone", "screen", "display", "space", "upload", "power", "clock")
    ],
    "user_agent": "Test/1.0",
    "language": "zh-CN",
    "width": 1366,
    "height": 768,
}
BASE_URL = "http://zhishi.test"


def digest_field(data: bytes) -> str:
    """The Content-Digest of a body, made without the code under test."""
    return f"sha-256=:{base64.b64encode(hashlib.sha256(data).digest()).decode()}:"


class Candidate:
    """A logged-in candidate's page: requests with the cookie, and uploads with the token."""

    def __init__(self, day: Day, who: CandidateInfo, attempt_id: str, secret: str) -> None:
        self.who = who
        self.attempt_id = attempt_id
        self.secret = secret
        self.client = day.visitor(cookies={candidate_access.COOKIE: secret})
        self.tracks: dict[str, str] = {}
        self.token = ""
        self._day = day

    async def enter(self) -> dict[str, Any]:
        """Press 【进入考试】 with one display and the whole screen shared."""
        answer = await self.post("/attempt/entry", {"displays": 1, "surface": "monitor"})
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        self.tracks = {one["kind"]: one["track_id"] for one in found["tracks"]}
        self.token = found["upload_token"]
        return found

    async def situation(self) -> dict[str, Any]:
        answer = await self.client.get(f"{API}/attempt")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def post(self, path: str, body: Any = None) -> Response:
        return await self.client.post(f"{API}{path}", json={} if body is None else body)

    @property
    def bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    async def put_init(self, recording: Recording, *, kind: str = "camera") -> Response:
        return await put_part(self._day.nobody, self.token, self.tracks[kind], recording.start_ms, recording.init)

    async def put_segment(self, recording: Recording, segment: MediaSegment, *, kind: str = "camera") -> Response:
        return await put_part(
            self._day.nobody, self.token, self.tracks[kind], recording.start_ms, segment.data, segment=segment
        )

    async def close_epoch(
        self, recording: Recording, *, kind: str = "camera", segments: int | None = None, reason: str = "ended"
    ) -> Response:
        count = len(recording.segments) if segments is None else segments
        return await self._day.nobody.post(
            f"{API}/tracks/{self.tracks[kind]}/epochs/{recording.start_ms}/closure",
            json={"segments": count, "reason": reason},
            headers=self.bearer,
        )

    async def upload(
        self, recording: Recording, *, kind: str = "camera", close: bool = True, skip: Sequence[int] = ()
    ) -> None:
        """Send a whole recording, without the skipped numbers, and say that it is over."""
        assert (await self.put_init(recording, kind=kind)).status_code in (200, 201)
        for segment in recording.segments:
            if segment.seq not in skip:
                answer = await self.put_segment(recording, segment, kind=kind)
                assert answer.status_code in (200, 201), answer.text
        if close:
            assert (await self.close_epoch(recording, kind=kind)).status_code == 200

    async def beat(
        self, recording: Recording | None = None, segments: Sequence[MediaSegment] = (), *, kind: str = "camera"
    ) -> dict[str, Any]:
        """A heartbeat that names finished segments."""
        answer = await self._day.nobody.post(
            f"{API}/heartbeats", json=self.heartbeat(recording, segments, kind=kind), headers=self.bearer
        )
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def heartbeat(
        self, recording: Recording | None = None, segments: Sequence[MediaSegment] = (), *, kind: str = "camera"
    ) -> dict[str, Any]:
        """The body of a heartbeat."""
        now_ms = to_ms(self._day.clock.now())
        return {
            "sent_ms": now_ms,
            "device_ms": now_ms + 3_600_000,
            "sequence": 1,
            "page": {"visible": True, "focused": True},
            "tracks": [{"kind": kind, "state": "recording", "detail": None}],
            "digests": [
                {
                    "track_id": self.tracks[kind],
                    "epoch": recording.start_ms if recording is not None else 0,
                    "seq": segment.seq,
                    "sha256": segment.sha256,
                    "start_ms": segment.start_ms,
                    "duration_ms": segment.duration_ms,
                }
                for segment in segments
            ],
            "spool": {"segments": 0, "bytes": 0, "quota_bytes": None, "usage_bytes": None},
        }

    async def binding_code(self) -> str:
        """A fresh code for the phone."""
        answer = await self.post("/attempt/binding-codes")
        assert answer.status_code == 201, answer.text
        code: str = answer.json()["code"]
        return code

    async def bind_phone(self, *, device: str | None = None) -> Phone:
        """A phone gives a fresh code back."""
        device = device or str(uuid.uuid4())
        answer = await self._day.bind(await self.binding_code(), device=device)
        assert answer.status_code == 201, answer.text
        return Phone(self._day, device, answer.json())

    async def completeness(self) -> dict[str, Any]:
        answer = await self._day.nobody.get(f"{API}/completeness", headers=self.bearer)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def track_state(self, kind: str = "camera") -> dict[str, Any]:
        """What completeness says of one track."""
        tracks = (await self.completeness())["tracks"]
        found: dict[str, Any] = next(track for track in tracks if track["kind"] == kind)
        return found


class Phone:
    """A bound phone: its session by its token, and uploads to its own track."""

    def __init__(self, day: Day, device: str, bound: dict[str, Any]) -> None:
        self._day = day
        self.device = device
        self.token: str = bound["token"]
        self.track_id: str = bound["situation"]["track"]["track_id"]

    @property
    def bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    async def get(self, path: str) -> Response:
        return await self._day.nobody.get(f"{API}{path}", headers=self.bearer)

    async def post(self, path: str, body: Any = None) -> Response:
        return await self._day.nobody.post(f"{API}{path}", json={} if body is None else body, headers=self.bearer)

    async def tell(self, **state: Any) -> Response:
        """What the phone says of itself every four seconds."""
        report = {"recording": "recording", "level": 0.8, "charging": False, "visible": True, "pending": 0}
        return await self.post("/phone/state", report | state)

    async def upload(self, recording: Recording, *, close: bool = True) -> None:
        """Send a whole recording to the phone's track, and say that it is over."""
        nobody, epoch = self._day.nobody, recording.start_ms
        answer = await put_part(nobody, self.token, self.track_id, epoch, recording.init)
        assert answer.status_code in (200, 201), answer.text
        for segment in recording.segments:
            answer = await put_part(nobody, self.token, self.track_id, epoch, segment.data, segment=segment)
            assert answer.status_code in (200, 201), answer.text
        if close:
            closure = {"segments": len(recording.segments), "reason": "ended"}
            answer = await self.post(f"/tracks/{self.track_id}/epochs/{epoch}/closure", closure)
            assert answer.status_code == 200, answer.text


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
        self._served = FastLane(self.app, https=self.house.services.settings.public_https)

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
        await self._served(scope, receive, send)

    def staff(self, username: str) -> AsyncClient:
        """The browser of a member of staff who is logged in."""
        return self.visitor(cookies={staff_access.COOKIE: self.world.staff[username].secret})

    def at(self, seconds: float) -> datetime:
        """Put the clock at so many seconds from T0."""
        self.clock.set(self.world.starts + timedelta(seconds=seconds))
        return self.clock.now()

    def recording(self, segments: int = 3, *, seconds: float = 0, shade: int = 0) -> Recording:
        """A recording that begins so many seconds from T0."""
        return record(to_ms(self.world.starts + timedelta(seconds=seconds)), segments, shade=shade)

    async def log_in(self, index: int = 0, *, device: str | None = None, walked: bool = True) -> Candidate:
        """Log a candidate in through the rooms' own actions, without a face; `walked`: ready to enter."""
        who, now = self.world.candidates[index], self.clock.now()
        device = device or str(uuid.uuid4())
        async with self.house.services.database.writing() as session:
            attempt = await attempts.begin_attempt(
                session,
                sitting_id=self.world.sitting_id,
                registration_id=who.registration_id,
                kind=SittingKind.REAL,
                ordinal=1,
                device_id=device,
                at=now,
            )
            secret = await attempts.open_login(session, attempt=attempt, device_id=device, at=now)
            if walked:
                await self._walk(session, attempt)
        return Candidate(self, who, attempt.id, secret)

    async def _walk(self, session: AsyncSession, attempt: Attempt) -> None:
        """The steps before entry, through the rooms' own actions: checked, read, without a phone, the lot left open."""
        now, registration_id = self.clock.now(), attempt.registration_id
        await steps.keep_preparation(
            session,
            registration_id=registration_id,
            device_id=attempt.device_id,
            report=REPORT,
            attempt=attempt,
            at=now,
        )
        for text in await attachments_of(session, self.world.exam_id):
            await steps.record_acceptance(
                session,
                registration_id=registration_id,
                attempt=attempt,
                attachment=text,
                reading_ms=60_000,
                at=now,
            )
        await steps.pass_binding(session, attempt=attempt, at=now)
        await steps.pass_lot(session, attempt=attempt, at=now)

    async def log_in_to_rehearsal(self, index: int = 0, *, ordinal: int = 1, walked: bool = True) -> Candidate:
        """The same for the rehearsal, whose T0 is a minute after its entry."""
        who, now = self.world.candidates[index], self.clock.now()
        async with self.house.services.database.writing() as session:
            attempt = await attempts.begin_attempt(
                session,
                sitting_id=self.world.rehearsal_id,
                registration_id=who.registration_id,
                kind=SittingKind.REHEARSAL,
                ordinal=ordinal,
                device_id=str(uuid.uuid4()),
                at=now,
            )
            secret = await attempts.open_login(session, attempt=attempt, device_id=attempt.device_id, at=now)
            if walked:
                await self._walk(session, attempt)
        return Candidate(self, who, attempt.id, secret)

    async def entered(self, index: int = 0, *, seconds: float = -300) -> Candidate:
        """A candidate who logged in and entered so many seconds from T0."""
        self.at(seconds)
        candidate = await self.log_in(index)
        await candidate.enter()
        return candidate

    async def bind(self, code: str, *, device: str) -> Response:
        """A phone gives a code back."""
        phone = {"id": device, "label": "测试手机", "user_agent": "Phone/1.0"}
        return await self.nobody.post(f"{API}/bindings", json={"code": code, "device": phone})

    async def reconcile(self) -> int:
        """One round of everything that is owed."""
        return await self.house.reconciler.run_once()

    async def schedule_of(self, candidate: Candidate) -> Any:
        async with self.house.services.database.reading() as session:
            return (await attempt_facts(session, candidate.attempt_id)).schedule

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


def as_sent(headers: Mapping[str, str | bytes]) -> dict[bytes, bytes]:
    """Header fields as they travel. Values given as bytes need not be ASCII."""
    return {name.encode(): value if isinstance(value, bytes) else value.encode() for name, value in headers.items()}


async def put_part(
    client: AsyncClient,
    token: str,
    track_id: str,
    epoch: int,
    data: bytes,
    *,
    segment: MediaSegment | None = None,
    headers: Mapping[str, str | bytes] | None = None,
) -> Response:
    """PUT an init segment, or the media segment that `segment` describes, as the recorder does."""
    fields: dict[str, str] = {
        "Authorization": f"Bearer {token}",
        "Content-Type": "video/mp4",
        "Content-Digest": digest_field(data),
        "Segment-Start": str(epoch if segment is None else segment.start_ms),
    }
    path = f"{API}/tracks/{track_id}/epochs/{epoch}/init"
    if segment is not None:
        fields["Segment-Duration"] = str(segment.duration_ms)
        path = f"{API}/tracks/{track_id}/epochs/{epoch}/segments/{segment.seq}"
    return await client.put(path, content=data, headers=as_sent({**fields, **(headers or {})}))
