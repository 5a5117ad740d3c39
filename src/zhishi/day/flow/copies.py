"""Whether the copies on a candidate's devices are still needed (F10.4)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from zhishi.before.exams.rules import SittingKind
from zhishi.day.attempts.queries import AttemptFacts
from zhishi.day.flow.rules import copies_released
from zhishi.day.recording.counting import JudgedTrack
from zhishi.day.recording.heartbeats import wanted_of
from zhishi.day.recording.rules import TrackKind, Verdict

# Nothing more is expected: read back to the last byte, or out of time.
_SETTLED = (Verdict.COMPLETE, Verdict.INCOMPLETE)


@dataclass(frozen=True, slots=True)
class CopyNeeds:
    """`wanted`: the server asks for something again. `released`: copies need not be kept any longer. `may_go`: they are
    needed no more, and may go by themselves."""

    wanted: bool
    released: bool
    may_go: bool


async def copy_needs(
    session: AsyncSession,
    attempt: AttemptFacts,
    tracks: Sequence[JudgedTrack],
    *,
    kinds: Collection[TrackKind],
    over: bool,
    now: datetime,
) -> CopyNeeds:
    """What is needed of the copies on the device that recorded these kinds of track; `over` if it records no more."""
    released = copies_released(
        over=over,
        rehearsal=attempt.kind is SittingKind.REHEARSAL,
        published=attempt.held_in.exam.results_published_at is not None,
    )
    # While it runs its own page hears what is wanted.
    wanted = over and bool(await wanted_of(session, attempt.attempt.id, kinds=kinds, now=now))
    settled = all(one.verdict in _SETTLED for one in tracks if one.track.kind in kinds)
    return CopyNeeds(wanted, released, may_go=released and not wanted and settled)
