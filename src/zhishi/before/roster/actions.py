"""What happens to the roster."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from sqlalchemy.ext.asyncio import AsyncSession

from zhishi.before.roster.models import Person, Registration
from zhishi.before.roster.queries import home_secret_digest, id_tail_digest
from zhishi.foundation import audit
from zhishi.foundation.audit import Actor
from zhishi.foundation.kernel.ids import new_id, new_random_id, readable_code
from zhishi.foundation.ports import Blobs
from zhishi.foundation.settings import Keys

# Two groups of four on the admission ticket: 31^8, with ten guesses a minute.
HOME_SECRET_LENGTH = 8

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


def in_groups(secret: str) -> str:
    """A home secret as it is printed: "ABCD-EFGH"."""
    return f"{secret[:4]}-{secret[4:]}"


async def issue_home_secret(
    session: AsyncSession,
    *,
    keys: Keys,
    registration: Registration,
    actor: Actor,
    at: datetime,
    secret: str | None = None,
    **detail: str,
) -> str:
    """Give a registration the one-time secret of its home page; one given before opens nothing any more.

    Returns it as it is printed, and keeps a digest only. `secret` prints the one of an earlier ticket again.
    """
    printed = secret or in_groups(readable_code(HOME_SECRET_LENGTH))
    registration.home_secret_digest = home_secret_digest(keys, printed)
    registration.home_device_id = None
    audit.record(
        session,
        at=at,
        actor=actor,
        action="home_secret.issued",
        subject=("registration", registration.id),
        **detail,
    )
    await session.flush()
    return printed


async def tie_home_secret(session: AsyncSession, *, registration: Registration, device_id: str, at: datetime) -> None:
    """The first browser that uses a home secret becomes the only one that may use it again."""
    registration.home_device_id = device_id
    audit.record(
        session,
        at=at,
        actor=Actor("candidate", registration.id),
        action="home_secret.used",
        subject=("registration", registration.id),
        device=device_id,
    )
    await session.flush()


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
