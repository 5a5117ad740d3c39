"""The demonstration world while it runs: who there is, with passwords, and how a new sitting is opened.

Exists only in processes started by `zhishi demo`, which bind the loopback interface.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from zhishi.before.exams.actions import create_sitting
from zhishi.before.exams.queries import SittingFacts, sitting_facts
from zhishi.before.exams.rules import SittingKind
from zhishi.before.papers.actions import seal_paper
from zhishi.before.papers.schemas import PaperContent
from zhishi.before.roster.actions import issue_home_secret, photo_source, register
from zhishi.before.roster.queries import enrolled_in
from zhishi.foundation.audit import SYSTEM
from zhishi.foundation.settings import Keys

NEW_SITTING_IN = timedelta(minutes=2)


@dataclass
class DemoStaff:
    role: str
    username: str
    password: str
    display_name: str


@dataclass
class DemoCandidate:
    """`photo` is the file that became the registered photograph, or None; `home_secret` as the ticket prints it."""

    name: str
    ticket: str
    id_tail: str
    photo: str | None
    home_secret: str


@dataclass
class DemoWorld:
    """Kept beside the demonstration's data, mode 0600, so that the same folder can be continued."""

    sitting_id: str
    paper: PaperContent
    staff: list[DemoStaff] = field(default_factory=list)
    candidates: list[DemoCandidate] = field(default_factory=list)

    def as_json(self) -> dict[str, object]:
        return {
            "sitting_id": self.sitting_id,
            "paper": self.paper.model_dump(),
            "staff": [asdict(one) for one in self.staff],
            "candidates": [asdict(one) for one in self.candidates],
        }

    @classmethod
    def from_json(cls, data: dict[str, object]) -> DemoWorld:
        staff, candidates = data["staff"], data["candidates"]
        assert isinstance(staff, list)
        assert isinstance(candidates, list)
        return cls(
            sitting_id=str(data["sitting_id"]),
            paper=PaperContent.model_validate(data["paper"]),
            staff=[DemoStaff(**one) for one in staff],
            candidates=[DemoCandidate(**one) for one in candidates],
        )


def sitting_name(starts: datetime, zone_name: str) -> str:
    """A sitting's name from its T0: "5 月 16 日 14:00 场"."""
    local = starts.astimezone(ZoneInfo(zone_name))
    return f"{local.month} 月 {local.day} 日 {local:%H:%M} 场"


async def open_next_sitting(session: AsyncSession, *, world: DemoWorld, keys: Keys, now: datetime) -> SittingFacts:
    """A new sitting in two minutes with the same candidates and questions."""
    before = await sitting_facts(session, world.sitting_id)
    starts = (now + NEW_SITTING_IN).replace(microsecond=0)
    sitting = await create_sitting(
        session,
        exam=before.exam,
        kind=SittingKind.REAL,
        name=sitting_name(starts, before.exam.time_zone),
        starts_at=starts,
        actor=SYSTEM,
        at=now,
    )
    secrets = {one.ticket: one.home_secret for one in world.candidates}
    for one in await enrolled_in(session, before.sitting.id):
        registration = await register(
            session,
            sitting_id=sitting.id,
            person=one.person,
            ticket=one.registration.ticket,
            post=one.registration.post,
            photo_key=one.registration.photo_key,
            photo_source=photo_source(one.registration.photo_source),
            actor=SYSTEM,
            at=now,
        )
        await issue_home_secret(
            session,
            keys=keys,
            registration=registration,
            actor=SYSTEM,
            at=now,
            secret=secrets[one.registration.ticket],
        )
    await seal_paper(session, keys=keys, sitting_id=sitting.id, content=world.paper, actor=SYSTEM, at=now)
    return SittingFacts(sitting, before.exam)


class DemoStore:
    """The world and the file it is kept in."""

    def __init__(self, path: Path, world: DemoWorld) -> None:
        self._path = path
        self.world = world
        self._save()

    @classmethod
    def load(cls, path: Path) -> DemoStore:
        """The world of an earlier run. Raises `OSError`, `ValueError`, `KeyError` where the file is none of ours."""
        return cls(path, DemoWorld.from_json(json.loads(path.read_text())))

    def move_to(self, sitting_id: str) -> None:
        """Make another sitting the one that the guide speaks of."""
        self.world.sitting_id = sitting_id
        self._save()

    def _save(self) -> None:
        fresh = self._path.with_suffix(".new")
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w") as file:
            json.dump(self.world.as_json(), file, ensure_ascii=False, indent=1)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._path)
