"""Who may: the holder of an attempt's upload token, for that device's tracks and nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request

from zhishi.day.attempts.bearers import PURPOSE as PHONE_PURPOSE
from zhishi.day.attempts.bearers import as_phone, bearer_claim, token_claim
from zhishi.day.attempts.rules import UPLOAD_LENGTH
from zhishi.day.recording.ingest import Ingest, Owner
from zhishi.day.recording.logbook import COMPUTER, PHONE
from zhishi.day.recording.rules import COMPUTER_TRACKS, TrackKind
from zhishi.foundation.edge.doors import Access
from zhishi.foundation.edge.services import Services
from zhishi.foundation.edge.tokens import Claim, TokenInvalid, sign
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


@dataclass(frozen=True, slots=True)
class Uploader:
    """A recorder: of which attempt, and whether it is the phone. Each device has its own tracks and no others.

    `name` is what the device keeps its recordings under: the attempt's id, on a phone that of its binding.
    """

    attempt_id: str
    phone: bool
    name: str

    @property
    def kinds(self) -> Sequence[TrackKind]:
        """The tracks that it records."""
        return (TrackKind.PHONE,) if self.phone else COMPUTER_TRACKS

    @property
    def device(self) -> str:
        """How its logbook is named."""
        return PHONE if self.phone else COMPUTER

    def owns(self, owner: Owner) -> bool:
        """Whether a track is this recorder's to write."""
        return owner.attempt_id == self.attempt_id and owner.kind in self.kinds


def uploader_of(headers: Mapping[str, str], services: Services) -> Uploader:
    """The recorder whose token a request bears. Raises `UploadTokenInvalid`."""
    try:
        return _as_uploader(bearer_claim(headers, services))
    except TokenInvalid:
        raise UploadTokenInvalid() from None


def uploader_of_token(token: str, services: Services) -> Uploader:
    """The recorder whose token this is, however it came. Raises `UploadTokenInvalid`."""
    try:
        return _as_uploader(token_claim(token, services))
    except TokenInvalid:
        raise UploadTokenInvalid() from None


def _as_uploader(claim: Claim) -> Uploader:
    if claim.purpose == PHONE_PURPOSE:
        bound = as_phone(claim)
        return Uploader(bound.attempt_id, phone=True, name=bound.binding_id)
    if claim.purpose != PURPOSE:
        raise TokenInvalid
    return Uploader(claim.subject, phone=False, name=claim.subject)


async def check_owner(services: Services, uploader: Uploader, track_id: str) -> None:
    """Whether a track is there and is this recorder's to write. Raises `TrackUnknown`, `TrackNotYours`."""
    owner = await services.get(Ingest).owner_of(track_id)
    if owner is None:
        raise TrackUnknown()
    if not uploader.owns(owner):
        raise TrackNotYours()


async def _uploading(request: Request, services: Here) -> Uploader:
    return uploader_of(request.headers, services)


UPLOADER = Access("uploader", _uploading)
MyUploads = Annotated[Uploader, Depends(_uploading)]
