"""Sending parts of recordings as a recorder does, without the code under test."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping

from httpx import AsyncClient, Response

from tests.factories.media import MediaSegment

API = "/api/v1"


def digest_field(data: bytes) -> str:
    """The Content-Digest of a body, made without the code under test."""
    return f"sha-256=:{base64.b64encode(hashlib.sha256(data).digest()).decode()}:"


def as_sent(headers: Mapping[str, str | bytes]) -> dict[bytes, bytes]:
    """Header fields as they travel. Values given as bytes need not be ASCII."""
    return {name.encode(): value if isinstance(value, bytes) else value.encode() for name, value in headers.items()}


async def put_part(
    client: AsyncClient,
    token: str,
    track_id: str,
    epoch: int,
    data: bytes,
    *,
    segment: MediaSegment | None = None,
    headers: Mapping[str, str | bytes] | None = None,
) -> Response:
    """PUT an init segment, or the media segment that `segment` describes, as the recorder does."""
    fields: dict[str, str] = {
        "Authorization": f"Bearer {token}",
        "Content-Type": "video/mp4",
        "Content-Digest": digest_field(data),
        "Segment-Start": str(epoch if segment is None else segment.start_ms),
    }
    path = f"{API}/tracks/{track_id}/epochs/{epoch}/init"
    if segment is not None:
        fields["Segment-Duration"] = str(segment.duration_ms)
        path = f"{API}/tracks/{track_id}/epochs/{epoch}/segments/{segment.seq}"
    return await client.put(path, content=data, headers=as_sent({**fields, **(headers or {})}))
