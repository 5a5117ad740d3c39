"""Who may: the holder of an attempt's upload token, for that attempt's tracks and nothing else."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Annotated

from fastapi import Depends, Request

from zhishi.day.attempts.rules import UPLOAD_LENGTH
from zhishi.foundation.edge.doors import Access
from zhishi.foundation.edge.services import Services
from zhishi.foundation.edge.tokens import Claim, TokenInvalid, read_claim, sign
from zhishi.foundation.edge.transactions import Here
from zhishi.foundation.kernel.errors import refusal

PURPOSE = "upload"

UploadTokenInvalid = refusal(
    "upload_token_invalid",
    401,
    "上传凭证无效或已过期；录像仍在本机，请重新登录或联系技术服务。",
    "The upload token is invalid or expired. The recording is still on this device: log in again or call support.",
)
TrackNotYours = refusal(
    "track_not_yours",
    403,
    "这个凭证不能上传到这条录像轨。",
    "This token may not upload to this track.",
)
TrackUnknown = refusal("track_unknown", 404, "没有这条录像轨。", "There is no such track.")


def upload_token(services: Services, *, attempt_id: str, since: datetime) -> str:
    """The upload token of an attempt: the same for the same attempt, so that a reload changes nothing."""
    return sign(services.keys.tokens, Claim(PURPOSE, attempt_id, since + UPLOAD_LENGTH))


def attempt_of_token(request: Request, services: Services) -> str:
    """The attempt whose upload token the request bears. Raises `UploadTokenInvalid`."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise UploadTokenInvalid()
    try:
        claim = _claim(services.keys.tokens, token.strip())
    except TokenInvalid:
        raise UploadTokenInvalid() from None
    if claim.purpose != PURPOSE or claim.expires_at <= services.clock.now():
        raise UploadTokenInvalid()
    return claim.subject


# A recorder sends the same token with every segment; its signature need not be computed each time.
_claim = lru_cache(maxsize=20_000)(read_claim)


async def _uploading_attempt(request: Request, services: Here) -> str:
    return attempt_of_token(request, services)


UPLOADER = Access("uploader", _uploading_attempt)
UploadingAttempt = Annotated[str, Depends(_uploading_attempt)]
