"""Reading receipts that were given. None is ever removed while its attempt is kept."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from zhishi.day.receipts.models import Receipt
from zhishi.day.receipts.schemas import GivenReceipt
from zhishi.foundation.kernel.clock import to_ms
from zhishi.foundation.kernel.errors import NotFound


async def newest_receipt(session: AsyncSession, attempt_id: str) -> Receipt | None:
    """The receipt on an attempt that was given last."""
    return await session.scalar(
        select(Receipt).where(Receipt.attempt_id == attempt_id).order_by(Receipt.number.desc()).limit(1)
    )


async def receipt(session: AsyncSession, attempt_id: str, number: int) -> Receipt:
    """One receipt as it was given. Raises `NotFound`."""
    found = await session.get(Receipt, (attempt_id, number))
    if found is None:
        raise NotFound()
    return found


async def receipts_on(session: AsyncSession, attempt_id: str) -> list[GivenReceipt]:
    """The receipts on an attempt, the newest first, without their texts."""
    rows = await session.execute(
        select(Receipt.number, Receipt.issued_at, Receipt.final)
        .where(Receipt.attempt_id == attempt_id)
        .order_by(Receipt.number.desc())
    )
    return [GivenReceipt(number=number, issued_ms=to_ms(issued_at), final=final) for number, issued_at, final in rows]
