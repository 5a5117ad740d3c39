"""A candidate's two devices: the page on the computer and the recorder on the phone."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from typing import Any, Protocol

from httpx import AsyncClient, Response

from tests.factories.media import MediaSegment, Recording
from tests.factories.uploading import API, digest_field, put_part
from tests.factories.world import CandidateInfo
from zhishi.day.attempts import access as candidate_access
from zhishi.foundation.kernel.clock import Clock, to_ms


class Place(Protocol):
    """A running house, and how its visitors reach it."""

    @property
    def nobody(self) -> AsyncClient: ...

    @property
    def clock(self) -> Clock: ...

    def visitor(self, *, cookies: dict[str, str] | None = None) -> AsyncClient: ...

    async def bind(self, code: str, *, device: str) -> Response: ...


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


class Candidate:
    """A logged-in candidate's page: requests with the cookie, and uploads with the token."""

    def __init__(self, day: Place, who: CandidateInfo, attempt_id: str, secret: str) -> None:
        self.who = who
        self.attempt_id = attempt_id
        self.secret = secret
        self.client = day.visitor(cookies={candidate_access.COOKIE: secret})
        self.tracks: dict[str, str] = {}
        self.token = ""
        self.phones: list[Phone] = []
        self._day = day

    async def enter(self) -> dict[str, Any]:
        """Press 【进入考试】 with one display and the whole screen shared."""
        answer = await self.post("/attempt/entry", {"displays": 1, "surface": "monitor"})
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        self.tracks = {one["kind"]: one["track_id"] for one in found["tracks"]}
        self.token = found["upload_token"]
        return found

    async def confirm_devices(self, camera: str = "内置摄像头", microphone: str = "内置麦克风") -> dict[str, Any]:
        """F8: choose camera and microphone."""
        answer = await self.post("/attempt/devices", {"camera": camera, "microphone": microphone})
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def situation(self) -> dict[str, Any]:
        answer = await self.client.get(f"{API}/attempt")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def post(self, path: str, body: Any = None) -> Response:
        return await self.client.post(f"{API}{path}", json={} if body is None else body)

    async def prepare(self, **states: str) -> Response:
        """F1: report the check of this device; all is well but for what is said otherwise."""
        items = [item | {"state": states.get(item["key"], item["state"])} for item in REPORT["items"]]
        return await self.post("/attempt/preparation", {"report": REPORT | {"items": items}})

    async def texts(self) -> list[dict[str, Any]]:
        """F3, F6: the texts in the order in which they are to be read, the procedure first."""
        answer = await self.client.get(f"{API}/attempt/texts")
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["texts"]
        return found

    async def accept(self, text: dict[str, Any], *, version: int | None = None, reading_ms: int = 60_000) -> Response:
        """【我已阅读】 under a text as `texts` shows it."""
        body = {"version": version or text["version"], "reading_ms": reading_ms}
        return await self.post(f"/attempt/texts/{text['attachment_id']}/acceptance", body)

    async def read(self, kind: str) -> Response:
        """Accept the text of a kind, whether its turn has come or not."""
        return await self.accept(next(one for one in await self.texts() if one["kind"] == kind))

    async def cards(self) -> dict[str, Any]:
        """F5: the cards, face down."""
        answer = await self.client.get(f"{API}/attempt/lot")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def draw(self, position: int) -> Response:
        return await self.post("/attempt/lot", {"position": position})

    async def walk(self, to: str = "entry", *, card: int | None = None, phone: bool = False) -> Phone | None:
        """Do over HTTP what each page asks for until the step `to` is reached: with a phone or without, drawing a card
        or leaving the lot to the system. Returns the phone."""
        bound: Phone | None = None
        while (step := (await self.situation())["step"]["key"]) != to:
            if step == "devices_prepared":
                done = await self.prepare()
            elif step in ("procedure", "attachments"):
                done = await self.accept(next(one for one in await self.texts() if one["accepted_ms"] is None))
            elif step == "binding" and phone:
                bound = await self.bind_phone()
                continue
            elif step == "binding":
                done = await self.post("/attempt/binding/pass")
            else:
                assert step == "lot", f"no page leads from {step} to {to}"
                done = await (self.post("/attempt/lot/pass") if card is None else self.draw(card))
            assert done.status_code == 200, done.text
        return bound

    @property
    def bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    async def put_init(self, recording: Recording, *, kind: str = "camera") -> Response:
        return await put_part(self._day.nobody, self.token, self.tracks[kind], recording.start_ms, recording.init)

    async def put_segment(self, recording: Recording, segment: MediaSegment, *, kind: str = "camera") -> Response:
        return await self.put_bytes(recording, segment, segment.data, kind=kind)

    async def put_bytes(
        self, recording: Recording, segment: MediaSegment, data: bytes, *, kind: str = "camera"
    ) -> Response:
        """Send bytes under the name of a segment."""
        track_id = self.tracks[kind]
        return await put_part(self._day.nobody, self.token, track_id, recording.start_ms, data, segment=segment)

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

    async def log(
        self, lines: Sequence[dict[str, Any]], *, run: int, page: int = 0, digest: str | None = None
    ) -> Response:
        """Hand in a page of the logbook. A line is {kind, at_ms, …}; device time and what is left out is filled in."""
        filled = [{"device_ms": line["at_ms"] + 3_600_000, "track": None, "detail": {}, **line} for line in lines]
        body = json.dumps({"lines": filled}).encode()
        headers = {**self.bearer, "Content-Digest": digest or digest_field(body), "Content-Type": "application/json"}
        return await self._day.nobody.put(f"{API}/logbooks/{run}/pages/{page}", content=body, headers=headers)

    async def binding_code(self) -> str:
        """A fresh code for the phone."""
        answer = await self.post("/attempt/binding-codes")
        assert answer.status_code == 201, answer.text
        code: str = answer.json()["code"]
        return code

    async def bind_phone(self, *, device: str | None = None) -> Phone:
        """A phone gives a fresh code back."""
        device = device or str(uuid.uuid4())
        code = await self.binding_code()
        answer = await self._day.bind(code, device=device)
        assert answer.status_code == 201, answer.text
        self.phones.append(Phone(self._day, device, code, answer.json()))
        return self.phones[-1]

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

    def __init__(self, day: Place, device: str, code: str, bound: dict[str, Any]) -> None:
        self._day = day
        self.device = device
        self.code = code
        self.token: str = bound["token"]
        self.binding_id: str = bound["situation"]["binding_id"]
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
