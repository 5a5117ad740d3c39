"""No face is compared before its owner has agreed to that (D8)."""

from __future__ import annotations

from sqlalchemy import select

from tests.factories import faces
from tests.factories.day import API, Day
from tests.factories.login_page import Page, attempts, frames_of, outcome, outcomes, rows
from tests.factories.verifying import Asking
from zhishi.before.exams.actions import attach
from zhishi.before.exams.models import Attachment, Exam
from zhishi.before.exams.rules import AttachmentKind
from zhishi.day.attempts.models import Acceptance
from zhishi.foundation.audit import SYSTEM
from zhishi.foundation.kernel.ids import new_id


async def add_consent(day: Day, *, version: int = 1) -> None:
    """Attach a version of the consent text to the exam."""
    now = day.clock.now()
    async with day.house.services.database.writing() as session:
        exam = await session.get_one(Exam, day.world.exam_id)
        title, text = "人脸信息处理知情同意书", f"第 {version} 版：只比对，不作他用。"
        if version == 1:
            await attach(
                session,
                exam=exam,
                kind=AttachmentKind.CONSENT,
                position=0,
                title=title,
                text=text,
                actor=SYSTEM,
                at=now,
            )
            return
        session.add(
            Attachment(
                id=new_id(),
                exam_id=exam.id,
                kind=AttachmentKind.CONSENT,
                position=0,
                title=title,
                text=text,
                version=version,
                created_at=now,
            )
        )


async def test_the_entrance_shows_the_consent_of_an_exam_that_has_one(day: Day) -> None:
    sittings = (await day.nobody.get(f"{API}/entrance")).json()["sittings"]
    assert [one["consent"] for one in sittings] == [None, None]
    await add_consent(day)
    await add_consent(day, version=2)
    sittings = (await day.nobody.get(f"{API}/entrance")).json()["sittings"]
    assert [one["kind"] for one in sittings] == ["real", "rehearsal"]
    for one in sittings:
        assert (one["consent"]["version"], one["consent"]["text"]) == (2, "第 2 版：只比对，不作他用。")


async def test_without_consent_no_face_is_compared_and_the_version_that_is_missing_is_told(day: Day) -> None:
    day.at(-1000)
    await add_consent(day)
    page, who = Page(day), day.world.candidates[0]
    for fields in ({}, {"consent": 0}, {"consent": 2}):
        answer = await page.log_in(who, **fields)
        assert outcome(answer) == (409, "consent_missing")
        assert answer.json()["error"]["detail"] == {"version": 1}
    assert (await attempts(day), await rows(day, Acceptance)) == ([], [])
    assert await outcomes(day) == ["consent_missing"] * 3


async def test_consent_is_on_record_before_the_face_is_compared_and_once_for_each_version(day: Day) -> None:
    day.at(-1000)
    await add_consent(day)
    page, who = Page(day), day.world.candidates[0]
    answer = await page.log_in(who, frames_of(faces.biden()), consent=1)
    assert outcome(answer) == (422, "face_not_matching")
    [kept] = await rows(day, Acceptance)
    assert (kept.registration_id, kept.version, kept.attempt_id) == (who.registration_id, 1, None)
    assert outcome(await page.log_in(who, consent=1)) == (201, None)
    assert len(await rows(day, Acceptance)) == 1
    await add_consent(day, version=2)
    answer = await page.log_in(who, consent=1)
    assert (outcome(answer), answer.json()["error"]["detail"]) == ((409, "consent_missing"), {"version": 2})
    assert outcome(await page.log_in(who, consent=2)) == (201, None)
    assert sorted(one.version for one in await rows(day, Acceptance)) == [1, 2]


async def test_a_rehearsal_compares_faces_too_and_needs_the_same_consent(day: Day) -> None:
    day.at(-86_400)
    await add_consent(day)
    page, who = Page(day), day.world.candidates[0]
    assert outcome(await page.log_in(who, kind="rehearsal")) == (409, "consent_missing")
    assert outcome(await page.log_in(who, kind="rehearsal", consent=1)) == (201, None)


async def test_the_consent_is_no_text_to_be_read_again_before_entry(day: Day) -> None:
    day.at(-1000)
    await add_consent(day)
    page, who = Page(day), day.world.candidates[0]
    await page.log_in(who, consent=1)
    texts = (await page.client.get(f"{API}/attempt/texts")).json()["texts"]
    assert "consent" not in [one["kind"] for one in texts]


async def test_whoever_does_not_consent_may_ask_staff_to_look(day: Day) -> None:
    day.at(-1000)
    await add_consent(day)
    assert (await Asking(day).ask(day.world.candidates[0])).status_code == 201
    async with day.house.services.database.reading() as session:
        assert list(await session.scalars(select(Acceptance))) == []
