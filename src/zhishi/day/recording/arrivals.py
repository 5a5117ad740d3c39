"""What the PUT of a part must say and bring, and what is answered: the same whichever way the request came in.

Two ways lead here: the routes (`api.py`), and the intake before them, which takes plain requests straight from the
socket (`web/intake.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from zhishi.day.recording.media import NotMedia, check_init, check_segment
from zhishi.day.recording.rules import SEGMENT_DURATION_MAX_MS, SEQ_MAX
from zhishi.day.recording.schemas import ReceiptBody
from zhishi.foundation.kernel.digests import content_digest, parse_content_digest
from zhishi.foundation.kernel.errors import refusal
from zhishi.foundation.kernel.sheets import view_of
from zhishi.foundation.ports import Part

DigestMissing = refusal(
    "digest_missing",
    422,
    "请求缺少 Content-Digest（sha-256），无法核对内容，未保存。",
    "Content-Digest (sha-256) is missing, so the bytes cannot be checked; nothing was stored.",
)
HeaderInvalid = refusal(
    "header_invalid",
    422,
    "分片的编号、开始时间或时长不对，未保存。",
    "The segment's number, start or duration is invalid; nothing was stored.",
)
SegmentTooLarge = refusal(
    "segment_too_large",
    413,
    "这个分片超过了允许的大小，未保存；录像仍在本机，请联系技术服务。",
    "This segment is larger than allowed and was not stored. It is still on this device: call support.",
)
SegmentNotMedia = refusal(
    "segment_not_media",
    422,
    "收到的内容不是录像分片，未保存。",
    "The bytes are not a piece of a recording; nothing was stored.",
)

DigestMismatch = refusal(
    "digest_mismatch",
    422,
    "收到的内容与摘要不符，可能在传输中损坏，未保存；会自动重传。",
    "The bytes do not match their digest, perhaps damaged on the way; nothing was stored, they are sent again.",
)

_MS_MAX = 2**46
Name = tuple[str, int, int]  # (track, epoch, seq)
INIT_SEQ = -1


@dataclass(frozen=True, slots=True)
class Arrival:
    """An init (seq −1) or media segment whose bytes have the digest `sha256` and the right boxes."""

    track_id: str
    epoch: int
    seq: int
    start_ms: int
    duration_ms: int
    sha256: bytes
    data: Part

    @property
    def name(self) -> Name:
        return self.track_id, self.epoch, self.seq


@dataclass(frozen=True, slots=True)
class Stored:
    """The acknowledgement: `new` is false if the same bytes were there already."""

    new: bool
    received_ms: int


@dataclass(frozen=True, slots=True)
class Announced:
    """A part by the head of its request: its name, its time, and the SHA-256 that its bytes should have."""

    track_id: str
    epoch: int
    seq: int
    start_ms: int
    duration_ms: int
    sha256: bytes


def read_head(names: Mapping[str, str], fields: Mapping[str, str]) -> Announced:
    """What path and header fields say. `names` has no `seq` for an init. Raises `HeaderInvalid`, `DigestMissing`."""
    epoch = _number(names["epoch"], "epoch", _MS_MAX)
    seq = _number(names["seq"], "seq", SEQ_MAX) if "seq" in names else INIT_SEQ
    start_ms = _number(fields.get("segment-start", ""), "Segment-Start", _MS_MAX)
    duration_ms = 0
    if seq != INIT_SEQ:
        duration_ms = _number(fields.get("segment-duration", ""), "Segment-Duration", SEGMENT_DURATION_MAX_MS)
    digest = parse_content_digest(fields.get("content-digest"))
    if digest is None:
        raise DigestMissing()
    return Announced(names["track_id"], epoch, seq, start_ms, duration_ms, digest)


def _number(text: str, field: str, most: int) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 15 or int(text) > most:
        raise HeaderInvalid(field=field)
    return int(text)


def arrive(announced: Announced, data: Part, digest: bytes) -> Arrival:
    """Bytes that came, and their SHA-256. Raises `SegmentNotMedia`, `DigestMismatch`."""
    try:
        (check_init if announced.seq == INIT_SEQ else check_segment)(view_of(data))
    except NotMedia:
        raise SegmentNotMedia() from None
    if digest != announced.sha256:
        raise DigestMismatch()
    return Arrival(
        announced.track_id,
        announced.epoch,
        announced.seq,
        announced.start_ms,
        announced.duration_ms,
        announced.sha256,
        data,
    )


@dataclass(frozen=True, slots=True)
class Receipt:
    """The answer to a stored part."""

    status: int
    fields: Mapping[str, str]
    body: bytes


def receipt_of(arrival: Arrival, stored: Stored) -> Receipt:
    """201 if the part is new, 200 if the same bytes were there."""
    # Not checked again: these are our own values.
    body = ReceiptBody.model_construct(
        track_id=arrival.track_id,
        epoch=arrival.epoch,
        seq=None if arrival.seq == INIT_SEQ else arrival.seq,
        sha256=arrival.sha256.hex(),
        size=len(arrival.data),
        received_ms=stored.received_ms,
    )
    fields = {
        "Content-Type": "application/json",
        "Cache-Control": "no-store",
        "Repr-Digest": content_digest(arrival.sha256),
    }
    return Receipt(201 if stored.new else 200, fields, body.model_dump_json().encode())
