"""Staff at their desk, as the tests of this folder need them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from tests.factories.day import API, Candidate, Day
from tests.factories.login_page import frames_of
from tests.factories.world import CandidateInfo
from zhishi.day.attempts.models import AttemptEvent
from zhishi.foundation.audit.models import AuditEntry


async def candidates(day: Day, *, sitting_id: str | None = None, **query: Any) -> dict[str, Any]:
    """The list of a sitting."""
    path = f"{API}/sittings/{sitting_id or day.world.sitting_id}/candidates"
    answer = await day.staff("officer").get(path, params=query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def row_of(day: Day, index: int = 0, **query: Any) -> dict[str, Any]:
    """The line of a candidate in the list."""
    ticket = day.world.candidates[index].ticket
    [row] = [one for one in (await candidates(day, **query))["rows"] if one["ticket"] == ticket]
    found: dict[str, Any] = row
    return found


async def look(day: Day, candidate: Candidate, view: str) -> dict[str, Any]:
    """The record or the live view of an attempt."""
    answer = await day.staff("invigilator").get(f"{API}/attempts/{candidate.attempt_id}/{view}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def beat(day: Day, candidate: Candidate, **said: Any) -> None:
    """A heartbeat in which the computer says something of itself."""
    body = candidate.heartbeat() | said
    answer = await day.nobody.post(f"{API}/heartbeats", json=body, headers=candidate.bearer)
    assert answer.status_code == 200, answer.text


async def ask_for_verification(day: Day, who: CandidateInfo, *, kind: str = "real") -> None:
    """Somebody whose face does not get in asks staff to look."""
    assert who.face is not None
    form = {
        "ticket": who.ticket,
        "id_tail": who.id_tail,
        "kind": kind,
        "device": "0199d1f0-0000-7000-8000-000000000001",
        "reason": "chosen",
        "take_over": "false",
    }
    picture = {"frame": ("frame.jpg", frames_of(who.face)[0], "image/jpeg")}
    answer = await day.visitor().post(f"{API}/verifications", data=form, files=picture)
    assert answer.status_code == 201, answer.text


async def details_of(day: Day, candidate: Candidate, kind: str) -> list[dict[str, Any]]:
    """The details of an attempt's events of one kind."""
    async with day.house.services.database.reading() as session:
        rows = await session.scalars(
            select(AttemptEvent.detail)
            .where(AttemptEvent.attempt_id == candidate.attempt_id, AttemptEvent.kind == kind)
            .order_by(AttemptEvent.at)
        )
        return list(rows)


async def entries(day: Day) -> list[AuditEntry]:
    """The audit log."""
    async with day.house.services.database.reading() as session:
        return list(await session.scalars(select(AuditEntry).order_by(AuditEntry.at, AuditEntry.id)))
