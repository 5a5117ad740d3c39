"""HLS playlists over the segments as they were recorded (RFC 8216): live while recording, VOD afterwards.

Every segment has an address of its own that stays the same whether its bytes lie in the journal or in a settled
file, so a player never notices the settling. A missing number or a new start of the recorder is a discontinuity;
PROGRAM-DATE-TIME carries the server's time, by which tracks are kept in step.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from zhishi.day.recording.queries import Playable
from zhishi.day.recording.rules import Piece
from zhishi.foundation.kernel.clock import from_ms


def playlist(epochs: Sequence[Playable], *, over: bool) -> str:
    """The playlist text. Addresses are `epochs/{epoch}/init` and `epochs/{epoch}/segments/{seq}`."""
    # A piece of no length (a recorder stopped at once) cannot be played.
    shown = [(one.epoch, [piece for piece in one.segments if piece.duration_ms > 0]) for one in epochs]
    shown = [(epoch, pieces) for epoch, pieces in shown if pieces]
    longest = max((piece.duration_ms for _, pieces in shown for piece in pieces), default=2000)
    lines = [
        "#EXTM3U",
        "#EXT-X-VERSION:7",
        f"#EXT-X-TARGETDURATION:{-(-longest // 1000)}",
        "#EXT-X-MEDIA-SEQUENCE:0",
        # No EVENT type while recording: what arrives late is inserted where it belongs, not appended.
        *(["#EXT-X-PLAYLIST-TYPE:VOD"] if over else []),
        "#EXT-X-INDEPENDENT-SEGMENTS",
    ]
    for index, (epoch, pieces) in enumerate(shown):
        if index > 0:
            lines.append("#EXT-X-DISCONTINUITY")
        lines.append(f'#EXT-X-MAP:URI="epochs/{epoch}/init"')
        previous: Piece | None = None
        for piece in pieces:
            if previous is not None and piece.seq != previous.seq + 1:
                lines.append("#EXT-X-DISCONTINUITY")
            moment = from_ms(piece.start_ms).isoformat(timespec="milliseconds").replace("+00:00", "Z")
            lines.append(f"#EXT-X-PROGRAM-DATE-TIME:{moment}")
            lines.append(f"#EXTINF:{timedelta(milliseconds=piece.duration_ms).total_seconds():.3f},")
            lines.append(f"epochs/{epoch}/segments/{piece.seq}")
            previous = piece
    if over:
        lines.append("#EXT-X-ENDLIST")
    return "\n".join(lines) + "\n"
