"""Seeding the demonstration: one exam, a real sitting and a rehearsal, staff of every role, candidates."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession

from zhishi.after.scoring.actions import appoint_examiner, set_scheme
from zhishi.before.exams.actions import attach, create_exam, create_sitting
from zhishi.before.exams.models import Exam, Sitting
from zhishi.before.exams.rules import PhotoPolicy, SittingKind, Timings
from zhishi.before.papers.actions import seal_paper
from zhishi.before.roster.actions import add_person, issue_home_secret, register, store_photograph
from zhishi.before.staff.actions import create_account
from zhishi.before.staff.rules import Role
from zhishi.cli import demo_content as content
from zhishi.foundation.audit import SYSTEM
from zhishi.foundation.edge.services import Services
from zhishi.foundation.kernel.ids import readable_code
from zhishi.foundation.vision.examinations import Cause
from zhishi.foundation.vision.pool import VisionPool
from zhishi.web.demo_guide import DemoCandidate, DemoStaff, DemoWorld, sitting_name

PICTURE_SUFFIXES = {".jpg", ".jpeg", ".png"}

_STAFF = (
    (Role.ADMINISTRATOR, "admin", "管理员"),
    (Role.OFFICER, "officer", "考务一"),
    (Role.INVIGILATOR, "invigilator1", "监督员一"),
    (Role.INVIGILATOR, "invigilator2", "监督员二"),
    (Role.EXAMINER, "examiner1", "考官一"),
    (Role.EXAMINER, "examiner2", "考官二"),
    (Role.EXAMINER, "examiner3", "考官三"),
    (Role.SUPPORT, "support", "技术服务一"),
)


_WHY_NOT = {
    Cause.PICTURE_UNREADABLE: "不是可读取的 JPEG 或 PNG 图片 / not a JPEG or PNG picture that can be read",
    Cause.PICTURE_TOO_LARGE: "文件太大 / the file is too large",
    Cause.PICTURE_DIMENSIONS: "图片的尺寸不合适 / the picture has too few or too many pixels",
    Cause.FACE_NONE: "没有找到脸 / there is no face in it",
    Cause.FACE_SEVERAL: "不止一张脸 / there is more than one face in it",
    Cause.FACE_TOO_DARK: "脸太暗 / the face is too dark",
    Cause.FACE_TOO_BRIGHT: "脸太亮 / the face is too bright",
    Cause.FACE_BLURRED: "脸不清楚 / the face is blurred",
    Cause.FACE_TOO_FAR: "脸太小 / the face is too small",
    Cause.FACE_CUT_OFF: "脸没有完整地在画面里 / the face is cut off",
    Cause.FACE_INCONSISTENT: "与其他照片不像同一个人 / not the same person as in the others",
    Cause.FACE_NOT_MATCHING: "与登记照片没有对上 / not the registered person",
    Cause.PHOTOGRAPH_UNUSABLE: "不能用作登记照片 / it cannot serve as a registered photograph",
}


class PhotographRefused(Exception):
    """A picture in the folder cannot be a registered photograph; the text says which and why."""


@dataclass(frozen=True, slots=True)
class Photograph:
    """A picture that vision accepted, stored among the blobs."""

    name: str
    file: Path
    key: str


async def take_photographs(services: Services, folder: Path) -> list[Photograph]:
    """Examine and store each picture of a folder. Raises `PhotographRefused`."""
    found = []
    files = _pictures_in(folder)
    if not files:
        raise PhotographRefused(f"{folder} holds no picture (jpg, png)")
    for path in files:
        data = path.read_bytes()
        examination = await services.get(VisionPool).examine_photograph(data)
        if examination.cause is not None:
            raise PhotographRefused(f"{path.name}: {_WHY_NOT[examination.cause]} ({examination.cause})")
        found.append(Photograph(path.stem, path, await store_photograph(services.blobs, data)))
    return found


def _pictures_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in PICTURE_SUFFIXES)


def timings_for(starts_in: timedelta, answer: timedelta) -> Timings:
    """The default timings; login and entry are open from the beginning, however far T0 is."""
    before = max(30 * 60, int(starts_in.total_seconds()) + 60)
    return Timings(login_opens_before_s=before, entry_opens_before_s=before, answer_s=int(answer.total_seconds()))


async def seed(
    session: AsyncSession,
    services: Services,
    *,
    photographs: Sequence[Photograph],
    candidates: int,
    starts: datetime,
    timings: Timings,
    now: datetime,
) -> DemoWorld:
    """Make the whole world in one transaction."""
    exam = await create_exam(
        session,
        title=content.EXAM_TITLE,
        time_zone=content.TIME_ZONE,
        timings=timings,
        photo_policy=PhotoPolicy.SELF_CAPTURE,
        actor=SYSTEM,
        at=now,
    )
    for position, (kind, title, text) in enumerate(content.ATTACHMENTS):
        await attach(session, exam=exam, kind=kind, position=position, title=title, text=text, actor=SYSTEM, at=now)
    sitting = await _open_sittings(session, services, exam, starts=starts, now=now)
    world = DemoWorld(sitting_id=sitting.id, paper=content.PAPER)
    world.staff = await _appoint_staff(session, exam, now=now)
    world.candidates = await _enrol(session, services, sitting, photographs, candidates, now=now)
    return world


async def _open_sittings(
    session: AsyncSession, services: Services, exam: Exam, *, starts: datetime, now: datetime
) -> Sitting:
    real = await create_sitting(
        session,
        exam=exam,
        kind=SittingKind.REAL,
        name=sitting_name(starts, exam.time_zone),
        starts_at=starts,
        actor=SYSTEM,
        at=now,
    )
    rehearsal = await create_sitting(
        session, exam=exam, kind=SittingKind.REHEARSAL, name="模拟考试", starts_at=None, actor=SYSTEM, at=now
    )
    for sitting, paper in ((real, content.PAPER), (rehearsal, content.REHEARSAL_PAPER)):
        await seal_paper(session, keys=services.keys, sitting_id=sitting.id, content=paper, actor=SYSTEM, at=now)
    return real


async def _appoint_staff(session: AsyncSession, exam: Exam, *, now: datetime) -> list[DemoStaff]:
    await set_scheme(session, exam_id=exam.id, scheme=content.SCHEME, actor=SYSTEM, at=now)
    staff, examiners = [], 0
    for role, username, display_name in _STAFF:
        password = f"{readable_code(4)}-{readable_code(4)}".lower()
        account = await create_account(
            session, username=username, display_name=display_name, role=role, password=password, at=now
        )
        if role is Role.EXAMINER:
            examiners += 1
            await appoint_examiner(
                session, exam_id=exam.id, staff_id=account.id, number=examiners, actor=SYSTEM, at=now
            )
        staff.append(DemoStaff(role.value, username, password, display_name))
    return staff


async def _enrol(
    session: AsyncSession,
    services: Services,
    sitting: Sitting,
    photographs: Sequence[Photograph],
    candidates: int,
    *,
    now: datetime,
) -> list[DemoCandidate]:
    """Those with photographs first, then as many others as asked for."""
    enrolled = []
    wanted = max(candidates, len(photographs))
    spare = iter(_other_names({one.name for one in photographs}, wanted))
    for index in range(wanted):
        photograph = photographs[index] if index < len(photographs) else None
        name = photograph.name if photograph is not None else next(spare)
        ticket = f"{now:%Y%m%d}{index + 1:04d}"
        id_tail = "".join(secrets.choice("0123456789") for _ in range(6))
        person = await add_person(session, keys=services.keys, name=name, id_tail=id_tail, actor=SYSTEM, at=now)
        registration = await register(
            session,
            sitting_id=sitting.id,
            person=person,
            ticket=ticket,
            post=content.POSTS[index % len(content.POSTS)],
            photo_key=None if photograph is None else photograph.key,
            photo_source=None if photograph is None else "imported",
            actor=SYSTEM,
            at=now,
        )
        secret = await issue_home_secret(session, keys=services.keys, registration=registration, actor=SYSTEM, at=now)
        file = None if photograph is None else str(photograph.file)
        enrolled.append(DemoCandidate(name, ticket, id_tail, file, secret))
    return enrolled


def _other_names(taken: set[str], count: int) -> list[str]:
    """As many distinct names as asked for: the list, then the list again with a number."""
    names: list[str] = []
    round_ = 0
    while len(names) < count:
        for name in content.NAMES:
            candidate = name if round_ == 0 else f"{name}{round_ + 1}"
            if candidate not in taken:
                names.append(candidate)
        round_ += 1
    return names
