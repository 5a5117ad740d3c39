"""Reading papers as they lie: sealed."""

from __future__ import annotations

import base64

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from zhishi.before.papers.actions import context_of
from zhishi.before.papers.models import Paper
from zhishi.before.papers.schemas import SealedPaper


async def paper_of(session: AsyncSession, sitting_id: str) -> Paper | None:
    """The sealed paper of a sitting."""
    return await session.scalar(select(Paper).where(Paper.sitting_id == sitting_id))


def present_sealed(paper: Paper) -> SealedPaper:
    """The paper as a candidate's page may hold it before T0."""
    return SealedPaper(
        paper_id=paper.id,
        sitting_id=paper.sitting_id,
        nonce_b64=base64.b64encode(paper.nonce).decode(),
        ciphertext_b64=base64.b64encode(paper.ciphertext).decode(),
        aad_b64=base64.b64encode(context_of(paper.id, paper.sitting_id)).decode(),
    )
