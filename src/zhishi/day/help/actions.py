"""Sending messages, taking and closing calls."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from zhishi.day.attempts.actions import by_candidate, note, topic_of_sitting
from zhishi.day.attempts.models import Attempt
from zhishi.day.attempts.rules import ServerEvent
from zhishi.day.help.models import HelpCall, HelpMessage
from zhishi.day.help.queries import newest_calls
from zhishi.day.help.rules import Sender
from zhishi.day.help.schemas import NewMessage
from zhishi.foundation import audit
from zhishi.foundation.adapters.database import after_commit
from zhishi.foundation.kernel.errors import refusal
from zhishi.foundation.kernel.ids import new_id

CallNotOpen = refusal(
    "call_not_open",
    409,
    "这位考生现在没有未结束的求助。",
    "This candidate has no open call for help.",
)


async def send(
    session: AsyncSession, *, attempt: Attempt, message: NewMessage, staff_id: str | None, at: datetime
) -> HelpMessage:
    """Keep a message; sent again under the same id it is the same message. The attempt is locked by the caller.

    A candidate's message opens a call if none is open; a staff member's answer takes it.
    """
    known = await session.scalar(
        select(HelpMessage).where(HelpMessage.attempt_id == attempt.id, HelpMessage.client_id == message.client_id)
    )
    if known is not None:
        return known
    last = await session.scalar(select(func.max(HelpMessage.seq)).where(HelpMessage.attempt_id == attempt.id))
    row = HelpMessage(
        id=new_id(),
        attempt_id=attempt.id,
        seq=(last or 0) + 1,
        client_id=message.client_id,
        sender=Sender.CANDIDATE if staff_id is None else Sender.STAFF,
        staff_id=staff_id,
        text=message.text,
        sent_at=at,
    )
    session.add(row)
    if staff_id is None:
        await _open_call(session, attempt, at=at)
    else:
        call = (await newest_calls(session, [attempt.id])).get(attempt.id)
        if call is not None and call.closed_at is None and call.taken_at is None:
            call.taken_by, call.taken_at = staff_id, at
    actor = by_candidate(attempt) if staff_id is None else audit.Actor("staff", staff_id)
    audit.record(session, at=at, actor=actor, action="help.message_sent", subject=("attempt", attempt.id), seq=row.seq)
    after_commit(session, topic_of_sitting(attempt.sitting_id), attempt_id=attempt.id)
    await session.flush()
    return row


async def _open_call(session: AsyncSession, attempt: Attempt, *, at: datetime) -> None:
    call = (await newest_calls(session, [attempt.id])).get(attempt.id)
    if call is not None and call.closed_at is None:
        return
    session.add(HelpCall(id=new_id(), attempt_id=attempt.id, opened_at=at))
    note(session, attempt.id, ServerEvent.HELP_CALLED, at=at)


async def mark(session: AsyncSession, *, attempt_id: str, sender: Sender, up_to: int, seen: bool, at: datetime) -> None:
    """Messages of one side have reached the other's page (delivered), or were looked at (seen).

    No audit row: the message itself carries both times.
    """
    mine = update(HelpMessage).where(
        HelpMessage.attempt_id == attempt_id, HelpMessage.sender == sender, HelpMessage.seq <= up_to
    )
    await session.execute(mine.where(HelpMessage.delivered_at.is_(None)).values(delivered_at=at))
    if seen:
        await session.execute(mine.where(HelpMessage.seen_at.is_(None)).values(seen_at=at))


async def take_call(session: AsyncSession, *, attempt: Attempt, staff_id: str, at: datetime) -> HelpCall:
    """Somebody takes the open call; who takes it later takes it over. Raises `CallNotOpen`."""
    call = await _open_one(session, attempt)
    call.taken_by, call.taken_at = staff_id, call.taken_at or at
    _record(session, attempt, "help.call_taken", staff_id, at=at)
    return call


async def close_call(session: AsyncSession, *, attempt: Attempt, staff_id: str, at: datetime) -> HelpCall:
    """The call is settled. Raises `CallNotOpen`."""
    call = await _open_one(session, attempt)
    call.taken_by, call.taken_at = call.taken_by or staff_id, call.taken_at or at
    call.closed_by, call.closed_at = staff_id, at
    _record(session, attempt, "help.call_closed", staff_id, at=at)
    return call


async def _open_one(session: AsyncSession, attempt: Attempt) -> HelpCall:
    call = (await newest_calls(session, [attempt.id])).get(attempt.id)
    if call is None or call.closed_at is not None:
        raise CallNotOpen()
    return call


def _record(session: AsyncSession, attempt: Attempt, action: str, staff_id: str, *, at: datetime) -> None:
    actor = audit.Actor("staff", staff_id)
    audit.record(session, at=at, actor=actor, action=action, subject=("attempt", attempt.id))
    after_commit(session, topic_of_sitting(attempt.sitting_id), attempt_id=attempt.id)
