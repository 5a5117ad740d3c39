"""Reading the ledger of an attempt."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from zhishi.day.attempts.queries import AttemptFacts, attempts_in
from zhishi.day.interruptions.rules import (
    Interruption,
    Unheard,
    in_order,
    inner_of,
    of_connection,
    of_gaps,
    of_logbook,
)
from zhishi.day.recording import counting, queries
from zhishi.day.recording.causes import Gap, GapCause
from zhishi.day.recording.logbook import COMPUTER, PHONE, entries_of
from zhishi.day.recording.queries import HeldTrack
from zhishi.day.recording.rules import COMPUTER_TRACKS, LIVE_EDGE_MS, TOLERANCE_MS, WITNESS_MS, TrackKind, Verdict
from zhishi.foundation.kernel.clock import to_ms
from zhishi.foundation.kernel.intervals import Interval, clip, subtract, union

# So many other candidates are asked whether the server was there; one that answers is enough.
ASKED = 5
# Every so often a moment is wanted at which one of them was heard of.
_STEP_MS = 5_000


async def ledger_of(
    session: AsyncSession, attempt: AttemptFacts, *, now: datetime, held: Sequence[HeldTrack] | None = None
) -> list[Interruption]:
    """Everything that interrupted the recording of an attempt, from its entry on; `held` if it was read already."""
    tracks = await queries.held_tracks(session, attempt, now=now) if held is None else held
    rows: list[Interruption] = []
    for one in tracks:
        kind = TrackKind(one.track.kind)
        # What is still on its way at the live edge is no interruption.
        rows += of_gaps(kind, [gap for gap in one.assessment.gaps if not _is_edge(gap, one, now=now)])
        rows += of_connection(kind, [await _looked_at(session, attempt, one, span) for span in _unheard(one, now=now)])
    for device, kinds in ((COMPUTER, COMPUTER_TRACKS), (PHONE, (TrackKind.PHONE,))):
        due = [queries.track_due(one.track, attempt, now) for one in tracks if one.track.kind in kinds]
        over = bool(due) and all(final for _, final in due)
        until_ms = to_ms(max(until for until, _ in due)) if over else None
        entries = await entries_of(session, attempt.attempt.id, device=device)
        rows += of_logbook(entries, device=device, until_ms=until_ms)
    return in_order(rows)


def _is_edge(gap: Gap, held: HeldTrack, *, now: datetime) -> bool:
    running = held.assessment.verdict is Verdict.RECORDING
    return running and gap.cause is GapCause.NOT_YET_ARRIVED and gap.to_ms > to_ms(now) - LIVE_EDGE_MS


def _unheard(held: HeldTrack, *, now: datetime) -> list[Interval]:
    """Times that are here and were not spoken of in time. The newest may still be spoken of in time."""
    seen = union((span for epoch in held.epochs for span in epoch.witnessed), tolerance=TOLERANCE_MS)
    late = clip(held.assessment.covered, (0, to_ms(now) - WITNESS_MS))
    # A heartbeat may be lost without anybody being away; a whole minute's worth of late words is one break.
    joined = union(subtract(late, seen), tolerance=WITNESS_MS)
    return [span for span in joined if span[1] - span[0] > TOLERANCE_MS]


async def _looked_at(session: AsyncSession, attempt: AttemptFacts, held: HeldTrack, span: Interval) -> Unheard:
    """Who was heard of in a time that was told of late."""
    inner = inner_of(span)
    if inner is None:
        return Unheard(span, own_heard=False, others_heard=())
    everybody = await attempts_in(session, attempt.attempt.sitting_id)
    others = [one.id for one in everybody if one.entered_at is not None and one.id != attempt.attempt.id]
    own = await counting.received_in(session, [attempt.attempt.id], inner, step_ms=_STEP_MS, kinds=[held.track.kind])
    return Unheard(
        span,
        own_heard=bool(own),
        others_heard=await counting.received_in(session, others[:ASKED], inner, step_ms=_STEP_MS),
    )
