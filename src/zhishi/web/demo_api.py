"""Routes of the demonstration's guide. They exist only where `zhishi demo` runs."""

from __future__ import annotations

from fastapi import Response
from pydantic import BaseModel, Field

from zhishi.before.exams.queries import sitting_facts
from zhishi.before.roster.queries import enrolled_in
from zhishi.before.staff.actions import open_session
from zhishi.before.staff.api import give_cookie, present
from zhishi.before.staff.queries import account_by_username
from zhishi.before.staff.schemas import Staff
from zhishi.day.attempts.queries import attempts_in
from zhishi.foundation.edge.doors import PUBLIC, Door
from zhishi.foundation.edge.transactions import Here, Look, Work
from zhishi.foundation.kernel.clock import to_ms
from zhishi.foundation.kernel.errors import NotFound
from zhishi.web.demo_guide import DemoStore, open_next_sitting

door = Door("/api/v1/demo", tag="demo")

ROLE_TITLES = {
    "administrator": ("管理员", "Administrator"),
    "officer": ("考务人员", "Exam officer"),
    "invigilator": ("在线监督员", "Invigilator"),
    "examiner": ("考官", "Examiner"),
    "support": ("技术服务", "Technical support"),
}


class Title(BaseModel):
    zh: str
    en: str


class GuideSitting(BaseModel):
    sitting_id: str
    name: str
    starts_ms: int
    ends_ms: int
    login_opens_ms: int
    login_closes_ms: int


class GuideStaff(BaseModel):
    role: str
    role_title: Title
    username: str
    password: str
    display_name: str


class GuideCandidate(BaseModel):
    name: str
    ticket: str
    id_tail: str
    home_secret: str
    photo: bool
    entered: bool


class Guide(BaseModel):
    """Everything that a visitor of the demonstration needs."""

    exam_title: str
    time_zone: str
    now_ms: int
    sitting: GuideSitting
    staff: list[GuideStaff]
    candidates: list[GuideCandidate]


class SittingOpened(BaseModel):
    sitting_id: str
    starts_ms: int


class StaffChoice(BaseModel):
    username: str = Field(min_length=1, max_length=64)


@door.get("", access=PUBLIC, summary="Who there is, and when it starts")
async def read_guide(look: Look, services: Here) -> Guide:
    world = services.get(DemoStore).world
    held_in = await sitting_facts(look, world.sitting_id)
    schedule = held_in.schedule
    assert schedule is not None
    roster = {one.registration.ticket: one.registration for one in await enrolled_in(look, held_in.sitting.id)}
    entered = {one.registration_id for one in await attempts_in(look, held_in.sitting.id) if one.entered_at}
    return Guide(
        exam_title=held_in.exam.title,
        time_zone=held_in.exam.time_zone,
        now_ms=to_ms(services.clock.now()),
        sitting=GuideSitting(
            sitting_id=held_in.sitting.id,
            name=held_in.sitting.name,
            starts_ms=to_ms(schedule.starts),
            ends_ms=to_ms(schedule.ends),
            login_opens_ms=to_ms(schedule.login_opens),
            login_closes_ms=to_ms(schedule.login_closes),
        ),
        staff=[
            GuideStaff(
                role=one.role,
                role_title=Title(zh=ROLE_TITLES[one.role][0], en=ROLE_TITLES[one.role][1]),
                username=one.username,
                password=one.password,
                display_name=one.display_name,
            )
            for one in world.staff
        ],
        candidates=[
            GuideCandidate(
                name=one.name,
                ticket=one.ticket,
                id_tail=one.id_tail,
                home_secret=one.home_secret,
                photo=roster[one.ticket].photo_key is not None,
                entered=roster[one.ticket].id in entered,
            )
            for one in world.candidates
        ],
    )


@door.post("/sittings", access=PUBLIC, status_code=201, summary="A new sitting in two minutes")
async def open_sitting(services: Here) -> SittingOpened:
    store = services.get(DemoStore)
    async with services.database.writing() as work:
        held_in = await open_next_sitting(work, world=store.world, keys=services.keys, now=services.clock.now())
    store.move_to(held_in.sitting.id)
    assert held_in.sitting.starts_at is not None
    return SittingOpened(sitting_id=held_in.sitting.id, starts_ms=to_ms(held_in.sitting.starts_at))


@door.post("/staff-session", access=PUBLIC, status_code=201, summary="Log in as a member of staff with one click")
async def log_in(choice: StaffChoice, response: Response, work: Work, services: Here) -> Staff:
    known = {one.username for one in services.get(DemoStore).world.staff}
    account = await account_by_username(work, choice.username) if choice.username in known else None
    if account is None:
        raise NotFound()
    secret = await open_session(work, account=account, at=services.clock.now())
    give_cookie(response, services, secret)
    return present(account)
