"""An exam with people in it whose names could leak.

Times are fixed: the clock of a house stands where a test puts it. Everything here is plain data, so that one seeded
database can be copied for every test.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from tests.factories import faces
from zhishi.after.scoring.actions import appoint_examiner, set_scheme
from zhishi.after.scoring.schemas import ElementView, SchemeView
from zhishi.before.exams.actions import attach, create_exam, create_sitting
from zhishi.before.exams.models import Exam, Sitting
from zhishi.before.exams.rules import AttachmentKind, PhotoPolicy, SittingKind, Timings
from zhishi.before.papers.actions import seal_paper
from zhishi.before.papers.schemas import PaperContent, Question
from zhishi.before.roster.actions import add_person, issue_home_secret, register, store_photograph
from zhishi.before.staff.actions import create_account, open_session
from zhishi.before.staff.rules import Role
from zhishi.foundation.audit import SYSTEM
from zhishi.foundation.edge.services import Services

T0: Final = datetime(2026, 5, 16, 6, 0, tzinfo=UTC)
TIMINGS: Final = Timings()
# Before login opens: the day is being prepared.
PREPARED_AT: Final = T0 - timedelta(hours=2)

QUESTION: Final = "绝密标记题目：请谈谈您对社区自习室的看法。MARKER-7f3a91c4"
REHEARSAL_QUESTION: Final = "模拟标记题目 MARKER-5b2e"
SCHEME: Final = SchemeView(
    maximum="40",
    step="0.5",
    elements=[
        ElementView(key="analysis", title="综合分析", maximum="25"),
        ElementView(key="expression", title="言语表达", maximum="15"),
    ],
)
# No consent: most tests log in without a face. Those of the consent attach one.
TEXTS: Final = (
    (AttachmentKind.PROCEDURE, "线上面试流程", "一共十步。"),
    (AttachmentKind.PLEDGE, "考生诚信承诺书", "我承诺独立作答。"),
    (AttachmentKind.NOTICE, "在线考试须知", "请保持网络畅通。"),
)
PASSWORD: Final = "plain-test-password"


@dataclass(frozen=True, slots=True)
class StaffMember:
    """An account and the cookie's secret of a session that runs."""

    staff_id: str
    role: Role
    username: str
    display_name: str
    secret: str


@dataclass(frozen=True, slots=True)
class CandidateInfo:
    """A registration. `face` is the file of the person's registered photograph."""

    registration_id: str
    name: str
    ticket: str
    id_tail: str
    face: Path | None
    home_secret: str = ""


@dataclass
class World:
    """Ids and secrets of what was seeded."""

    starts: datetime
    exam_id: str = ""
    sitting_id: str = ""
    rehearsal_id: str = ""
    staff: dict[str, StaffMember] = field(default_factory=dict)
    candidates: list[CandidateInfo] = field(default_factory=list)

    @property
    def ends(self) -> datetime:
        return self.starts + timedelta(seconds=TIMINGS.answer_s)


# The last has no photograph. Faces: two men from one archive, so that one is the wrong person for the other.
_PEOPLE: Final = (
    ("张泄露", "ZKZ-LEAK-0001", "12345X", faces.obama),
    ("李隐名", "ZKZ-LEAK-0002", "654321", faces.biden),
    ("王无照", "ZKZ-LEAK-0003", "111111", None),
)
_STAFF: Final = (
    ("administrator", Role.ADMINISTRATOR),
    ("officer", Role.OFFICER),
    ("invigilator", Role.INVIGILATOR),
    ("support", Role.SUPPORT),
    ("examiner", Role.EXAMINER),
    ("examiner2", Role.EXAMINER),
)


async def seed_world(
    services: Services, *, starts: datetime = T0, photo_policy: PhotoPolicy = PhotoPolicy.REQUIRED
) -> World:
    """Seed the exam, its two sittings, its staff and its candidates."""
    at, world = services.clock.now(), World(starts)
    photographs = {
        name: None if face is None else await store_photograph(services.blobs, face().read_bytes())
        for name, _, _, face in _PEOPLE
    }
    async with services.database.writing() as session:
        exam = await create_exam(
            session,
            title="示范市公开招聘线上面试",
            time_zone="Asia/Shanghai",
            timings=TIMINGS,
            photo_policy=photo_policy,
            actor=SYSTEM,
            at=at,
        )
        world.exam_id = exam.id
        for position, (kind, title, text) in enumerate(TEXTS):
            await attach(session, exam=exam, kind=kind, position=position, title=title, text=text, actor=SYSTEM, at=at)
        sitting = await _open_sittings(session, services, exam, world, at=at)
        await set_scheme(session, exam_id=exam.id, scheme=SCHEME, actor=SYSTEM, at=at)
        await _appoint_staff(session, exam, world, at=at)
        await _enrol(session, services, sitting, world, photographs, at=at)
    return world


async def _open_sittings(
    session: AsyncSession, services: Services, exam: Exam, world: World, *, at: datetime
) -> Sitting:
    real = await create_sitting(
        session, exam=exam, kind=SittingKind.REAL, name="上午场", starts_at=world.starts, actor=SYSTEM, at=at
    )
    rehearsal = await create_sitting(
        session, exam=exam, kind=SittingKind.REHEARSAL, name="模拟考试", starts_at=None, actor=SYSTEM, at=at
    )
    for sitting, text in ((real, QUESTION), (rehearsal, REHEARSAL_QUESTION)):
        content = PaperContent(questions=[Question(title="第一题", text=text)])
        await seal_paper(session, keys=services.keys, sitting_id=sitting.id, content=content, actor=SYSTEM, at=at)
    world.sitting_id, world.rehearsal_id = real.id, rehearsal.id
    return real


async def _appoint_staff(session: AsyncSession, exam: Exam, world: World, *, at: datetime) -> None:
    number = 0
    for username, role in _STAFF:
        account = await create_account(
            session, username=username, display_name=f"工作人员 {username}", role=role, password=PASSWORD, at=at
        )
        if role is Role.EXAMINER:
            number += 1
            await appoint_examiner(session, exam_id=exam.id, staff_id=account.id, number=number, actor=SYSTEM, at=at)
        secret = await open_session(session, account=account, at=at)
        world.staff[username] = StaffMember(account.id, role, username, account.display_name, secret)


async def _enrol(
    session: AsyncSession,
    services: Services,
    sitting: Sitting,
    world: World,
    photographs: dict[str, str | None],
    *,
    at: datetime,
) -> None:
    for name, ticket, id_tail, face in _PEOPLE:
        key = photographs[name]
        person = await add_person(session, keys=services.keys, name=name, id_tail=id_tail, actor=SYSTEM, at=at)
        registration = await register(
            session,
            sitting_id=sitting.id,
            person=person,
            ticket=ticket,
            post="综合管理岗",
            photo_key=key,
            photo_source=None if key is None else "imported",
            actor=SYSTEM,
            at=at,
        )
        secret = await issue_home_secret(session, keys=services.keys, registration=registration, actor=SYSTEM, at=at)
        file = None if face is None else face()
        world.candidates.append(CandidateInfo(registration.id, name, ticket, id_tail, file, secret))
