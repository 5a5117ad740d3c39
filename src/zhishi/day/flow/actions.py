"""Moving an attempt on: the verbs of the candidate's page, each allowed by the rules or refused."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from zhishi.before.exams.rules import SittingKind
from zhishi.before.papers.actions import release_key
from zhishi.before.papers.models import Paper
from zhishi.before.papers.queries import paper_of
from zhishi.before.roster.queries import registered_count
from zhishi.day.attempts import actions as attempts
from zhishi.day.attempts.queries import AttemptFacts
from zhishi.day.attempts.rules import ClientEvent, EndReason
from zhishi.day.flow.queries import facts_of
from zhishi.day.flow.rules import WhyNot, is_late, is_over, may_end, may_enter
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

_ENTRY_REFUSALS = {
    WhyNot.ENTRY_NOT_OPEN: EntryNotOpen,
    WhyNot.ENTRY_CLOSED: EntryClosed,
    WhyNot.ALREADY_OVER: AttemptOver,
}


async def enter(session: AsyncSession, *, attempt: AttemptFacts, request: EntryRequest, now: datetime) -> None:
    """F7: enter the exam: a lot if none was drawn, the tracks opened, lateness recorded. Again changes nothing."""
    allowance = may_enter(facts_of(attempt), now)
    if allowance.why is WhyNot.ALREADY_ENTERED:
        return
    if allowance.why is not None:
        raise _ENTRY_REFUSALS[allowance.why](
            **({"opens_ms": to_ms(allowance.since)} if allowance.since is not None else {})
        )
    if request.displays > 1:
        raise SecondDisplay(displays=request.displays)
    if request.surface != "monitor":
        raise WrongSurface(surface=request.surface)
    row = attempt.attempt
    if attempt.kind is SittingKind.REAL:
        registered = await registered_count(session, row.sitting_id)
        await assign_lot(session, attempt=row, registered=registered, at=now)
    await open_tracks(session, attempt=row, kinds=(TrackKind.CAMERA, TrackKind.SCREEN), at=now)
    await attempts.enter(session, attempt=row, late=is_late(facts_of(attempt), now), at=now, displays=request.displays)


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
    session: AsyncSession, *, attempt: AttemptFacts, events: Sequence[ReportedEvent], now: datetime
) -> int:
    """Keep what the page noticed. A page loaded again while the attempt runs is an interruption (R8, R10)."""
    row = attempt.attempt
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
            **{f"client_{key}": value for key, value in (event.detail or {}).items()},
        )
        # By the moment of the event, not of its arrival: a page loaded just before entry is told just after it.
        while_running = row.entered_at is not None and row.entered_at < moment and not over
        if event.kind is ClientEvent.PAGE_LOADED and while_running:
            await attempts.note_interruption(session, attempt=row, at=moment)
    return len(events)
