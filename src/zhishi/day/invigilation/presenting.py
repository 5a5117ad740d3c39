"""How sittings, candidates and records are shown to staff."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from zhishi.before.exams.models import Attachment
from zhishi.before.exams.queries import SittingFacts
from zhishi.before.exams.rules import AttachmentKind, SittingKind
from zhishi.before.papers.models import Paper
from zhishi.before.roster.queries import Enrolled
from zhishi.day.attempts.models import Acceptance, AttemptEvent, Preparation
from zhishi.day.attempts.queries import AttemptFacts
from zhishi.day.attempts.rules import EndReason
from zhishi.day.flow.queries import present_preparation, present_times, step_lines, times_of
from zhishi.day.flow.rules import Step, step_of
from zhishi.day.flow.schemas import PreparationReport, StepView
from zhishi.day.help.queries import call_state_of
from zhishi.day.invigilation.queries import Candidate, Closeup, Line, state_of
from zhishi.day.invigilation.rules import OVER, CandidateState, Trouble
from zhishi.day.invigilation.schemas import (
    AcceptedText,
    AttachmentItem,
    AttemptNow,
    AttemptRecord,
    CandidateRow,
    EventView,
    LiveTrack,
    LiveView,
    PaperState,
    PreparationNote,
    RecordedEpoch,
    RecordedTrack,
    SittingItem,
    SittingView,
    TrackSummary,
)
from zhishi.day.recording.counting import JudgedTrack
from zhishi.day.recording.models import Track
from zhishi.day.recording.presenting import present_epoch, present_track
from zhishi.day.recording.queries import HeldEpoch, HeldTrack
from zhishi.day.recording.rules import TrackKind, Verdict
from zhishi.day.recording.tallies import Summary
from zhishi.foundation.kernel.clock import optional_ms, to_ms


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
        ended=sum(one.state in OVER for one in candidates),
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
        exam_id=held_in.exam.id,
        results_published_ms=optional_ms(held_in.exam.results_published_at),
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


def present_line(line: Line, *, now: datetime) -> CandidateRow:
    """A line of the list."""
    watched, candidate = line.watched, line.watched.candidate
    registration, attempt = candidate.who.registration, candidate.attempt
    row, call, waiting = None if attempt is None else attempt.attempt, watched.call, watched.waiting
    return CandidateRow(
        registration_id=registration.id,
        ticket=registration.ticket,
        name=candidate.who.person.name,
        post=registration.post,
        has_photo=registration.photo_key is not None,
        lot=candidate.lot,
        attempt_id=None if row is None else row.id,
        state=candidate.state,
        entered_ms=None if row is None else optional_ms(row.entered_at),
        late=bool(row and row.late),
        ended_ms=_ended_ms(attempt, now=now),
        end_reason=_end_reason(attempt, now=now),
        interruptions=candidate.interruptions,
        last_heard_ms=None if row is None else optional_ms(row.last_heard_at),
        tracks=[_summary(track, summary) for track, summary in line.tracks],
        step=None if line.known is None else _step(step_of(line.known.facts, now)),
        phone=watched.phone,
        devices=watched.devices,
        preparation=None if line.preparation is None else _note(line.preparation),
        call=call_state_of(call),
        called_ms=None if call is None else to_ms(call.opened_at),
        unread=line.unread,
        verification_id=None if waiting is None else waiting.id,
        verification_asked_ms=None if waiting is None else to_ms(waiting.asked_at),
        manual=bool(row and row.manual),
        hidden=Trouble.PAGE_HIDDEN in watched.troubles,
        trouble=watched.troubles,
    )


def _step(step: Step) -> StepView:
    return StepView(number=step.number, key=step)


def _note(preparation: Preparation) -> PreparationNote:
    items = PreparationReport.model_validate(preparation.report).items
    return PreparationNote(
        at_ms=to_ms(preparation.at),
        warn=[item.key for item in items if item.state == "warn"],
        bad=[item.key for item in items if item.state == "bad"],
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


def present_now(attempt: AttemptFacts, closeup: Closeup, verdicts: Sequence[Verdict], *, now: datetime) -> AttemptNow:
    """Where an attempt stands; one verdict for each track."""
    row, known = attempt.attempt, closeup.known
    step = step_of(known.facts, now)
    return AttemptNow(
        attempt_id=row.id,
        now_ms=to_ms(now),
        state=state_of(attempt, verdicts, now=now),
        step=_step(step),
        steps=step_lines(known, step, now),
        times=times_of(attempt, known.facts),
        # In a rehearsal everybody carries the same number: it is nobody's lot.
        lot=known.lot if attempt.kind is SittingKind.REAL else None,
        mark=row.mark,
        manual=row.manual,
        late=row.late,
        ended_ms=_ended_ms(attempt, now=now),
        entry_until_ms=optional_ms(row.entry_until),
        move_allowed_until_ms=optional_ms(row.move_allowed_until),
        interruptions=closeup.interruptions,
        last_heard_ms=optional_ms(row.last_heard_at),
        phone=known.phone,
        devices=closeup.devices,
        call=closeup.call,
    )


def present_live(attempt_now: AttemptNow, tracks: Sequence[JudgedTrack], *, unread: int) -> LiveView:
    """One candidate close up."""
    return LiveView(
        **dict(attempt_now),
        unread=unread,
        tracks=[
            LiveTrack(
                track_id=one.track.id,
                kind=TrackKind(one.track.kind),
                playlist_url=_playlist_url(one.track),
                verdict=one.verdict,
            )
            for one in tracks
        ],
    )


def present_record(
    attempt_now: AttemptNow,
    attempt: AttemptFacts,
    who: Enrolled,
    *,
    preparation: Preparation | None,
    acceptances: Sequence[tuple[Acceptance, Attachment]],
    events: Sequence[AttemptEvent],
    tracks: Sequence[HeldTrack],
    now: datetime,
) -> AttemptRecord:
    """The record of an attempt."""
    row = attempt.attempt
    return AttemptRecord(
        **dict(attempt_now),
        registration_id=row.registration_id,
        ticket=who.registration.ticket,
        name=who.person.name,
        post=who.registration.post,
        kind=attempt.kind,
        sitting_id=row.sitting_id,
        time_zone=attempt.held_in.exam.time_zone,
        entered_ms=optional_ms(row.entered_at),
        end_reason=_end_reason(attempt, now=now),
        complete=attempt_now.state is CandidateState.FINISHED,
        preparation=present_preparation(preparation, device_id=row.device_id),
        acceptances=[_accepted(one, text) for one, text in acceptances],
        events=[_event(event) for event in events],
        tracks=[_recorded_track(one) for one in tracks],
    )


def _accepted(acceptance: Acceptance, text: Attachment) -> AcceptedText:
    return AcceptedText(
        kind=AttachmentKind(text.kind),
        title=text.title,
        version=acceptance.version,
        accepted_ms=to_ms(acceptance.accepted_at),
        reading_ms=acceptance.reading_ms,
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
        playlist_url=_playlist_url(held.track),
        recordings=[_recorded_epoch(held.track.id, epoch) for epoch in held.epochs],
    )


def _playlist_url(track: Track) -> str:
    return f"/api/v1/tracks/{track.id}/playlist.m3u8"


def _recorded_epoch(track_id: str, epoch: HeldEpoch) -> RecordedEpoch:
    row, segments = epoch.row, len(epoch.facts.held)
    url = f"/api/v1/tracks/{track_id}/epochs/{row.epoch}/recording.mp4"
    return RecordedEpoch(
        **present_epoch(epoch).model_dump(),
        segments=segments,
        size=epoch.bytes_held,
        witnessed_ms=epoch.witnessed_ms,
        settled_ms=optional_ms(row.settled_at),
        frames=row.file_frames,
        problem=row.file_problem,
        close_reason=row.close_reason,
        download_url=url if epoch.facts.init and segments else None,
    )


def _ended_ms(attempt: AttemptFacts | None, *, now: datetime) -> int | None:
    if attempt is None or attempt.attempt.entered_at is None:
        return None
    return optional_ms(attempt.ended_at(now))


def _end_reason(attempt: AttemptFacts | None, *, now: datetime) -> EndReason | None:
    if _ended_ms(attempt, now=now) is None or attempt is None:
        return None
    return EndReason(attempt.attempt.end_reason or EndReason.TIME)
