"""Routes of the chat, for the candidate and for staff."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from sqlalchemy.ext.asyncio import AsyncSession

from zhishi.before.staff.access import DESK, Me
from zhishi.day.attempts.access import CANDIDATE, AttemptId
from zhishi.day.attempts.queries import attempt_facts
from zhishi.day.help import actions, queries
from zhishi.day.help.rules import Sender
from zhishi.day.help.schemas import CallView, Chat, Message, NewMessage, Seen
from zhishi.foundation.edge.doors import Door
from zhishi.foundation.edge.transactions import Here, Work

door = Door("/api/v1", tag="help")

After = Annotated[int, Query(ge=0, le=1_000_000)]


@door.get("/attempt/chat", access=CANDIDATE, summary="My messages after a number")
async def read_my_chat(mine: AttemptId, work: Work, services: Here, after: After = 0) -> Chat:
    return await _read(work, services, mine, after=after, other=Sender.STAFF)


@door.post("/attempt/chat", access=CANDIDATE, status_code=201, summary="Call for help, or answer")
async def send_mine(message: NewMessage, mine: AttemptId, work: Work, services: Here) -> Message:
    attempt = await attempt_facts(work, mine, for_change=True)
    row = await actions.send(work, attempt=attempt.attempt, message=message, staff_id=None, at=services.clock.now())
    return queries.present_message(row, None)


@door.post("/attempt/chat/seen", access=CANDIDATE, status_code=204, summary="I have seen the messages")
async def see_mine(seen: Seen, mine: AttemptId, work: Work, services: Here) -> None:
    await actions.mark(work, attempt_id=mine, sender=Sender.STAFF, up_to=seen.seq, seen=True, at=services.clock.now())


@door.get("/attempts/{attempt_id}/chat", access=DESK, summary="A candidate's messages after a number")
async def read_chat(attempt_id: str, work: Work, services: Here, after: After = 0) -> Chat:
    return await _read(work, services, attempt_id, after=after, other=Sender.CANDIDATE)


@door.post("/attempts/{attempt_id}/chat", access=DESK, status_code=201, summary="Answer a candidate")
async def send(attempt_id: str, message: NewMessage, me: Me, work: Work, services: Here) -> Message:
    attempt = await attempt_facts(work, attempt_id, for_change=True)
    row = await actions.send(work, attempt=attempt.attempt, message=message, staff_id=me.id, at=services.clock.now())
    return queries.present_message(row, me.role)


@door.post("/attempts/{attempt_id}/chat/seen", access=DESK, status_code=204, summary="Staff have seen the messages")
async def see(attempt_id: str, seen: Seen, work: Work, services: Here) -> None:
    await attempt_facts(work, attempt_id)
    await actions.mark(
        work, attempt_id=attempt_id, sender=Sender.CANDIDATE, up_to=seen.seq, seen=True, at=services.clock.now()
    )


@door.post("/attempts/{attempt_id}/chat/take", access=DESK, summary="Take a call for help")
async def take(attempt_id: str, me: Me, work: Work, services: Here) -> CallView:
    attempt = (await attempt_facts(work, attempt_id, for_change=True)).attempt
    call = await actions.take_call(work, attempt=attempt, staff_id=me.id, at=services.clock.now())
    return await queries.present_call(work, call, sitting_id=attempt.sitting_id)


@door.post("/attempts/{attempt_id}/chat/close", access=DESK, summary="Close a call for help")
async def close(attempt_id: str, me: Me, work: Work, services: Here) -> CallView:
    attempt = (await attempt_facts(work, attempt_id, for_change=True)).attempt
    call = await actions.close_call(work, attempt=attempt, staff_id=me.id, at=services.clock.now())
    return await queries.present_call(work, call, sitting_id=attempt.sitting_id)


async def _read(work: AsyncSession, services: Here, attempt_id: str, *, after: int, other: Sender) -> Chat:
    """Messages that are read here have reached this side's page."""
    attempt = (await attempt_facts(work, attempt_id)).attempt
    chat = await queries.chat_of(work, attempt, after=after)
    fresh = [one.seq for one in chat.messages if one.sender is other and one.delivered_ms is None]
    if fresh:
        now = services.clock.now()
        await actions.mark(work, attempt_id=attempt_id, sender=other, up_to=max(fresh), seen=False, at=now)
        chat = await queries.chat_of(work, attempt, after=after)
    return chat
