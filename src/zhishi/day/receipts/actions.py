"""Signing receipts."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from zhishi.day.attempts.queries import AttemptFacts, attempt_facts
from zhishi.day.lots.queries import lot_of
from zhishi.day.receipts.manifests import (
    FORMAT,
    Leaf,
    canonical,
    epoch_root,
    key_of,
    root_over,
    sign_manifest,
    unchecked_in,
)
from zhishi.day.receipts.models import Receipt
from zhishi.day.receipts.queries import newest_receipt
from zhishi.day.recording import queries
from zhishi.day.recording.causes import SIDES
from zhishi.day.recording.logbook import pages_of
from zhishi.day.recording.queries import HeldEpoch, HeldTrack
from zhishi.day.recording.rules import TOLERANCE_MS, Verdict
from zhishi.foundation import audit
from zhishi.foundation.kernel.clock import optional_ms, to_ms
from zhishi.foundation.kernel.errors import refusal
from zhishi.foundation.kernel.intervals import Interval, subtract, union
from zhishi.foundation.kernel.signing import Signer

NothingRecorded = refusal(
    "nothing_recorded",
    409,
    "还没有进入考试，没有录像，也就没有回执。",
    "Nothing has been recorded yet: a receipt can be had once the exam was entered.",
)
_SETTLED = (Verdict.COMPLETE, Verdict.INCOMPLETE)

# While a recording grows every look finds other content: an interim receipt is good for so long.
INTERIM_GOOD_FOR = timedelta(seconds=60)


async def describe(session: AsyncSession, attempt: AttemptFacts, signer: Signer, *, now: datetime) -> dict[str, Any]:
    """Everything that a receipt says but its number and time. No name: the lot is the only identity (law 9).

    Reads every segment of the attempt: thousands, for which no writer should wait. Raises `NothingRecorded`.
    """
    row, sitting = attempt.attempt, attempt.held_in.sitting
    if row.entered_at is None:
        raise NothingRecorded()
    held = await queries.held_tracks(session, attempt, now=now)
    tracks = [await _track(session, one) for one in held]
    return {
        "format": FORMAT,
        "attempt": row.id,
        "exam": attempt.held_in.exam.title,
        "sitting": sitting.name,
        "kind": row.kind,
        "time_zone": attempt.held_in.exam.time_zone,
        "lot": await lot_of(session, row.id),
        "entered_ms": to_ms(row.entered_at),
        "ended_ms": optional_ms(attempt.ended_at(now)),
        "final": _is_final(held, tracks),
        "key": key_of(signer),
        "tracks": tracks,
        "logbook": [page.as_json() for page in await pages_of(session, row.id)],
        "root": root_over([track["root"] for track in tracks]),
    }


def _is_final(held: Sequence[HeldTrack], tracks: Sequence[dict[str, Any]]) -> bool:
    """Whether nothing more is to come and everything that came was read back."""
    over = bool(held) and all(one.assessment.verdict in _SETTLED for one in held)
    return over and not any(unchecked_in(track) for track in tracks)


async def issue(
    session: AsyncSession, attempt_id: str, content: dict[str, Any], *, signer: Signer, actor: audit.Actor, at: datetime
) -> Receipt:
    """A receipt that says `content`, as `describe` gave it at the moment `at`; the newest one while that is good."""
    # For change: two who ask at once must not give the same number.
    await attempt_facts(session, attempt_id, for_change=True)
    digest = hashlib.sha256(canonical(content)).hexdigest()
    newest = await newest_receipt(session, attempt_id)
    if newest is not None and _is_good(newest, digest, final=content["final"], at=at):
        return newest
    number = 1 if newest is None else newest.number + 1
    manifest = {**content, "number": number, "issued_at": at.isoformat(timespec="milliseconds")}
    receipt = Receipt(
        attempt_id=attempt_id,
        number=number,
        issued_at=at,
        key_id=signer.id,
        root=content["root"],
        content_sha256=digest,
        final=content["final"],
        text=sign_manifest(manifest, signer),
    )
    session.add(receipt)
    audit.record(
        session,
        at=at,
        actor=actor,
        action="receipt.issued",
        subject=("attempt", attempt_id),
        number=number,
        root=receipt.root,
        final=content["final"],
    )
    return receipt


def _is_good(newest: Receipt, digest: str, *, final: bool, at: datetime) -> bool:
    """Whether the newest receipt does for whoever looked at `at`: it says the same, it was given by somebody who looked
    later (an older word must not get a newer number), or both are interim and it is young."""
    if newest.content_sha256 == digest or newest.issued_at >= at:
        return True
    return not (newest.final or final) and at < newest.issued_at + INTERIM_GOOD_FOR


async def _track(session: AsyncSession, held: HeldTrack) -> dict[str, Any]:
    assessment, due_from = held.assessment, to_ms(held.track.opened_at)
    epochs = [await _epoch(session, one) for one in held.epochs]
    seen = union((span for one in held.epochs for span in one.witnessed), tolerance=TOLERANCE_MS)
    return {
        "track": held.track.id,
        "kind": held.track.kind,
        "due": [due_from, due_from + assessment.due_ms],
        "verdict": assessment.verdict.value,
        "covered": _spans(assessment.covered),
        "witnessed": _spans(union(seen)),
        "unwitnessed": _spans(subtract(assessment.covered, seen)),
        "gaps": [
            {"from": gap.from_ms, "to": gap.to_ms, "cause": gap.cause.value, "side": SIDES[gap.cause].value}
            for gap in assessment.gaps
        ],
        "epochs": epochs,
        "root": root_over([epoch["root"] for epoch in epochs]),
    }


def _spans(intervals: Sequence[Interval]) -> list[list[int]]:
    return [[low, high] for low, high in intervals]


async def _epoch(session: AsyncSession, held: HeldEpoch) -> dict[str, Any]:
    row = held.row
    segments = [
        Leaf(one.seq, one.start_ms, one.duration_ms, one.length, one.sha256.hex())
        for one in await queries.segments_in(session, row.track_id, row.epoch)
    ]
    init = None
    if row.init_sha256 is not None and row.init_length is not None:
        init = Leaf(-1, row.epoch, 0, row.init_length, row.init_sha256.hex())
    return {
        "epoch": row.epoch,
        "declared": row.declared,
        "closed": row.close_reason,
        "checked": held.facts.checked,
        "undecodable": sorted(held.facts.undecodable),
        "init": None if init is None else {"size": init.size, "sha256": init.sha256},
        "segments": [leaf.as_json() for leaf in segments],
        "root": epoch_root(init, segments),
    }
