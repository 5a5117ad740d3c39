"""How sittings, candidates and records are shown to staff."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from zhishi.before.exams.models import Attachment
from zhishi.before.exams.queries import SittingFacts
from zhishi.before.exams.rules import AttachmentKind
from zhishi.before.papers.models import Paper
from zhishi.before.roster.queries import Enrolled
from zhishi.day.attempts.models import AttemptEvent
from zhishi.day.attempts.queries import AttemptFacts
from zhishi.day.attempts.rules import EndReason
from zhishi.day.flow.queries import present_times
from zhishi.day.invigilation.queries import Candidate, is_complete, state_of
from zhishi.day.invigilation.rules import CandidateState
from zhishi.day.invigilation.schemas import (
    AttachmentItem,
    AttemptRecord,
    CandidateRow,
    EventView,
    PaperState,
    RecordedEpoch,
    RecordedTrack,
    SittingItem,
    SittingView,
    TrackSummary,
)
from zhishi.day.recording.models import Track
from zhishi.day.recording.presenting import present_epoch, present_track
from zhishi.day.recording.queries import HeldEpoch, HeldTrack
from zhishi.day.recording.rules import Summary, TrackKind
from zhishi.foundation.kernel.clock import to_ms

_ENDED = (CandidateState.UPLOADING, CandidateState.FINISHED)


def present_item(held_in: SittingFacts, candidates: Sequence[Candidate]) -> SittingItem:
    """A sitting with its counts."""
    schedule = held_in.schedule
    return SittingItem(
        sitting_id=held_in.sitting.id,
        exam_title=held_in.exam.title,
        name=held_in.sitting.name,
        kind=held_in.kind,
        starts_ms=None if schedule is None else to_ms(schedule.starts),
        ends_ms=None if schedule is None else to_ms(schedule.ends),
        time_zone=held_in.exam.time_zone,
        registered=len(candidates),
        entered=sum(bool(one.attempt and one.attempt.attempt.entered_at) for one in candidates),
        ended=sum(one.state in _ENDED for one in candidates),
        complete=sum(one.complete for one in candidates),
    )


def present_sitting(
    item: SittingItem,
    held_in: SittingFacts,
    *,
    attachments: Sequence[Attachment],
    paper: Paper | None,
    hotline: str,
) -> SittingView:
    """A sitting with its times, texts and the state of its paper."""
    schedule = held_in.schedule
    return SittingView(
        **item.model_dump(),
        times=None if schedule is None else present_times(schedule),
        hotline=hotline,
        attachments=[
            AttachmentItem(kind=AttachmentKind(one.kind), title=one.title, version=one.version) for one in attachments
        ],
        paper=PaperState(
            sealed=paper is not None,
            sealed_ms=None if paper is None else to_ms(paper.sealed_at),
            questions=0 if paper is None else paper.question_count,
        ),
    )


def present_candidate(candidate: Candidate, tracks: Sequence[tuple[Track, Summary]], *, now: datetime) -> CandidateRow:
    """A line of the list."""
    registration, attempt = candidate.who.registration, candidate.attempt
    row = None if attempt is None else attempt.attempt
    return CandidateRow(
        registration_id=registration.id,
        ticket=registration.ticket,
        name=candidate.who.person.name,
        post=registration.post,
        has_photo=registration.photo_key is not None,
        lot=candidate.lot,
        attempt_id=None if row is None else row.id,
        state=candidate.state,
        entered_ms=None if row is None else _ms(row.entered_at),
        late=bool(row and row.late),
        ended_ms=_ended_ms(attempt, now=now),
        end_reason=_end_reason(attempt, now=now),
        interruptions=candidate.interruptions,
        last_heard_ms=None if row is None else _ms(row.last_heard_at),
        tracks=[_summary(track, summary) for track, summary in tracks],
    )


def _summary(track: Track, summary: Summary) -> TrackSummary:
    return TrackSummary(
        track_id=track.id,
        kind=TrackKind(track.kind),
        verdict=summary.verdict,
        due_ms=summary.due_ms,
        covered_ms=summary.covered_ms,
        gaps=summary.gaps,
    )


def present_record(
    attempt: AttemptFacts,
    who: Enrolled,
    lot: str | None,
    tracks: Sequence[HeldTrack],
    events: Sequence[AttemptEvent],
    *,
    interruptions: int,
    now: datetime,
) -> AttemptRecord:
    """The record of an attempt."""
    row, verdicts = attempt.attempt, [one.assessment.verdict for one in tracks]
    return AttemptRecord(
        attempt_id=row.id,
        ticket=who.registration.ticket,
        name=who.person.name,
        lot=lot,
        mark=row.mark,
        post=who.registration.post,
        kind=attempt.kind,
        sitting_id=row.sitting_id,
        state=state_of(attempt, verdicts, now=now),
        time_zone=attempt.held_in.exam.time_zone,
        times=present_times(attempt.schedule),
        now_ms=to_ms(now),
        entered_ms=_ms(row.entered_at),
        late=row.late,
        ended_ms=_ended_ms(attempt, now=now),
        end_reason=_end_reason(attempt, now=now),
        interruptions=interruptions,
        last_heard_ms=_ms(row.last_heard_at),
        complete=is_complete(verdicts),
        events=[_event(event) for event in events],
        tracks=[_recorded_track(one) for one in tracks],
    )


def _event(event: AttemptEvent) -> EventView:
    return EventView(
        kind=event.kind,
        at_ms=to_ms(event.at),
        device_ms=event.device_ms,
        received_ms=to_ms(event.received_at),
        detail=event.detail,
    )


def _recorded_track(held: HeldTrack) -> RecordedTrack:
    return RecordedTrack(
        **present_track(held).model_dump(),
        playlist_url=f"/api/v1/tracks/{held.track.id}/playlist.m3u8",
        recordings=[_recorded_epoch(held.track.id, epoch) for epoch in held.epochs],
    )


def _recorded_epoch(track_id: str, epoch: HeldEpoch) -> RecordedEpoch:
    row, segments = epoch.row, len(epoch.facts.held)
    url = f"/api/v1/tracks/{track_id}/epochs/{row.epoch}/recording.mp4"
    return RecordedEpoch(
        **present_epoch(epoch).model_dump(),
        segments=segments,
        size=epoch.bytes_held,
        witnessed_ms=epoch.witnessed_ms,
        settled_ms=_ms(row.settled_at),
        frames=row.file_frames,
        problem=row.file_problem,
        close_reason=row.close_reason,
        download_url=url if epoch.facts.init and segments else None,
    )


def _ended_ms(attempt: AttemptFacts | None, *, now: datetime) -> int | None:
    if attempt is None or attempt.attempt.entered_at is None:
        return None
    return _ms(attempt.ended_at(now))


def _end_reason(attempt: AttemptFacts | None, *, now: datetime) -> EndReason | None:
    if _ended_ms(attempt, now=now) is None or attempt is None:
        return None
    return EndReason(attempt.attempt.end_reason or EndReason.TIME)


def _ms(moment: datetime | None) -> int | None:
    return None if moment is None else to_ms(moment)
