"""What a piece of a recording is checked for, however it comes: over the network as it is recorded, or in a package.

The digest is not looked at here: that is the batch's part (`ingest`).
"""

from __future__ import annotations

from pydantic import ValidationError

from zhishi.day.recording.ingest import INIT_SEQ
from zhishi.day.recording.media import NotMedia, check_init, check_segment
from zhishi.day.recording.schemas import LogbookLines
from zhishi.foundation.kernel.errors import refusal

SegmentTooLarge = refusal(
    "segment_too_large",
    413,
    "这个分片超过了允许的大小，未保存；录像仍在本机，请联系技术服务。",
    "This segment is larger than allowed and was not stored. It is still on this device: call support.",
)
HeaderInvalid = refusal(
    "header_invalid",
    422,
    "分片的编号、开始时间或时长不对，未保存。",
    "The segment's number, start or duration is invalid; nothing was stored.",
)
SegmentNotMedia = refusal(
    "segment_not_media",
    422,
    "收到的内容不是录像分片，未保存。",
    "The bytes are not a piece of a recording; nothing was stored.",
)
LogbookInvalid = refusal(
    "logbook_invalid",
    422,
    "录制日志的内容不对，未保存；录像不受影响。",
    "The page of the logbook is malformed and was not stored; the recording is not affected.",
)

# Two hundred lines of a few hundred bytes.
LOGBOOK_PAGE_MAX = 2**18


def check_part(seq: int, data: bytes, *, most: int) -> None:
    """Whether bytes are an init (seq −1) or a segment of at most `most` bytes. Raises `SegmentTooLarge`,
    `SegmentNotMedia`."""
    if len(data) > most:
        raise SegmentTooLarge(limit=most)
    try:
        (check_init if seq == INIT_SEQ else check_segment)(data)
    except NotMedia:
        raise SegmentNotMedia() from None


def read_page(body: bytes) -> LogbookLines:
    """The lines of a page of a logbook. Raises `SegmentTooLarge`, `LogbookInvalid`."""
    if len(body) > LOGBOOK_PAGE_MAX:
        raise SegmentTooLarge(limit=LOGBOOK_PAGE_MAX)
    try:
        return LogbookLines.model_validate_json(body)
    except ValidationError:
        raise LogbookInvalid() from None
