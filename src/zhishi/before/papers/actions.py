"""Sealing papers, and opening them when their time has come."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from zhishi.before.papers.models import Paper
from zhishi.before.papers.schemas import PaperContent
from zhishi.foundation import audit
from zhishi.foundation.audit import Actor
from zhishi.foundation.kernel.clock import to_ms
from zhishi.foundation.kernel.errors import refusal
from zhishi.foundation.kernel.ids import new_id
from zhishi.foundation.kernel.sealing import Sealed, new_key, seal, unseal
from zhishi.foundation.settings import Keys

PaperNotReleased = refusal(
    "paper_not_released",
    425,
    "还没有到开考时间，试题到时会自动出现，请在本页等候。",
    "The exam has not started: the question appears by itself at that moment, please wait on this page.",
)


def context_of(paper_id: str, sitting_id: str) -> bytes:
    """What the ciphertext is bound to: a paper moved to another sitting does not open."""
    return f"zhishi paper {paper_id} of {sitting_id}".encode()


async def seal_paper(
    session: AsyncSession, *, keys: Keys, sitting_id: str, content: PaperContent, actor: Actor, at: datetime
) -> Paper:
    """Seal the questions of a sitting under a new key."""
    paper_id, key = new_id(), new_key()
    context = context_of(paper_id, sitting_id)
    body = seal(key, content.model_dump_json().encode(), context=context)
    wrapped = seal(keys.papers, key, context=context)
    paper = Paper(
        id=paper_id,
        sitting_id=sitting_id,
        nonce=body.nonce,
        ciphertext=body.ciphertext,
        key_nonce=wrapped.nonce,
        wrapped_key=wrapped.ciphertext,
        question_count=len(content.questions),
        sealed_at=at,
    )
    session.add(paper)
    audit.record(session, at=at, actor=actor, action="paper.sealed", subject=("paper", paper_id))
    await session.flush()
    return paper


def release_key(paper: Paper, *, keys: Keys, starts: datetime, now: datetime) -> bytes:
    """The key of a paper, from T0 on and not a microsecond before. Raises `PaperNotReleased`."""
    if now < starts:
        wait = max(1, -(-(to_ms(starts) - to_ms(now)) // 1000))
        raise PaperNotReleased(retry_after_s=wait, releases_ms=to_ms(starts))
    context = context_of(paper.id, paper.sitting_id)
    return unseal(keys.papers, Sealed(paper.key_nonce, paper.wrapped_key), context=context)


def open_paper(paper: Paper, *, keys: Keys, starts: datetime, now: datetime) -> PaperContent:
    """The questions, for staff, from T0 on. Raises `PaperNotReleased`."""
    key = release_key(paper, keys=keys, starts=starts, now=now)
    context = context_of(paper.id, paper.sitting_id)
    plaintext = unseal(key, Sealed(paper.nonce, paper.ciphertext), context=context)
    return PaperContent.model_validate_json(plaintext)
