"""What happens to the roster."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from sqlalchemy.ext.asyncio import AsyncSession

from zhishi.before.roster.models import Person, Registration
from zhishi.before.roster.queries import id_tail_digest
from zhishi.foundation import audit
from zhishi.foundation.audit import Actor
from zhishi.foundation.kernel.ids import new_id, new_random_id
from zhishi.foundation.ports import Blobs
from zhishi.foundation.settings import Keys

PhotoSource = Literal["imported", "self_captured"]


def photo_source(stored: str | None) -> PhotoSource | None:
    """A stored source as its type."""
    return None if stored is None else ("imported" if stored == "imported" else "self_captured")


async def add_person(
    session: AsyncSession, *, keys: Keys, name: str, id_tail: str, actor: Actor, at: datetime
) -> Person:
    """Add a person."""
    person = Person(id=new_id(), name=name, id_tail_digest=id_tail_digest(keys, id_tail), created_at=at)
    session.add(person)
    audit.record(session, at=at, actor=actor, action="person.added", subject=("person", person.id))
    await session.flush()
    return person


async def register(
    session: AsyncSession,
    *,
    sitting_id: str,
    person: Person,
    ticket: str,
    post: str,
    photo_key: str | None,
    photo_source: PhotoSource | None,
    actor: Actor,
    at: datetime,
) -> Registration:
    """Register a person for a sitting."""
    registration = Registration(
        id=new_id(),
        sitting_id=sitting_id,
        person_id=person.id,
        ticket=ticket,
        post=post,
        photo_key=photo_key,
        photo_source=photo_source,
        created_at=at,
    )
    session.add(registration)
    audit.record(session, at=at, actor=actor, action="registration.created", subject=("registration", registration.id))
    await session.flush()
    return registration


async def store_photograph(blobs: Blobs, picture: bytes) -> str:
    """Keep a photograph that vision has accepted. Returns its key; nothing refers to it until a row does."""
    key = f"photographs/{new_random_id()}.jpg"
    await blobs.put(key, picture)
    return key


async def set_photograph(
    session: AsyncSession,
    *,
    registration: Registration,
    photo_key: str,
    source: PhotoSource,
    actor: Actor,
    at: datetime,
) -> None:
    """Make a stored picture the registered photograph."""
    registration.photo_key = photo_key
    registration.photo_source = source
    audit.record(
        session,
        at=at,
        actor=actor,
        action="photograph.registered",
        subject=("registration", registration.id),
        source=source,
    )
