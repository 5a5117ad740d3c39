"""Reading the ledger of an attempt."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from zhishi.day.attempts.queries import AttemptFacts, attempts_in
from zhishi.day.interruptions.rules import Interruption, in_order, of_connection, of_gaps, of_logbook
from zhishi.day.recording import counting, queries
from zhishi.day.recording.logbook import COMPUTER, PHONE, entries_of
from zhishi.day.recording.queries import HeldTrack
from zhishi.day.recording.rules import TOLERANCE_MS, WITNESS_MS, TrackKind
from zhishi.foundation.kernel.clock import to_ms
from zhishi.foundation.kernel.intervals import Interval, clip, subtract, union

# So many other candidates are asked whether the server was there; one that answers is enough.
ASKED = 5


async def ledger_of(session: AsyncSession, attempt: AttemptFacts, *, now: datetime) -> list[Interruption]:
    """Everything that interrupted the recording of an attempt, from its entry on."""
    held = await queries.held_tracks(session, attempt, now=now)
    rows: list[Interruption] = []
    for one in held:
        kind = TrackKind(one.track.kind)
        rows += of_gaps(kind, one.assessment.gaps)
        unheard = _unheard(one, now=now)
        others = await _others(session, attempt, unheard)
        rows += of_connection(kind, unheard, others)
    for device in (COMPUTER, PHONE):
        rows += of_logbook(await entries_of(session, attempt.attempt.id, device=device))
    return in_order(rows)


def _unheard(held: HeldTrack, *, now: datetime) -> list[Interval]:
    """Times that are here and were not spoken of in time. The newest may still be spoken of in time."""
    seen = union((span for epoch in held.epochs for span in epoch.witnessed), tolerance=TOLERANCE_MS)
    late = clip(held.assessment.covered, (0, to_ms(now) - WITNESS_MS))
    # A heartbeat may be lost without anybody being away; a whole minute's worth of late words is one break.
    joined = union(subtract(late, seen), tolerance=WITNESS_MS)
    return [span for span in joined if span[1] - span[0] > TOLERANCE_MS]


async def _others(session: AsyncSession, attempt: AttemptFacts, spans: Sequence[Interval]) -> list[int]:
    """For each span in which other candidates of the sitting were heard of, a moment at which one was."""
    if not spans:
        return []
    everybody = await attempts_in(session, attempt.attempt.sitting_id)
    others = [one.id for one in everybody if one.entered_at is not None and one.id != attempt.attempt.id]
    found = [await counting.received_of(session, others[:ASKED], span) for span in spans]
    return [moment for moment in found if moment is not None]
