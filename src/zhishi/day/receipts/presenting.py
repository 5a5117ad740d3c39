"""A receipt as a printed page: what of it people read, in the exam's time zone."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from zhishi.day.receipts.manifests import Manifest, unchecked_in
from zhishi.foundation.kernel.clock import from_ms
from zhishi.foundation.kernel.intervals import length

_GAPS_SHOWN = 40


def document(manifest: Manifest, text: str) -> dict[str, Any]:
    """The data of the template: sentences' parts in both languages are the template's, facts are here."""
    zone = ZoneInfo(manifest["time_zone"])
    issued = datetime.fromisoformat(manifest["issued_at"]).astimezone(zone)
    return {
        "exam": manifest["exam"],
        "sitting": manifest["sitting"],
        "rehearsal": manifest["kind"] == "rehearsal",
        "lot": manifest["lot"] or "—",
        "attempt": manifest["attempt"],
        "number": manifest["number"],
        "final": manifest["final"],
        "claim": _claim(manifest["tracks"]),
        "issued": issued.strftime("%Y-%m-%d %H:%M:%S"),
        "zone": manifest["time_zone"],
        "entered": _moment(manifest["entered_ms"], zone),
        "ended": _moment(manifest["ended_ms"], zone),
        "key": manifest["key"]["id"],
        "root": manifest["root"],
        "sha256": hashlib.sha256(text.encode()).hexdigest(),
        "tracks": [_track(track, zone) for track in manifest["tracks"]],
    }


def _claim(tracks: Sequence[dict[str, Any]]) -> Literal["checked", "kept", "nothing"]:
    """What may be said of all that is listed: that every byte of it was read back, that it is kept, or nothing."""
    if not any(epoch["segments"] for track in tracks for epoch in track["epochs"]):
        return "nothing"
    return "kept" if any(unchecked_in(track) for track in tracks) else "checked"


def _track(track: dict[str, Any], zone: ZoneInfo) -> dict[str, Any]:
    low, high = track["due"]
    due = max(1, high - low)
    return {
        "kind": track["kind"],
        "verdict": track["verdict"],
        "due": _length(high - low),
        "covered": _length(length(map(tuple, track["covered"]))),
        "witnessed": _length(length(map(tuple, track["witnessed"]))),
        "segments": sum(len(epoch["segments"]) for epoch in track["epochs"]),
        "unchecked": unchecked_in(track),
        "epochs": len(track["epochs"]),
        "root": track["root"],
        "from": _clock(low, zone),
        "to": _clock(high, zone),
        "spans": [[(one[0] - low) / due, (one[1] - low) / due] for one in track["covered"]],
        "unseen": [[(one[0] - low) / due, (one[1] - low) / due] for one in track["unwitnessed"]],
        "gaps": [
            {
                "from": _clock(gap["from"], zone),
                "to": _clock(gap["to"], zone),
                "length": f"{(gap['to'] - gap['from']) / 1000:.1f}",
                "cause": gap["cause"],
                "side": gap["side"],
            }
            for gap in track["gaps"][:_GAPS_SHOWN]
        ],
        "more_gaps": max(0, len(track["gaps"]) - _GAPS_SHOWN),
    }


def _moment(ms: int | None, zone: ZoneInfo) -> str:
    return "—" if ms is None else from_ms(ms).astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")


def _clock(ms: int, zone: ZoneInfo) -> str:
    moment = from_ms(ms).astimezone(zone)
    return f"{moment:%H:%M:%S}.{moment.microsecond // 100_000}"


def _length(ms: int) -> str:
    """Minutes, seconds and tenths, cut and never rounded up: what is missing must not look as if it were there."""
    tenths = ms // 100
    return f"{tenths // 600}:{tenths // 10 % 60:02d}.{tenths % 10}"
