"""Asking staff to verify by hand over HTTP, and staff who decide."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from httpx import Response

from tests.factories.day import API, Day
from tests.factories.login_page import Page, frames_of
from tests.factories.world import CandidateInfo


def picture(face: Path) -> bytes:
    """One picture as the page takes it."""
    return frames_of(face)[0]


@dataclass
class Asking(Page):
    """The login page on one device, and what it shows while staff look."""

    async def ask(self, who: CandidateInfo, frame: bytes | None = None, **fields: Any) -> Response:
        """Send ticket, ID tail and one picture; without one that of the person's own face."""
        assert frame is not None or who.face is not None
        data = {
            "ticket": who.ticket,
            "id_tail": who.id_tail,
            "kind": "real",
            "device": self.device,
            "reason": "chosen",
            "take_over": "false",
            **fields,
        }
        shown = frame if frame is not None else picture(who.face or Path())
        return await self.client.post(
            f"{API}/verifications", data=data, files={"frame": ("frame.jpg", shown, "image/jpeg")}
        )

    async def view(self) -> Any:
        return (await self.client.get(f"{API}/verifications/mine")).json()

    async def show(self, frame: bytes) -> Response:
        files = {"frame": ("frame.jpg", frame, "image/jpeg")}
        return await self.client.post(f"{API}/verifications/mine/picture", files=files)

    async def go_in(self) -> Response:
        return await self.client.post(f"{API}/verifications/mine/login", json={})

    async def withdraw(self) -> Response:
        return await self.client.post(f"{API}/verifications/mine/withdrawal", json={})


async def queue(day: Day, *, sitting_id: str | None = None, username: str = "invigilator") -> list[dict[str, Any]]:
    """The requests of a sitting as staff see them."""
    answer = await day.staff(username).get(f"{API}/sittings/{sitting_id or day.world.sitting_id}/verifications")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


async def decide(
    day: Day, verification_id: str, *, grant: bool, reason: str = "", username: str = "invigilator"
) -> Response:
    """A member of staff decides."""
    body = {"grant": grant, "reason": reason}
    return await day.staff(username).post(f"{API}/verifications/{verification_id}/decision", json=body)


async def grant_first(day: Day) -> dict[str, Any]:
    """Grant the oldest request that waits."""
    first = (await queue(day))[0]
    answer = await decide(day, first["verification_id"], grant=True)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def evidence(day: Day) -> list[Path]:
    """The pictures of requests that are kept."""
    return sorted((day.house.services.settings.data_dir / "blobs" / "verifications").glob("*"))
