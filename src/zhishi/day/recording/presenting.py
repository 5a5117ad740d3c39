"""How recordings are shown: from facts to what crosses HTTP."""

from __future__ import annotations

from datetime import datetime

from zhishi.day.attempts.queries import AttemptFacts
from zhishi.day.recording.queries import HeldEpoch, HeldTrack
from zhishi.day.recording.rules import ARRIVED, COMPUTER_TRACKS, TrackKind
from zhishi.day.recording.schemas import Completeness, EpochView, GapView, TrackView
from zhishi.foundation.kernel.clock import optional_ms, to_ms
from zhishi.foundation.kernel.intervals import runs


def present_completeness(attempt: AttemptFacts, tracks: list[HeldTrack], *, now: datetime) -> Completeness:
    """What the server holds of an attempt."""
    entered = attempt.attempt.entered_at
    computer = [_arrived(one) for one in tracks if one.track.kind in COMPUTER_TRACKS]
    phone = [_arrived(one) for one in tracks if one.track.kind not in COMPUTER_TRACKS]
    return Completeness(
        attempt_id=attempt.attempt.id,
        now_ms=to_ms(now),
        complete=bool(computer) and all(computer),
        phone_complete=all(phone) if phone else None,
        entered_ms=optional_ms(entered),
        ends_ms=to_ms(attempt.ended_at(now) or attempt.schedule.ends),
        tracks=[present_track(one) for one in tracks],
    )


def _arrived(held: HeldTrack) -> bool:
    return held.assessment.verdict in ARRIVED


def present_track(held: HeldTrack) -> TrackView:
    """One track to the millisecond."""
    assessment, due_from_ms = held.assessment, to_ms(held.track.opened_at)
    return TrackView(
        track_id=held.track.id,
        kind=TrackKind(held.track.kind),
        due_from_ms=due_from_ms,
        due_to_ms=due_from_ms + assessment.due_ms,
        due_ms=assessment.due_ms,
        covered_ms=assessment.covered_ms,
        covered=assessment.covered,
        gaps=[GapView(from_ms=gap.from_ms, to_ms=gap.to_ms, cause=gap.cause) for gap in assessment.gaps],
        verdict=assessment.verdict,
        epochs=[present_epoch(epoch) for epoch in held.epochs],
    )


def present_epoch(epoch: HeldEpoch) -> EpochView:
    facts = epoch.facts
    return EpochView(
        epoch=facts.epoch,
        start_ms=facts.epoch,
        init=facts.init,
        declared=facts.declared,
        held=runs(piece.seq for piece in facts.held),
        settled=facts.checked,
    )
