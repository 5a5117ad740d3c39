"""Writing the audit log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy.ext.asyncio import AsyncSession

from zhishi.foundation.audit.models import AuditEntry
from zhishi.foundation.kernel.ids import new_id

ActorKind = Literal["staff", "candidate", "system", "visitor"]


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a staff account, a registration, or the system itself."""

    kind: ActorKind
    id: str | None = None


SYSTEM = Actor("system")
VISITOR = Actor("visitor")


def record(
    session: AsyncSession,
    *,
    at: datetime,
    actor: Actor,
    action: str,
    subject: tuple[str, str],
    **detail: Any,
) -> None:
    """Add the row of an act to its own transaction. `detail` holds facts, never secrets, names or pictures."""
    session.add(
        AuditEntry(
            id=new_id(),
            at=at,
            actor_kind=actor.kind,
            actor_id=actor.id,
            action=action,
            subject_kind=subject[0],
            subject_id=subject[1],
            detail=detail,
        )
    )
