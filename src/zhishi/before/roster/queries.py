"""Reading the roster."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from zhishi.before.roster.models import Person, Registration
from zhishi.foundation.kernel.errors import NotFound
from zhishi.foundation.kernel.ids import as_made
from zhishi.foundation.kernel.sealing import keyed_digest
from zhishi.foundation.settings import Keys


def id_tail_digest(keys: Keys, id_tail: str) -> str:
    """How the last six characters of an ID number are kept; a trailing x is an X."""
    return keyed_digest(keys.people, "id-tail", id_tail.strip().upper())


def home_secret_digest(keys: Keys, typed: str) -> str:
    """How the secret on an admission ticket is kept; what was typed is read as it was printed."""
    return keyed_digest(keys.people, "home-secret", as_made(typed))


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A registration with its person."""

    registration: Registration
    person: Person


async def enrolled_by_ticket(session: AsyncSession, *, ticket: str, id_tail_digest: str) -> list[Enrolled]:
    """Registrations that a ticket number and an ID number's tail open together; a ticket may serve several sittings."""
    rows = await session.execute(
        select(Registration, Person)
        .join(Person, Person.id == Registration.person_id)
        .where(Registration.ticket == ticket, Person.id_tail_digest == id_tail_digest)
    )
    return [Enrolled(*row) for row in rows]


async def enrolled_under(session: AsyncSession, ticket: str) -> list[Enrolled]:
    """The registrations under a ticket number, which may serve several sittings."""
    rows = await session.execute(
        select(Registration, Person)
        .join(Person, Person.id == Registration.person_id)
        .where(Registration.ticket == ticket)
        .order_by(Registration.created_at, Registration.id)
    )
    return [Enrolled(*row) for row in rows]


async def enrolled(session: AsyncSession, registration_id: str) -> Enrolled:
    """One registration. Raises `NotFound`."""
    row = (
        await session.execute(
            select(Registration, Person)
            .join(Person, Person.id == Registration.person_id)
            .where(Registration.id == registration_id)
        )
    ).one_or_none()
    if row is None:
        raise NotFound()
    return Enrolled(*row)


async def enrolled_among(session: AsyncSession, registration_ids: Collection[str]) -> list[Enrolled]:
    """Many registrations, by ticket number."""
    rows = await session.execute(
        select(Registration, Person)
        .join(Person, Person.id == Registration.person_id)
        .where(Registration.id.in_(registration_ids))
        .order_by(Registration.ticket, Registration.id)
    )
    return [Enrolled(*row) for row in rows]


async def registration_for_change(session: AsyncSession, registration_id: str) -> Registration:
    """A registration that one transaction at a time looks at and changes. Raises `NotFound`."""
    found = await session.get(Registration, registration_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise NotFound()
    return found


async def enrolled_in(session: AsyncSession, sitting_id: str) -> Sequence[Enrolled]:
    """Everybody in a sitting, by ticket number."""
    rows = await session.execute(
        select(Registration, Person)
        .join(Person, Person.id == Registration.person_id)
        .where(Registration.sitting_id == sitting_id)
        .order_by(Registration.ticket)
    )
    return [Enrolled(*row) for row in rows]


async def registered_count(session: AsyncSession, sitting_id: str) -> int:
    """How many are registered in a sitting."""
    count = await session.scalar(
        select(func.count()).select_from(Registration).where(Registration.sitting_id == sitting_id)
    )
    return count or 0
