"""What staff do for one candidate, each allowed by the rules or refused with words (D3, F2.4, F4).

An exception is an act of a person: it needs a reason, which is kept in the record and in the audit log.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from zhishi.before.exams.rules import SittingKind
from zhishi.day.attempts import actions as attempts
from zhishi.day.attempts.queries import AttemptFacts
from zhishi.day.binding import actions as binding
from zhishi.day.binding.rules import REBIND_FOR
from zhishi.day.flow.queries import known_of
from zhishi.day.flow.rules import Allowance, WhyNot, may_allow_rebinding, may_readmit, may_waive
from zhishi.day.invigilation.schemas import Permit
from zhishi.foundation import audit
from zhishi.foundation.kernel.clock import to_ms
from zhishi.foundation.kernel.errors import Refusal, refusal

CandidateIsOver = refusal(
    "candidate_is_over",
    409,
    "这位考生的答题已经结束，不能再放行。录像和日志可以在考生记录中查看。",
    "Answering is over for this candidate, so nothing can be allowed any more. The record shows what is held.",
)
PhoneNotUsed = refusal(
    "phone_not_used",
    409,
    "本次考试不使用手机佐证，考生不绑定手机就能继续，无需放行。",
    "This exam does without a phone: the candidate can go on as it is.",
)
WaiverAfterEntry = refusal(
    "waiver_after_entry",
    409,
    "这位考生已经进入考试，不再需要免除手机佐证。手机坏了需要更换时，请改为允许更换手机。",
    "This candidate has entered, so there is nothing to waive. If the phone is broken, allow another phone instead.",
)
WaiverDone = refusal(
    "waiver_done",
    409,
    "已经免除过这位考生的手机佐证，请告诉考生继续下一步。",
    "The phone was waived for this candidate already: tell them to go on with the next step.",
)
WaiverNotNeeded = refusal(
    "waiver_not_needed",
    409,
    "这位考生已经绑定过手机，可以继续下一步，无需免除。",
    "This candidate has bound a phone and can go on: there is nothing to waive.",
)
WaiverTooLate = refusal(
    "waiver_too_late",
    409,
    "这位考生进入考试的时间已过，免除手机佐证也不能进入。确需放行时，请先允许重新进入，再免除手机佐证。",
    "The time for entering has passed, so a waiver does not help by itself. If there is cause, readmit them first.",
)
RebindingNotNeeded = refusal(
    "rebinding_not_needed",
    409,
    "这位考生现在自己就能绑定手机，无需放行。请让考生在电脑上打开绑定页面，用手机扫码或输入绑定码。",
    "This candidate can bind a phone without leave: ask them to open the binding page and scan or type the code.",
)
ReadmissionNotNeeded = refusal(
    "readmission_not_needed",
    409,
    "这位考生现在自己就能登录和进入（模拟考试可以随时重新开始），无需放行。请让考生直接登录。",
    "This candidate can log in and enter without leave (a rehearsal can be begun again at any time): ask them to.",
)

_Words = Mapping[WhyNot, type[Refusal]]
_WAIVER: _Words = {
    WhyNot.ALREADY_OVER: CandidateIsOver,
    WhyNot.ALREADY_ENTERED: WaiverAfterEntry,
    WhyNot.PHONE_OFF: PhoneNotUsed,
    WhyNot.ALREADY_DONE: WaiverDone,
    WhyNot.NOT_NEEDED: WaiverNotNeeded,
    WhyNot.ENTRY_CLOSED: WaiverTooLate,
}
_REBINDING: _Words = {
    WhyNot.ALREADY_OVER: CandidateIsOver,
    WhyNot.PHONE_OFF: PhoneNotUsed,
    WhyNot.NOT_NEEDED: RebindingNotNeeded,
}
_READMISSION: _Words = {
    WhyNot.ALREADY_OVER: CandidateIsOver,
    WhyNot.NOT_NEEDED: ReadmissionNotNeeded,
}


def _require(allowance: Allowance, words: _Words) -> None:
    if allowance.why is not None:
        raise words[allowance.why]()


async def waive_binding(
    session: AsyncSession, *, attempt: AttemptFacts, reason: str, actor: audit.Actor, now: datetime
) -> Permit:
    """Let a candidate in without a phone, for good. Raises a refusal where that makes no sense."""
    _require(may_waive((await known_of(session, attempt, now=now)).facts, now), _WAIVER)
    await binding.waive(session, attempt=attempt.attempt, reason=reason, actor=actor, at=now)
    return Permit(until_ms=None)


async def allow_rebinding(
    session: AsyncSession, *, attempt: AttemptFacts, reason: str, actor: audit.Actor, now: datetime
) -> Permit:
    """Let a candidate who has entered bind another phone, for a while. Raises a refusal where that makes no sense."""
    allowance = may_allow_rebinding((await known_of(session, attempt, now=now)).facts, now)
    _require(allowance, _REBINDING)
    assert allowance.until is not None
    await binding.allow_rebinding(session, attempt=attempt.attempt, reason=reason, actor=actor, at=now)
    return Permit(until_ms=to_ms(min(now + REBIND_FOR, allowance.until)))


async def readmit(
    session: AsyncSession, *, attempt: AttemptFacts, reason: str, actor: audit.Actor, now: datetime
) -> Permit:
    """Let a candidate back in for a while. Raises a refusal where that makes no sense."""
    facts = (await known_of(session, attempt, now=now)).facts
    allowance = may_readmit(facts, now, rehearsal=attempt.kind is SittingKind.REHEARSAL)
    _require(allowance, _READMISSION)
    assert allowance.until is not None
    await attempts.readmit(session, attempt=attempt.attempt, reason=reason, actor=actor, until=allowance.until, at=now)
    return Permit(until_ms=to_ms(allowance.until))
