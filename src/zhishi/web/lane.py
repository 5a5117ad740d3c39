"""What the connections of the intake share: which requests are plain, how they are answered, and their memory."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from zhishi.day.recording.access import uploader_of
from zhishi.day.recording.arrivals import Announced, Receipt, read_head
from zhishi.day.recording.ingest import Ingest
from zhishi.foundation.edge.services import Services
from zhishi.foundation.kernel.errors import Refusal
from zhishi.web.bodies import Bodies
from zhishi.web.middleware import is_cross_site, security_headers

# A head is read in reads of this size, so that nearly all of the body comes after it, into memory of its own. A longer
# head is not plain.
HEAD_MAX = 4096
# Who sends nothing of a body for so long is not there any more: its memory is wanted.
PATIENCE_S = 60.0
# What other requests are read in.
_READ = 2**16
_PLAIN = re.compile(
    r"PUT /api/v1/tracks/(?P<track_id>[0-9a-f-]+)/epochs/(?P<epoch>[0-9]+)/segments/(?P<seq>[0-9]+) HTTP/1\.1\r\n"
    r"(?P<fields>(?:[A-Za-z0-9-]+: ?[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?\r\n)+)\r\n"
)
# Fields that change what a body is or how its connection goes on: uvicorn knows them all.
_NOT_PLAIN = frozenset({"expect", "te", "trailer", "transfer-encoding", "upgrade"})


class Lane:
    """One for all connections of a process."""

    def __init__(self, services: Services, *, patience_s: float = PATIENCE_S) -> None:
        self.patience_s = patience_s
        self.ingest = services.get(Ingest)
        self.bodies = Bodies()
        # Read into and emptied within one call of the loop.
        self.inbox = memoryview(bytearray(_READ))
        self._services = services
        self._most = services.settings.segment_max_bytes
        self._fixed = _as_lines(security_headers(https=services.settings.public_https))

    def admit(self, head: str) -> tuple[Announced, int] | None:
        """What a plain head announces, and the length of its body; None if the application should judge it."""
        match = _PLAIN.fullmatch(head)
        if match is None:
            return None
        lines = match["fields"].splitlines()
        fields = {name.lower(): value.lstrip() for name, _, value in (line.partition(":") for line in lines)}
        if len(fields) < len(lines) or not _NOT_PLAIN.isdisjoint(fields) or is_cross_site(fields):
            return None
        length = fields.get("content-length", "")
        if (
            fields.get("connection", "keep-alive").lower() != "keep-alive"
            or not length.isdigit()
            or not 0 < int(length) <= self._most
        ):
            return None
        owner = self.ingest.known_owner(match["track_id"])
        try:
            if owner is None or not uploader_of(fields, self._services).owns(owner):
                return None
            return read_head(match.groupdict(), fields), int(length)
        except Refusal:
            return None

    def answer(self, receipt: Receipt, default: Sequence[tuple[bytes, bytes]], *, last: bool) -> bytes:
        """An answer as it goes out. `default` are the server's own fields; `last` closes the connection."""
        fields = {
            **receipt.fields,
            "Content-Length": str(len(receipt.body)),
            **({"Connection": "close"} if last else {}),
        }
        own = b"".join(b"%b: %b\r\n" % field for field in default)
        return b"".join((STATUS_LINE[receipt.status], own, _as_lines(fields), self._fixed, b"\r\n", receipt.body))


def _as_lines(fields: Mapping[str, str]) -> bytes:
    return "".join(f"{name.lower()}: {value}\r\n" for name, value in fields.items()).encode()
