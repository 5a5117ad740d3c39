"""Moving an attempt on: the verbs of the candidate's page, each allowed by the rules or refused."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from zhishi.before.exams.rules import SittingKind
from zhishi.before.papers.actions import release_key
from zhishi.before.papers.models import Paper
from zhishi.before.papers.queries import paper_of
from zhishi.before.roster.queries import registered_count
from zhishi.day.attempts import actions as attempts
from zhishi.day.attempts.queries import AttemptFacts
from zhishi.day.attempts.rules import ClientEvent, EndReason
from zhishi.day.flow.queries import facts_of, known_of
from zhishi.day.flow.rules import Allowance, WhyNot, is_late, is_over, may_end, may_enter
from zhishi.day.flow.schemas import EntryRequest, ReportedEvent
from zhishi.day.lots.actions import assign_lot
from zhishi.day.recording.actions import open_tracks
from zhishi.day.recording.rules import TrackKind
from zhishi.foundation.kernel.clock import from_ms, to_ms
from zhishi.foundation.kernel.errors import refusal
from zhishi.foundation.settings import Keys

EntryNotOpen = refusal(
    "entry_not_open",
    409,
    "还没有到进入考试的时间，到时按钮会自动变为可用，请在本页等候。",
    "Entry is not open yet: the button becomes available by itself, please wait on this page.",
)
EntryClosed = refusal(
    "entry_closed",
    409,
    "进入考试的时间已过，系统不再允许进入。如有疑问请拨打技术服务电话。",
    "The time for entering has passed. If you have a question, call support.",
)
AttemptOver = refusal("attempt_over", 409, "本场答题已经结束。", "Answering in this sitting is over.")
SecondDisplay = refusal(
    "second_display",
    409,
    "检测到第二个显示器，请拔掉后点【刷新】，再进入考试。",
    "A second display is connected: unplug it, refresh, then enter.",
)
WrongSurface = refusal(
    "wrong_surface",
    409,
    "共享的不是整个屏幕。请再点【进入考试】，在弹出的窗口里选择“整个屏幕”。",
    "What you share is not the whole screen. Press enter again and choose “Entire screen”.",
)
EndNotYet = refusal(
    "end_not_yet",
    409,
    "考试还没有开始，不能结束。如需离开请拨打技术服务电话。",
    "The exam has not started, so it cannot be ended. If you must leave, call support.",
)
PaperNotYours = refusal(
    "paper_not_yours",
    403,
    "进入考试后才能取得试题。",
    "The paper can be fetched only after entering the exam.",
)
PaperMissing = refusal(
    "paper_missing",
    404,
    "本场的试题还没有准备好，请立即拨打技术服务电话。",
    "The paper of this sitting is not ready: call support at once.",
)

StepsMissing = refusal(
    "steps_missing",
    409,
    "前面还有环节没有完成，请按页面上的提示先完成它；做过的不用重做。",
    "A step before this one is not done yet: do it first as the page shows. What is done stays done.",
)
NotNow = refusal(
    "not_now",
    409,
    "这一步现在不能做了，请看本页最新的提示。",
    "This cannot be done now: please follow what the page shows.",
)
PhoneRequired = refusal(
    "phone_required",
    409,
    "本次考试要求绑定手机佐证。手机不可用时请点【求助】，由工作人员处理。",
    "This exam requires a phone as second camera. If yours cannot be used, ask for help and staff will decide.",
)
RebindNeedsStaff = refusal(
    "rebind_needs_staff",
    409,
    "进入考试后更换手机需要工作人员同意，请点【求助】说明情况；电脑端照常录制，不影响作答。",
    "After entry another phone needs the leave of staff: ask for help. This computer goes on recording meanwhile.",
)
PhoneNotYet = refusal(
    "phone_not_yet",
    409,
    "考试还没有结束，手机要一直录到结束。结束后再停止。",
    "The exam is not over, and the phone records until its end. Stop it then.",
)
LotAlreadyDrawn = refusal(
    "lot_already_drawn",
    409,
    "您已经抽过签，抽签号不会改变。",
    "You have drawn already: your number stays.",
)
TextChanged = refusal(
    "text_changed",
    409,
    "这份文件刚刚更新，请阅读新的版本后再确认。",
    "This text has just been changed: read the new version, then accept it.",
)
TextOutOfTurn = refusal(
    "text_out_of_turn",
    409,
    "请按顺序阅读，先确认前面的文件。",
    "Read one after another: accept the texts before this one first.",
)

_ENTRY_REFUSALS = {
    WhyNot.ENTRY_NOT_OPEN: EntryNotOpen,
    WhyNot.ENTRY_CLOSED: EntryClosed,
    WhyNot.ALREADY_OVER: AttemptOver,
    WhyNot.STEPS_MISSING: StepsMissing,
}
_STEP_REFUSALS = {
    WhyNot.STEPS_MISSING: StepsMissing,
    WhyNot.ENTRY_CLOSED: EntryClosed,
    WhyNot.ALREADY_OVER: AttemptOver,
    WhyNot.ALREADY_DONE: NotNow,
    WhyNot.ALREADY_ENTERED: NotNow,
    WhyNot.NOT_ENTERED: NotNow,
    WhyNot.PHONE_REQUIRED: PhoneRequired,
    WhyNot.STAFF_NEEDED: RebindNeedsStaff,
}


def require(allowance: Allowance) -> None:
    """Raise the refusal that says why something is not allowed now."""
    if allowance.why is not None:
        detail: dict[str, Any] = {} if allowance.step is None else {"step": allowance.step}
        raise _STEP_REFUSALS[allowance.why](**detail)


async def enter(
    session: AsyncSession, *, keys: Keys, attempt: AttemptFacts, request: EntryRequest, now: datetime
) -> None:
    """F7: enter the exam: a lot if none was drawn, the tracks opened, lateness recorded. Again changes nothing."""
    facts = (await known_of(session, attempt, now=now)).facts
    allowance = may_enter(facts, now)
    if allowance.why is WhyNot.ALREADY_ENTERED:
        return
    if allowance.why is not None:
        detail: dict[str, Any] = {} if allowance.since is None else {"opens_ms": to_ms(allowance.since)}
        if allowance.step is not None:
            detail["step"] = allowance.step
        raise _ENTRY_REFUSALS[allowance.why](**detail)
    if request.displays > 1:
        raise SecondDisplay(displays=request.displays)
    if request.surface != "monitor":
        raise WrongSurface(surface=request.surface)
    row = attempt.attempt
    if attempt.kind is SittingKind.REAL:
        registered = await registered_count(session, row.sitting_id)
        await assign_lot(session, keys=keys, attempt=row, registered=registered, at=now)
    await open_tracks(session, attempt=row, kinds=(TrackKind.CAMERA, TrackKind.SCREEN), at=now)
    await attempts.enter(
        session,
        attempt=row,
        # A rehearsal's T0 follows from its entry, so nobody is late for one.
        late=attempt.kind is SittingKind.REAL and is_late(facts, now),
        at=now,
        displays=request.displays,
        fullscreen=request.fullscreen,
        # Who asked staff for verification in time is not to blame for the hour.
        manual=row.manual,
    )


async def end(session: AsyncSession, *, attempt: AttemptFacts, now: datetime) -> None:
    """F9.10: the candidate ends early. After the end it changes nothing."""
    allowance = may_end(facts_of(attempt), now)
    if allowance.allowed:
        await attempts.end(session, attempt=attempt.attempt, reason=EndReason.CANDIDATE, at=now)
    elif allowance.why is WhyNot.NOT_ENTERED:
        raise PaperNotYours()
    elif allowance.why is WhyNot.NOT_STARTED:
        raise EndNotYet()


async def paper_for(session: AsyncSession, *, attempt: AttemptFacts) -> Paper:
    """The sealed paper, for an attempt that was entered."""
    if attempt.attempt.entered_at is None:
        raise PaperNotYours()
    paper = await paper_of(session, attempt.attempt.sitting_id)
    if paper is None:
        raise PaperMissing()
    return paper


async def release_paper(
    session: AsyncSession, *, keys: Keys, attempt: AttemptFacts, now: datetime
) -> tuple[Paper, bytes]:
    """The key of the paper, from T0 on. Whoever hands it out writes the release into the attempt's record first."""
    paper = await paper_for(session, attempt=attempt)
    if is_over(facts_of(attempt), now):
        raise AttemptOver()
    key = release_key(paper, keys=keys, starts=attempt.schedule.starts, now=now)
    return paper, key


async def keep_events(
    session: AsyncSession,
    *,
    attempt: AttemptFacts,
    events: Sequence[ReportedEvent],
    now: datetime,
    by_phone: bool = False,
) -> int:
    """Keep what the page of the computer or the phone noticed.

    The computer's page loaded again while the attempt runs is an interruption (R8, R10); the phone's is none.
    """
    row = attempt.attempt
    device = {"device": "phone"} if by_phone else {}
    over = is_over(facts_of(attempt), now)
    for event in events:
        moment = from_ms(event.at_ms)
        attempts.note(
            session,
            row.id,
            event.kind,
            at=moment,
            received_at=now,
            device_ms=int(event.device_ms),
            **device,
            **{f"client_{key}": value for key, value in (event.detail or {}).items()},
        )
        # By the moment of the event, not of its arrival: a page loaded just before entry is told just after it.
        while_running = row.entered_at is not None and row.entered_at < moment and not over and not by_phone
        if event.kind is ClientEvent.PAGE_LOADED and while_running:
            await attempts.note_interruption(session, attempt=row, at=moment)
    return len(events)
