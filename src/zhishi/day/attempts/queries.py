"""Reading attempts."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from zhishi.before.exams.queries import SittingFacts, sitting_facts
from zhishi.before.exams.rules import Schedule, SittingKind, rehearsal_schedule
from zhishi.day.attempts.models import Acceptance, Attempt, AttemptEvent, AttemptLogin, Preparation
from zhishi.day.attempts.rules import PREPARED_FOR, ServerEvent
from zhishi.foundation.kernel.errors import NotFound


@dataclass(frozen=True, slots=True)
class AttemptFacts:
    """An attempt with its sitting and exam, and the schedule that follows."""

    attempt: Attempt
    held_in: SittingFacts

    @property
    def kind(self) -> SittingKind:
        return SittingKind(self.attempt.kind)

    @property
    def schedule(self) -> Schedule:
        common = self.held_in.schedule
        return common or rehearsal_schedule(self.attempt.created_at, self.attempt.entered_at, self.held_in.exam.timings)

    def ended_at(self, now: datetime) -> datetime | None:
        """When answering ended for this attempt, if it has: by the candidate, or at the same moment for all."""
        if self.attempt.ended_at is not None:
            return self.attempt.ended_at
        return self.schedule.ends if now >= self.schedule.ends else None


def secret_sha256(secret: str) -> str:
    """How a login's secret is kept."""
    return hashlib.sha256(secret.encode()).hexdigest()


async def attempt_facts(session: AsyncSession, attempt_id: str, *, for_change: bool = False) -> AttemptFacts:
    """One attempt; `for_change` lets one transaction at a time look and then change it. Raises `NotFound`."""
    attempt = await session.get(Attempt, attempt_id, with_for_update=for_change)
    if attempt is None:
        raise NotFound()
    return AttemptFacts(attempt, await sitting_facts(session, attempt.sitting_id))


async def attempts_among(session: AsyncSession, attempt_ids: Collection[str]) -> dict[str, AttemptFacts]:
    """Attempts of any sittings, by id."""
    found = list(await session.scalars(select(Attempt).where(Attempt.id.in_(attempt_ids))))
    held_in = {one: await sitting_facts(session, one) for one in {attempt.sitting_id for attempt in found}}
    return {attempt.id: AttemptFacts(attempt, held_in[attempt.sitting_id]) for attempt in found}


async def attempt_of_secret(session: AsyncSession, secret: str, *, now: datetime) -> str | None:
    """The id of the attempt that a candidate's cookie opens, if that login still runs."""
    login = await login_of_secret(session, secret, now=now)
    return None if login is None else login.attempt_id


async def login_of_secret(session: AsyncSession, secret: str, *, now: datetime) -> AttemptLogin | None:
    """The login behind a candidate's cookie, if it still runs."""
    return await session.scalar(
        select(AttemptLogin).where(
            AttemptLogin.secret_sha256 == secret_sha256(secret),
            AttemptLogin.ended_at.is_(None),
            AttemptLogin.expires_at > now,
        )
    )


async def attempts_of(session: AsyncSession, *, sitting_id: str, registration_id: str) -> list[Attempt]:
    """The attempts of a registration in a sitting, the newest first."""
    found = await session.scalars(
        select(Attempt)
        .where(Attempt.sitting_id == sitting_id, Attempt.registration_id == registration_id)
        .order_by(Attempt.ordinal.desc())
    )
    return list(found)


async def attempts_by(session: AsyncSession, registration_ids: Collection[str]) -> list[AttemptFacts]:
    """The attempts of registrations in any sittings, the newest first."""
    found = await session.scalars(
        select(Attempt.id)
        .where(Attempt.registration_id.in_(registration_ids))
        .order_by(Attempt.created_at.desc(), Attempt.id.desc())
    )
    ids = list(found)
    among = await attempts_among(session, ids)
    return [among[one] for one in ids]


async def attempts_in(session: AsyncSession, sitting_id: str) -> Sequence[Attempt]:
    """All attempts of a sitting."""
    return list(await session.scalars(select(Attempt).where(Attempt.sitting_id == sitting_id)))


async def running_login(session: AsyncSession, attempt_id: str, *, now: datetime) -> AttemptLogin | None:
    """The login of an attempt that has not ended."""
    return await session.scalar(
        select(AttemptLogin)
        .where(
            AttemptLogin.attempt_id == attempt_id,
            AttemptLogin.ended_at.is_(None),
            AttemptLogin.expires_at > now,
        )
        .limit(1)
    )


async def events_of(session: AsyncSession, attempt_id: str) -> list[AttemptEvent]:
    """The events of an attempt in the order in which they happened."""
    found = await session.scalars(
        select(AttemptEvent).where(AttemptEvent.attempt_id == attempt_id).order_by(AttemptEvent.at, AttemptEvent.id)
    )
    return list(found)


async def interrupted_since(session: AsyncSession, attempt_id: str) -> set[int | None]:
    """The last signs of life (Unix ms) after which the interruptions of an attempt began."""
    details = await session.scalars(
        select(AttemptEvent.detail).where(
            AttemptEvent.attempt_id == attempt_id, AttemptEvent.kind == ServerEvent.INTERRUPTED
        )
    )
    return {detail.get("last_heard_ms") for detail in details}


async def turned_away_since(session: AsyncSession, attempt_id: str, *, device_id: str, since: datetime) -> bool:
    """Whether a device was turned away from an attempt since a moment."""
    details = await session.scalars(
        select(AttemptEvent.detail).where(
            AttemptEvent.attempt_id == attempt_id,
            AttemptEvent.kind == ServerEvent.LOGIN_REFUSED,
            AttemptEvent.at > since,
        )
    )
    return any(detail.get("device") == device_id for detail in details)


async def interruptions_in(session: AsyncSession, attempt_ids: Sequence[str]) -> dict[str, int]:
    """How often each attempt was interrupted."""
    rows = await session.execute(
        select(AttemptEvent.attempt_id, func.count())
        .where(AttemptEvent.attempt_id.in_(attempt_ids), AttemptEvent.kind == ServerEvent.INTERRUPTED)
        .group_by(AttemptEvent.attempt_id)
    )
    return {row[0]: row[1] for row in rows}


async def entered_attempts(session: AsyncSession, *, sitting_id: str) -> list[AttemptFacts]:
    """The attempts of a sitting that were entered, in no order that means anything."""
    held_in = await sitting_facts(session, sitting_id)
    found = await session.scalars(
        select(Attempt).where(Attempt.sitting_id == sitting_id, Attempt.entered_at.is_not(None))
    )
    return [AttemptFacts(attempt, held_in) for attempt in found]


async def acceptances_in(session: AsyncSession, attempt_ids: Sequence[str]) -> dict[str, dict[str, Acceptance]]:
    """What was accepted in each attempt, by the id of the text."""
    rows = await session.scalars(select(Acceptance).where(Acceptance.attempt_id.in_(attempt_ids)))
    found: dict[str, dict[str, Acceptance]] = {attempt_id: {} for attempt_id in attempt_ids}
    for one in rows:
        assert one.attempt_id is not None
        found[one.attempt_id][one.attachment_id] = one
    return found


async def has_consented(session: AsyncSession, registration_id: str, *, attachment_id: str) -> bool:
    """Whether a registration has agreed to this very version of a text."""
    found = await session.scalar(
        select(Acceptance.id)
        .where(Acceptance.registration_id == registration_id, Acceptance.attachment_id == attachment_id)
        .limit(1)
    )
    return found is not None


async def accepted_for(session: AsyncSession, attempt: Attempt) -> list[Acceptance]:
    """What was accepted in an attempt, and before there was any: the consent. In the order in which it was."""
    before = Acceptance.attempt_id.is_(None) & (Acceptance.registration_id == attempt.registration_id)
    found = await session.scalars(
        select(Acceptance)
        .where((Acceptance.attempt_id == attempt.id) | before)
        .order_by(Acceptance.accepted_at, Acceptance.id)
    )
    return list(found)


async def newest_preparation(
    session: AsyncSession, registration_id: str, *, device_id: str | None = None
) -> Preparation | None:
    """The last check of a registration's device, of any or of one."""
    chosen = select(Preparation).where(Preparation.registration_id == registration_id)
    if device_id is not None:
        chosen = chosen.where(Preparation.device_id == device_id)
    return await session.scalar(chosen.order_by(Preparation.at.desc(), Preparation.id.desc()).limit(1))


async def newest_preparations(session: AsyncSession, registration_ids: Sequence[str]) -> dict[str, Preparation]:
    """The same for many registrations, of any device."""
    later = aliased(Preparation)
    overtaken = exists().where(later.registration_id == Preparation.registration_id, later.at > Preparation.at)
    found = await session.scalars(
        select(Preparation)
        .where(Preparation.registration_id.in_(registration_ids), ~overtaken)
        .order_by(Preparation.at, Preparation.id)
    )
    return {one.registration_id: one for one in found}


async def prepared_in(session: AsyncSession, attempts: Sequence[Attempt]) -> set[str]:
    """Which attempts' devices were checked for their registrations, not too long before the attempts began."""
    rows = await session.execute(
        select(Preparation.registration_id, Preparation.device_id, func.max(Preparation.at))
        .where(Preparation.registration_id.in_({one.registration_id for one in attempts}))
        .group_by(Preparation.registration_id, Preparation.device_id)
    )
    newest = {(registration_id, device_id): at for registration_id, device_id, at in rows}
    checked = {one.id: newest.get((one.registration_id, one.device_id)) for one in attempts}
    return {one.id for one in attempts if (at := checked[one.id]) is not None and at > one.created_at - PREPARED_FOR}
