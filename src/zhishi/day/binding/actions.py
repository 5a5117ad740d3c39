"""Making codes, binding phones, ending bindings."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from zhishi.day.attempts.actions import by_candidate, note, topic_of_sitting
from zhishi.day.attempts.models import Attempt
from zhishi.day.attempts.rules import ServerEvent
from zhishi.day.binding.models import Binding, BindingPermit
from zhishi.day.binding.queries import code_sha256
from zhishi.day.binding.rules import CODE_LENGTH, CODE_LIVES, REBIND_FOR, BindingEnd
from zhishi.day.binding.schemas import PhoneDevice
from zhishi.foundation import audit
from zhishi.foundation.adapters.database import after_commit
from zhishi.foundation.kernel.errors import refusal
from zhishi.foundation.kernel.ids import new_id, readable_code

BindingCodeUnknown = refusal(
    "binding_code_unknown",
    404,
    "绑定码不对、已经用过或已过期。请看电脑上现在显示的绑定码，重新扫码或输入。",
    "This code is wrong, was used already or has expired. Scan or type the code that your computer shows now.",
)


async def make_code(session: AsyncSession, *, attempt: Attempt, at: datetime) -> tuple[Binding, str]:
    """A new code for one phone. Codes made before stay good until they expire: one may be in the middle of typing."""
    code = readable_code(CODE_LENGTH)
    row = Binding(
        id=new_id(),
        attempt_id=attempt.id,
        code_sha256=code_sha256(code),
        code_expires_at=at + CODE_LIVES,
        created_at=at,
    )
    session.add(row)
    audit.record(
        session, at=at, actor=by_candidate(attempt), action="binding.code_made", subject=("attempt", attempt.id)
    )
    await session.flush()
    return row, code


async def bind(session: AsyncSession, *, row: Binding, attempt: Attempt, device: PhoneDevice, at: datetime) -> None:
    """F4.2: tie the phone that gave the code back. A phone bound before is replaced; its footage may still come."""
    before = await session.scalars(
        select(Binding).where(
            Binding.attempt_id == attempt.id, Binding.bound_at.is_not(None), Binding.ended_at.is_(None)
        )
    )
    for other in before:
        other.ended_at, other.end_reason = at, BindingEnd.REPLACED
        note(session, attempt.id, ServerEvent.PHONE_REPLACED, at=at, label=other.label, device=other.device_id)
    row.bound_at, row.device_id, row.label, row.user_agent = at, device.id, device.label, device.user_agent
    permit = await session.get(BindingPermit, attempt.id)
    if permit is not None:
        # Leave is given for one phone.
        await session.delete(permit)
    note(session, attempt.id, ServerEvent.PHONE_BOUND, at=at, label=device.label, device=device.id)
    audit.record(
        session,
        at=at,
        actor=by_candidate(attempt),
        action="binding.bound",
        subject=("attempt", attempt.id),
        binding=row.id,
    )
    after_commit(session, topic_of_sitting(attempt.sitting_id), attempt_id=attempt.id)
    await session.flush()


async def stop(session: AsyncSession, *, row: Binding, attempt: Attempt, at: datetime) -> None:
    """F4.4: the candidate stopped the phone by hand. Again changes nothing."""
    if row.stopped_at is not None:
        return
    row.stopped_at = at
    note(session, attempt.id, ServerEvent.PHONE_STOPPED, at=at)
    audit.record(
        session,
        at=at,
        actor=by_candidate(attempt),
        action="binding.stopped",
        subject=("attempt", attempt.id),
        binding=row.id,
    )
    after_commit(session, topic_of_sitting(attempt.sitting_id), attempt_id=attempt.id)


async def allow_rebinding(
    session: AsyncSession, *, attempt: Attempt, reason: str, actor: audit.Actor, at: datetime
) -> None:
    """Staff let the candidate bind another phone after entry, for a while."""
    permit = await session.get(BindingPermit, attempt.id)
    if permit is None:
        session.add(BindingPermit(attempt_id=attempt.id, until=at + REBIND_FOR))
    else:
        permit.until = at + REBIND_FOR
    note(session, attempt.id, ServerEvent.REBIND_ALLOWED, at=at, reason=reason)
    audit.record(session, at=at, actor=actor, action="binding.allowed", subject=("attempt", attempt.id), reason=reason)
    after_commit(session, topic_of_sitting(attempt.sitting_id), attempt_id=attempt.id)


async def waive(session: AsyncSession, *, attempt: Attempt, reason: str, actor: audit.Actor, at: datetime) -> None:
    """Staff lift the demand for a phone from this candidate, with a reason."""
    attempt.binding_waived_at = attempt.binding_waived_at or at
    note(session, attempt.id, ServerEvent.BINDING_WAIVED, at=at, reason=reason)
    audit.record(session, at=at, actor=actor, action="binding.waived", subject=("attempt", attempt.id), reason=reason)
    after_commit(session, topic_of_sitting(attempt.sitting_id), attempt_id=attempt.id)
