"""How the ledger is shown."""

from __future__ import annotations

from collections.abc import Sequence

from zhishi.day.attempts.queries import AttemptFacts
from zhishi.day.interruptions.rules import Interruption
from zhishi.day.interruptions.schemas import InterruptionView, Ledger


def present_ledger(attempt: AttemptFacts, rows: Sequence[Interruption]) -> Ledger:
    """The ledger of an attempt."""
    return Ledger(
        attempt_id=attempt.attempt.id,
        time_zone=attempt.held_in.exam.time_zone,
        interruptions=[
            InterruptionView(
                from_ms=row.from_ms,
                to_ms=row.to_ms,
                what=row.what,
                device=row.device,
                track=row.track,
                cause=row.cause,
                side=row.side,
                rules=list(row.rules),
            )
            for row in rows
        ],
    )
