"""What happens to schemes, panels and sheets."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from zhishi.after.scoring.models import PanelMember, Scheme, Sheet
from zhishi.after.scoring.rules import SheetState, check_marks, total, unmarked
from zhishi.after.scoring.schemas import Draft, SchemeView
from zhishi.foundation import audit
from zhishi.foundation.audit import Actor
from zhishi.foundation.kernel.decimals import plain
from zhishi.foundation.kernel.errors import refusal
from zhishi.foundation.kernel.ids import new_random_id

SheetChangedElsewhere = refusal(
    "sheet_changed_elsewhere",
    409,
    "这份评分表已在别的窗口保存过。请刷新页面查看，再继续评分；您在本页的内容还在，可先复制。",
    "This sheet was saved in another window. Reload to see it, then go on; copy what you have typed here first.",
)
SheetSubmitted = refusal(
    "sheet_submitted",
    409,
    "这份评分表已经提交并锁定，不能再修改。确需更正请联系考务人员。",
    "This sheet is submitted and locked. If it must be corrected, ask an exam officer.",
)
MarkInvalid = refusal(
    "mark_invalid",
    422,
    "有的分数超出范围或不是规定的步长，请改正标出的项目；没有保存任何改动。",
    "A mark is out of range or not on the grid: correct the named elements; nothing was saved.",
)
MarksMissing = refusal(
    "marks_missing",
    422,
    "还有项目没有评分，全部评完后才能提交。",
    "Some elements have no mark yet: mark all of them, then submit.",
)


SheetNotPlayable = refusal(
    "sheet_not_playable",
    409,
    "这名考生的录像还没有收齐，看过完整录像才能提交评分；草稿已保存。",
    "The recording is not complete yet: submit once you could watch all of it. Your draft is kept.",
)


async def set_scheme(session: AsyncSession, *, exam_id: str, scheme: SchemeView, actor: Actor, at: datetime) -> None:
    """Say how an exam is scored."""
    session.add(Scheme(exam_id=exam_id, content=scheme.model_dump(by_alias=True), created_at=at))
    audit.record(session, at=at, actor=actor, action="scheme.set", subject=("exam", exam_id))
    await session.flush()


async def appoint_examiner(
    session: AsyncSession, *, exam_id: str, staff_id: str, number: int, actor: Actor, at: datetime
) -> None:
    """Put an examiner on an exam's panel."""
    session.add(PanelMember(exam_id=exam_id, staff_id=staff_id, number=number))
    audit.record(
        session,
        at=at,
        actor=actor,
        action="examiner.appointed",
        subject=("exam", exam_id),
        staff=staff_id,
        number=number,
    )
    await session.flush()


async def open_sheet(session: AsyncSession, *, exam_id: str, attempt_id: str, staff_id: str, at: datetime) -> Sheet:
    """Give an examiner an empty sheet for an attempt."""
    sheet = Sheet(
        id=new_random_id(),
        exam_id=exam_id,
        attempt_id=attempt_id,
        staff_id=staff_id,
        state=SheetState.OPEN,
        revision=0,
        marks={},
        notes=[],
        comment="",
        created_at=at,
    )
    session.add(sheet)
    audit.record(
        session,
        at=at,
        actor=audit.SYSTEM,
        action="sheet.opened",
        subject=("sheet", sheet.id),
        attempt=attempt_id,
        staff=staff_id,
    )
    await session.flush()
    return sheet


def _may_change(sheet: Sheet, revision: int) -> None:
    if sheet.state == SheetState.SUBMITTED:
        raise SheetSubmitted()
    if sheet.revision != revision:
        raise SheetChangedElsewhere(revision=sheet.revision)


def save_draft(session: AsyncSession, *, sheet: Sheet, draft: Draft, scheme: SchemeView, at: datetime) -> None:
    """Save what an examiner has so far, all of it or nothing."""
    _may_change(sheet, draft.revision)
    problems = check_marks(draft.marks, scheme.rule_elements())
    if problems:
        raise MarkInvalid(elements=[{"element": one.element, "problem": one.problem} for one in problems])
    sum_of_marks = total(draft.marks)
    sheet.marks = dict(draft.marks)
    sheet.notes = [note.model_dump() for note in draft.notes]
    sheet.comment = draft.comment
    sheet.total = None if sum_of_marks is None else plain(sum_of_marks)
    sheet.state = SheetState.DRAFT
    sheet.revision += 1
    sheet.saved_at = at
    audit.record(
        session,
        at=at,
        actor=Actor("staff", sheet.staff_id),
        action="sheet.saved",
        subject=("sheet", sheet.id),
        revision=sheet.revision,
    )


def submit(session: AsyncSession, *, sheet: Sheet, revision: int, scheme: SchemeView, at: datetime) -> None:
    """Submit and lock a sheet; every element is marked."""
    _may_change(sheet, revision)
    missing = unmarked(sheet.marks, scheme.rule_elements())
    if missing:
        raise MarksMissing(elements=missing)
    sheet.state = SheetState.SUBMITTED
    sheet.submitted_at = at
    audit.record(
        session,
        at=at,
        actor=Actor("staff", sheet.staff_id),
        action="sheet.submitted",
        subject=("sheet", sheet.id),
        revision=sheet.revision,
        marks=sheet.marks,
        total=sheet.total,
    )
