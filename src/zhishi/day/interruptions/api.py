"""Routes of the ledger: candidates see their own, staff any."""

from __future__ import annotations

from zhishi.before.staff.access import DESK
from zhishi.day.attempts.queries import attempt_facts
from zhishi.day.identity.access import AT_HOME, MyRegistration
from zhishi.day.interruptions.presenting import present_ledger
from zhishi.day.interruptions.queries import ledger_of
from zhishi.day.interruptions.schemas import Ledger
from zhishi.foundation.edge.doors import Door
from zhishi.foundation.edge.transactions import Here, Look
from zhishi.foundation.kernel.errors import NotFound

door = Door("/api/v1", tag="interruptions")


@door.get("/home/attempts/{attempt_id}/interruptions", access=AT_HOME, summary="What interrupted one's own recording")
async def read_own(attempt_id: str, mine: MyRegistration, look: Look, services: Here) -> Ledger:
    attempt = await attempt_facts(look, attempt_id)
    if attempt.attempt.registration_id != mine:
        raise NotFound()
    return present_ledger(attempt, await ledger_of(look, attempt, now=services.clock.now()))


@door.get("/attempts/{attempt_id}/interruptions", access=DESK, summary="What interrupted the recording of an attempt")
async def read(attempt_id: str, look: Look, services: Here) -> Ledger:
    attempt = await attempt_facts(look, attempt_id)
    return present_ledger(attempt, await ledger_of(look, attempt, now=services.clock.now()))
