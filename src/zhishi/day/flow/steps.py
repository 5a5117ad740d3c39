"""The steps before entry, each allowed by the rules or refused, and device confirmation after it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from zhishi.before.exams.models import Attachment
from zhishi.before.exams.rules import AttachmentKind, SittingKind
from zhishi.before.roster.queries import registered_count
from zhishi.day.attempts import steps
from zhishi.day.attempts.queries import AttemptFacts
from zhishi.day.flow.actions import LotAlreadyDrawn, TextChanged, TextOutOfTurn, require
from zhishi.day.flow.queries import known_of
from zhishi.day.flow.rules import Step, WhyNot, may_confirm_devices, may_do, may_draw, may_pass_binding
from zhishi.day.flow.schemas import (
    AcceptanceRequest,
    DeviceChoice,
    PreparationReport,
    TextList,
    TextView,
)
from zhishi.day.lots.actions import draw_in_rehearsal, draw_lot, lay_deck
from zhishi.day.lots.queries import REHEARSAL_CARDS, REHEARSAL_LOT, cards_of
from zhishi.day.lots.schemas import Card, DrawView
from zhishi.foundation.kernel.clock import to_ms
from zhishi.foundation.kernel.errors import NotFound
from zhishi.foundation.settings import Keys

# Characters that people read in a minute with care; Chinese and English lie close enough for an estimate in minutes.
CHARACTERS_A_MINUTE = 300


async def prepare(session: AsyncSession, *, attempt: AttemptFacts, report: PreparationReport, now: datetime) -> None:
    """F1: keep what the check of this device found. It can be repeated at any time, also after entry."""
    await steps.keep_preparation(
        session,
        registration_id=attempt.attempt.registration_id,
        device_id=attempt.attempt.device_id,
        report=report.model_dump(),
        attempt=attempt.attempt,
        at=now,
    )


async def texts_for(session: AsyncSession, *, attempt: AttemptFacts, now: datetime) -> TextList:
    """F3, F6: what is to be read before entry, in order; it can be read again at any time."""
    known = await known_of(session, attempt, now=now)
    return TextList(
        texts=[
            TextView(
                attachment_id=one.id,
                kind=AttachmentKind(one.kind),
                title=one.title,
                text=one.text,
                version=one.version,
                position=place,
                characters=len(one.text),
                minutes=max(1, round(len(one.text) / CHARACTERS_A_MINUTE)),
                accepted_ms=to_ms(known.accepted[one.id].accepted_at) if one.id in known.accepted else None,
            )
            for place, one in enumerate(_in_turn(known.texts))
        ]
    )


def _in_turn(texts: Sequence[Attachment]) -> list[Attachment]:
    """The procedure is step 3 and comes first; the consent was given before login."""
    shown = [one for one in texts if one.kind != AttachmentKind.CONSENT]
    return sorted(shown, key=lambda one: one.kind != AttachmentKind.PROCEDURE)


async def accept_text(
    session: AsyncSession,
    *,
    attempt: AttemptFacts,
    attachment_id: str,
    request: AcceptanceRequest,
    now: datetime,
) -> None:
    """F3.1, F6.2: a text was read. One after another; again changes nothing."""
    known = await known_of(session, attempt, now=now)
    turn = _in_turn(known.texts)
    chosen = next((one for one in turn if one.id == attachment_id), None)
    if chosen is None:
        if await session.get(Attachment, attachment_id) is None:
            raise NotFound()
        raise TextChanged()
    if chosen.version != request.version:
        raise TextChanged(version=chosen.version)
    if chosen.id in known.accepted:
        return
    step = Step.PROCEDURE if chosen.kind == AttachmentKind.PROCEDURE else Step.ATTACHMENTS
    require(may_do(known.facts, step, now))
    if any(one.id not in known.accepted for one in turn[: turn.index(chosen)]):
        raise TextOutOfTurn()
    await steps.record_acceptance(
        session,
        registration_id=attempt.attempt.registration_id,
        attempt=attempt.attempt,
        attachment=chosen,
        reading_ms=request.reading_ms,
        at=now,
    )


async def pass_binding(session: AsyncSession, *, attempt: AttemptFacts, now: datetime) -> None:
    """Go on without a phone, where the organiser lets it."""
    known = await known_of(session, attempt, now=now)
    require(may_pass_binding(known.facts, now))
    await steps.pass_binding(session, attempt=attempt.attempt, at=now)


async def draw_view(session: AsyncSession, *, keys: Keys, attempt: AttemptFacts, now: datetime) -> DrawView:
    """F5: the cards, face down. Looking for the first time lays the deck."""
    known = await known_of(session, attempt, now=now)
    registered = await registered_count(session, attempt.attempt.sitting_id)
    if attempt.kind is SittingKind.REHEARSAL:
        drawn = REHEARSAL_LOT if known.facts.lot_drawn else None
        cards = [Card(position=one, taken=False) for one in range(REHEARSAL_CARDS)]
        return DrawView(drawn=drawn, cards=cards, registered=REHEARSAL_CARDS, commitment=None)
    deck = await lay_deck(session, keys=keys, sitting_id=attempt.attempt.sitting_id, registered=registered, at=now)
    return DrawView(
        drawn=known.lot, cards=await cards_of(session, deck), registered=registered, commitment=deck.commitment
    )


async def draw(session: AsyncSession, *, keys: Keys, attempt: AttemptFacts, position: int, now: datetime) -> None:
    """F5.1: turn one card over."""
    known = await known_of(session, attempt, now=now)
    allowance = may_draw(known.facts, now)
    if allowance.why is WhyNot.ALREADY_DONE:
        raise LotAlreadyDrawn(lot=known.lot)
    require(allowance)
    row = attempt.attempt
    if attempt.kind is SittingKind.REHEARSAL:
        draw_in_rehearsal(session, attempt=row, position=position, at=now)
        row.lot_drawn_at = now
        return
    registered = await registered_count(session, row.sitting_id)
    deck = await lay_deck(session, keys=keys, sitting_id=row.sitting_id, registered=registered, at=now)
    await draw_lot(session, keys=keys, attempt=row, deck=deck, position=position, at=now)
    row.lot_drawn_at = now


async def pass_lot(session: AsyncSession, *, attempt: AttemptFacts, now: datetime) -> None:
    """F5.2: leave the lot to the system."""
    known = await known_of(session, attempt, now=now)
    allowance = may_draw(known.facts, now)
    if allowance.why is WhyNot.ALREADY_DONE:
        return
    require(allowance)
    await steps.pass_lot(session, attempt=attempt.attempt, at=now)


async def confirm_devices(session: AsyncSession, *, attempt: AttemptFacts, choice: DeviceChoice, now: datetime) -> None:
    """F8.1: camera and microphone are chosen."""
    known = await known_of(session, attempt, now=now)
    require(may_confirm_devices(known.facts, now))
    await steps.confirm_devices(
        session, attempt=attempt.attempt, at=now, camera=choice.camera, microphone=choice.microphone
    )
