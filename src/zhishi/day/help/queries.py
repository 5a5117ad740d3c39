"""Reading calls and messages."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from zhishi.before.staff.models import StaffAccount
from zhishi.day.attempts.models import Attempt
from zhishi.day.help.models import HelpCall, HelpMessage
from zhishi.day.help.rules import WAITS_COUNTED, CallState, Sender, call_state
from zhishi.day.help.schemas import CallView, Chat, ChatState, Message
from zhishi.foundation.kernel.clock import optional_ms, to_ms


async def newest_calls(session: AsyncSession, attempt_ids: Sequence[str]) -> dict[str, HelpCall]:
    """The newest call of each attempt that ever called."""
    rows = await session.scalars(
        select(HelpCall).where(HelpCall.attempt_id.in_(attempt_ids)).order_by(HelpCall.opened_at)
    )
    return {row.attempt_id: row for row in rows}


async def last_seqs(session: AsyncSession, attempt_ids: Sequence[str], sender: Sender) -> dict[str, int]:
    """The number of the newest message of one side in each attempt."""
    rows = await session.execute(
        select(HelpMessage.attempt_id, func.max(HelpMessage.seq))
        .where(HelpMessage.attempt_id.in_(attempt_ids), HelpMessage.sender == sender)
        .group_by(HelpMessage.attempt_id)
    )
    return {row[0]: row[1] for row in rows}


async def unread_in(session: AsyncSession, attempt_ids: Sequence[str], sender: Sender) -> dict[str, int]:
    """How many messages of one side the other has not seen."""
    rows = await session.execute(
        select(HelpMessage.attempt_id, func.count())
        .where(HelpMessage.attempt_id.in_(attempt_ids), HelpMessage.sender == sender, HelpMessage.seen_at.is_(None))
        .group_by(HelpMessage.attempt_id)
    )
    return {row[0]: row[1] for row in rows}


async def chat_state(session: AsyncSession, attempt_id: str) -> ChatState:
    """What the candidate's page shows beside 【求助】."""
    call = (await newest_calls(session, [attempt_id])).get(attempt_id)
    return ChatState(
        last_seq=(await last_seqs(session, [attempt_id], Sender.STAFF)).get(attempt_id, 0),
        unread=(await unread_in(session, [attempt_id], Sender.STAFF)).get(attempt_id, 0),
        call=call_state_of(call),
        called_ms=None if call is None else to_ms(call.opened_at),
    )


async def chat_of(session: AsyncSession, attempt: Attempt, *, after: int = 0) -> Chat:
    """The messages after a number, and the newest call."""
    rows = await session.execute(
        select(HelpMessage, StaffAccount.role)
        .outerjoin(StaffAccount, StaffAccount.id == HelpMessage.staff_id)
        .where(HelpMessage.attempt_id == attempt.id, HelpMessage.seq > after)
        .order_by(HelpMessage.seq)
    )
    call = (await newest_calls(session, [attempt.id])).get(attempt.id)
    return Chat(
        messages=[present_message(message, role) for message, role in rows],
        call=await present_call(session, call, sitting_id=attempt.sitting_id),
    )


async def present_call(session: AsyncSession, call: HelpCall | None, *, sitting_id: str) -> CallView:
    """A call with the wait that is usual in its sitting."""
    return CallView(
        state=call_state_of(call),
        opened_ms=None if call is None else to_ms(call.opened_at),
        taken_ms=None if call is None or call.taken_at is None else to_ms(call.taken_at),
        closed_ms=None if call is None or call.closed_at is None else to_ms(call.closed_at),
        waits_s=await _usual_wait(session, sitting_id),
    )


def present_message(message: HelpMessage, role: str | None) -> Message:
    return Message(
        seq=message.seq,
        sender=Sender(message.sender),
        role=role,
        text=message.text,
        sent_ms=to_ms(message.sent_at),
        delivered_ms=optional_ms(message.delivered_at),
        seen_ms=optional_ms(message.seen_at),
    )


async def _usual_wait(session: AsyncSession, sitting_id: str) -> int | None:
    rows = await session.execute(
        select(HelpCall.opened_at, HelpCall.taken_at)
        .join(Attempt, Attempt.id == HelpCall.attempt_id)
        .where(Attempt.sitting_id == sitting_id, HelpCall.taken_at.is_not(None))
        .order_by(HelpCall.taken_at.desc())
        .limit(WAITS_COUNTED)
    )
    waits = [(taken - opened).total_seconds() for opened, taken in rows if taken is not None]
    return round(statistics.median(waits)) if waits else None


def call_state_of(call: HelpCall | None) -> CallState:
    """Where a call stands."""
    return call_state(
        opened=call is not None,
        taken=call is not None and call.taken_at is not None,
        closed=call is not None and call.closed_at is not None,
    )
