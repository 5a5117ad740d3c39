"""What ingest refuses, each with its typed error, and nothing half-written."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from typing import Any

from httpx import Response

from tests.factories.day import API, Candidate, Day, as_sent, digest_field, put_part
from tests.factories.media import Recording
from zhishi.cli.verify import verify_recordings
from zhishi.day.attempts.rules import UPLOAD_LENGTH
from zhishi.foundation.edge.tokens import Claim, sign

TEXT = "这是一个文本文件，不是录像。".encode() * 50


def refused(answer: Response) -> tuple[int, str]:
    found: dict[str, Any] = answer.json()["error"]
    assert len(found["reference"]) == 8
    return answer.status_code, found["code"]


async def nothing_was_kept(day: Day, candidate: Candidate) -> bool:
    report = await verify_recordings(day.house.services)
    tracks = (await candidate.completeness())["tracks"]
    return (report.epochs, report.segments) == (0, 0) and all(track["epochs"] == [] for track in tracks)


async def put(
    day: Day,
    candidate: Candidate,
    recording: Recording,
    *,
    data: bytes | None = None,
    headers: Mapping[str, str | bytes] | None = None,
    without: str | None = None,
    path: str | None = None,
) -> Response:
    """A PUT of the first segment that differs from a good one in one thing."""
    segment = recording.segments[0]
    body = segment.data if data is None else data
    fields: dict[str, str | bytes] = {
        "Authorization": f"Bearer {candidate.token}",
        "Content-Digest": digest_field(body),
        "Segment-Start": str(segment.start_ms),
        "Segment-Duration": str(segment.duration_ms),
        **(headers or {}),
    }
    fields.pop(without or "", None)
    path = path or f"/tracks/{candidate.tracks['camera']}/epochs/{recording.start_ms}/segments/0"
    return await day.nobody.put(f"{API}{path}", content=body, headers=as_sent(fields))


BAD_NUMBERS = ("", "-1", "1.5", "abc", "1e3", " ", "9" * 26, "0x10", "+5", "1_0")


async def test_a_bad_header_is_named_and_nothing_is_kept(day: Day) -> None:
    candidate = await day.entered()
    cases: list[tuple[str, str | None, str]] = [
        ("Content-Digest", None, "digest_missing"),
        ("Content-Digest", "sha-512=:AAAA:", "digest_missing"),
        ("Content-Digest", "sha-256=nonsense", "digest_missing"),
        ("Content-Digest", digest_field(b"something else"), "digest_mismatch"),
        *(
            (name, bad, "header_invalid")
            for name in ("Segment-Start", "Segment-Duration")
            for bad in (None, *BAD_NUMBERS)
        ),
        ("Segment-Duration", "60001", "header_invalid"),
        ("Segment-Start", str(2**46 + 1), "header_invalid"),
    ]
    for name, value, code in cases:
        headers, without = ({}, name) if value is None else ({name: value}, None)
        answer = await put(day, candidate, day.recording(), headers=headers, without=without)
        assert refused(answer) == (422, code), (name, value)
    assert await nothing_was_kept(day, candidate)


async def test_an_epoch_or_a_number_that_is_none_is_refused(day: Day) -> None:
    candidate = await day.entered()
    recording, track = day.recording(), candidate.tracks["camera"]
    paths = [f"/tracks/{track}/epochs/{bad}/segments/0" for bad in ("-1", "x", "1.5", str(2**46 + 1), "9" * 400, "%00")]
    paths += [
        f"/tracks/{track}/epochs/{recording.start_ms}/segments/{bad}"
        for bad in ("-1", "x", "1.5", "200001", "9" * 400, "%00", "%D9%A1")
    ]
    answers = {path: refused(await put(day, candidate, recording, path=path)) for path in paths}
    assert answers == dict.fromkeys(paths, (422, "header_invalid"))
    assert await nothing_was_kept(day, candidate)


async def test_what_is_no_media_segment_is_refused(day: Day) -> None:
    candidate = await day.entered()
    recording = day.recording()
    for data in (TEXT, b"", recording.init, recording.segments[0].data[:-1], bytes(1000)):
        assert refused(await put(day, candidate, recording, data=data)) == (422, "segment_not_media")
    assert await nothing_was_kept(day, candidate)


async def test_what_is_no_init_segment_is_refused(day: Day) -> None:
    candidate = await day.entered()
    recording = day.recording()
    for data in (TEXT, b"", recording.segments[0].data, recording.init[:-1], bytes(1000)):
        answer = await put_part(day.nobody, candidate.token, candidate.tracks["camera"], recording.start_ms, data)
        assert refused(answer) == (422, "segment_not_media")
    assert await nothing_was_kept(day, candidate)


async def test_a_segment_larger_than_allowed_is_refused_by_its_declared_length(day: Day) -> None:
    candidate = await day.entered()
    too_large = bytes(day.house.services.settings.segment_max_bytes + 1)
    answer = await put(day, candidate, day.recording(), data=too_large)
    assert refused(answer) == (413, "segment_too_large")
    assert answer.json()["error"]["detail"] == {"limit": 8 * 2**20}
    assert await nothing_was_kept(day, candidate)


async def test_a_body_without_a_length_is_read_no_further_than_allowed(day: Day) -> None:
    candidate = await day.entered()
    recording, sent = day.recording(), 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 2**30:
            sent += 2**20
            yield bytes(2**20)

    answer = await day.nobody.put(
        f"{API}/tracks/{candidate.tracks['camera']}/epochs/{recording.start_ms}/segments/0",
        content=endless(),
        headers={
            **candidate.bearer,
            "Content-Digest": digest_field(b""),
            "Segment-Start": "1",
            "Segment-Duration": "2000",
        },
    )
    assert refused(answer) == (413, "segment_too_large")
    assert await nothing_was_kept(day, candidate)


async def test_a_segment_of_exactly_the_allowed_size_is_stored(day: Day) -> None:
    candidate = await day.entered()
    recording = day.recording()
    segment = recording.segments[0].data
    filler = day.house.services.settings.segment_max_bytes - len(segment)
    data = filler.to_bytes(4) + b"free" + bytes(filler - 8) + segment
    assert (await put(day, candidate, recording, data=data)).status_code == 201


async def test_an_unknown_track_is_refused(day: Day) -> None:
    candidate = await day.entered()
    recording = day.recording()
    for track in ("none", "0" * 36, "*", "a" * 5000, "%F0%9F%98%80"):
        answer = await put(day, candidate, recording, path=f"/tracks/{track}/epochs/{recording.start_ms}/segments/0")
        assert refused(answer) == (404, "track_unknown"), track
    assert await nothing_was_kept(day, candidate)


async def test_a_track_that_cannot_even_be_asked_for_is_refused(day: Day) -> None:
    """PostgreSQL has no zero byte in a text."""
    candidate = await day.entered()
    answer = await put(day, candidate, day.recording(), path="/tracks/%00/epochs/1/segments/0")
    assert refused(answer) in [(404, "track_unknown"), (422, "input_invalid")]


async def test_a_closure_of_an_unknown_track_is_refused(day: Day) -> None:
    candidate = await day.entered()
    answer = await day.nobody.post(
        f"{API}/tracks/none/epochs/1/closure", json={"segments": 1, "reason": "ended"}, headers=candidate.bearer
    )
    assert refused(answer) == (404, "track_unknown")


async def test_a_closure_that_makes_no_sense_is_refused(day: Day) -> None:
    candidate = await day.entered()
    bodies: list[Any] = [
        *({"segments": count, "reason": "ended"} for count in (-1, 200_002, 10**40, 1.5, "many", None)),
        *({"segments": 1, "reason": reason} for reason in ("boredom", "", None, 1)),
        *({}, [], None, "ended"),
    ]
    for body in bodies:
        path = f"{API}/tracks/{candidate.tracks['camera']}/epochs/1/closure"
        answer = await day.nobody.post(path, json=body, headers=candidate.bearer)
        assert refused(answer) == (422, "input_invalid"), body
    assert await nothing_was_kept(day, candidate)


class Intruder:
    """Requests that bear a given token."""

    def __init__(self, day: Day, candidate: Candidate, authorization: str | None) -> None:
        self.day, self.candidate = day, candidate
        # Browsers send the bytes of a field as they are, so it need not be ASCII.
        self.headers = {"Authorization": (authorization or "").encode()}

    async def everywhere(self) -> set[tuple[int, str]]:
        """What each route of the recorder answers."""
        day, candidate, recording = self.day, self.candidate, self.day.recording()
        track, fields = candidate.tracks["camera"], as_sent(self.headers)
        beat = candidate.heartbeat(recording, recording.segments[:1])
        answers = [
            await put_part(day.nobody, "", track, recording.start_ms, recording.init, headers=self.headers),
            await put(day, candidate, recording, headers=self.headers),
            await day.nobody.post(
                f"{API}/tracks/{track}/epochs/1/closure", json={"segments": 0, "reason": "ended"}, headers=fields
            ),
            await day.nobody.post(f"{API}/heartbeats", json=beat, headers=fields),
        ]
        return {refused(answer) for answer in answers}


async def test_another_candidates_token_opens_nobodys_track(day: Day) -> None:
    mine, theirs = await day.entered(0), await day.entered(1)
    intruder = Intruder(day, mine, f"Bearer {theirs.token}")
    assert await intruder.everywhere() == {(403, "track_not_yours")}
    assert await nothing_was_kept(day, mine)


async def test_a_token_that_is_none_opens_nothing(day: Day) -> None:
    mine = await day.entered()
    keys, later = day.house.services.keys, day.clock.now() + timedelta(days=1)
    other_purpose = sign(keys.tokens, Claim("binding", mine.attempt_id, later))
    other_house = sign(keys.papers, Claim("upload", mine.attempt_id, later))
    wrong = [
        *(
            None,
            "Bearer ",
            "Bearer a.b",
            "Bearer é.ü",
            f"Basic {mine.token}",
            mine.token,
            f"Bearer {mine.token[:-2]}AA",
        ),
        *(f"Bearer {other_purpose}", f"Bearer {other_house}"),
    ]
    for authorization in wrong:
        intruder = Intruder(day, mine, authorization)
        assert await intruder.everywhere() == {(401, "upload_token_invalid")}, authorization
    assert await nothing_was_kept(day, mine)


async def test_a_token_ends_after_its_days_to_the_millisecond(day: Day) -> None:
    candidate = await day.entered()
    recording = day.recording()
    day.clock.set(day.clock.now() + UPLOAD_LENGTH - timedelta(milliseconds=1))
    assert (await candidate.put_init(recording)).status_code == 201
    day.clock.advance(0.001)
    assert refused(await candidate.put_segment(recording, recording.segments[0])) == (401, "upload_token_invalid")


async def test_a_heartbeat_cannot_speak_of_another_candidates_track(day: Day) -> None:
    mine, theirs = await day.entered(0), await day.entered(1)
    recording = day.recording()
    body = theirs.heartbeat(recording, recording.segments)
    answer = await day.nobody.post(f"{API}/heartbeats", json=body, headers=mine.bearer)
    assert refused(answer) == (403, "track_not_yours")
