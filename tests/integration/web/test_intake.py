"""The recorder's way in, over a real socket: what is taken there, and what it leaves to the application."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping

import pytest

from tests.factories.day import API, Candidate, Day, digest_field
from tests.factories.media import Recording
from tests.factories.sockets import Line, Served, serving
from zhishi.cli.verify import verify_recordings
from zhishi.day.recording.ingest import Ingest
from zhishi.web.lane import Lane

CLOCK = f"GET {API}/clock HTTP/1.1\r\nHost: zhishi.test\r\n\r\n".encode()


@pytest.fixture
async def served(day: Day) -> AsyncIterator[Served]:
    async with serving(day) as found:
        yield found


class Recorder:
    """A candidate's recorder that writes its requests by hand. Its track is known to the server from the init on."""

    def __init__(self, candidate: Candidate, recording: Recording) -> None:
        self.candidate = candidate
        self.recording = recording

    def head(
        self,
        seq: int,
        *,
        fields: Mapping[str, str | None] | None = None,
        data: bytes | None = None,
        version: str = "1.1",
    ) -> bytes:
        """The head of a PUT that differs from a plain one in `fields`; None leaves one out."""
        segment = self.recording.segments[seq]
        body = segment.data if data is None else data
        every: dict[str, str | None] = {
            "Host": "zhishi.test",
            "Authorization": f"Bearer {self.candidate.token}",
            "Content-Digest": digest_field(body),
            "Content-Length": str(len(body)),
            "Segment-Start": str(segment.start_ms),
            "Segment-Duration": str(segment.duration_ms),
            **(fields or {}),
        }
        lines = [f"{name}: {value}" for name, value in every.items() if value is not None]
        track = self.candidate.tracks["camera"]
        path = f"{API}/tracks/{track}/epochs/{self.recording.start_ms}/segments/{seq}"
        return "\r\n".join([f"PUT {path} HTTP/{version}", *lines, "", ""]).encode()

    def request(self, seq: int) -> bytes:
        return self.head(seq) + self.recording.segments[seq].data


@pytest.fixture
async def recorder(day: Day) -> Recorder:
    candidate = await day.entered(seconds=0)
    recorder = Recorder(candidate, day.recording(6))
    assert (await candidate.put_init(recorder.recording)).status_code == 201
    return recorder


async def held(day: Day, recorder: Recorder) -> list[list[int]]:
    """The ranges of segments that the server holds, all sound."""
    assert (await verify_recordings(day.house.services)).damaged == []
    found: list[list[int]] = (await recorder.candidate.track_state())["epochs"][0]["held"]
    return found


async def test_a_segment_is_answered_as_the_route_answers_it(day: Day, served: Served, recorder: Recorder) -> None:
    line = await served.connect()
    taken = [await line.ask(recorder.request(0)) for _ in range(2)]
    routed = await recorder.candidate.put_segment(recorder.recording, recorder.recording.segments[0])
    assert [reply.status for reply in taken] == [201, 200]
    for reply in taken:
        assert reply.json() == routed.json()
        assert set(reply.fields) == {*routed.headers.keys(), "date"}
        assert {name: reply.fields[name] for name in routed.headers} == dict(routed.headers)
    assert await held(day, recorder) == [[0, 0]]


async def test_only_what_is_plain_is_taken_from_the_socket(day: Day, recorder: Recorder) -> None:
    lane, limit = Lane(day.house.services), day.house.services.settings.segment_max_bytes

    def admits(head: bytes) -> bool:
        return lane.admit(head.decode("latin-1")) is not None

    plain: list[dict[str, str | None]] = [
        {},
        {"Connection": "keep-alive", "Content-Type": "video/mp4", "Cookie": "a=b; c=d", "X-Forwarded-For": "192.0.2.1"},
        {"Sec-Fetch-Site": "same-origin", "Origin": "http://zhishi.test"},
        {"Content-Length": str(limit)},
    ]
    assert [admits(recorder.head(0, fields=fields)) for fields in plain] == [True] * len(plain)
    odd: list[dict[str, str | None]] = [
        {"Transfer-Encoding": "chunked"},
        {"Expect": "100-continue"},
        {"Connection": "close"},
        {"Upgrade": "websocket"},
        {"content-length": "7"},
        {"Content-Length": None},
        {"Content-Length": "0"},
        {"Content-Length": "+5"},
        {"Content-Length": str(limit + 1)},
        {"Content-Digest": "sha-256=nonsense"},
        {"Segment-Start": "-1"},
        {"Segment-Duration": None},
        {"Authorization": None},
        {"Authorization": "Bearer a.b"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Origin": "https://evil.example"},
        {"X-Folded": "a\r\n b"},
        {"X-Odd": "\0"},
        {"X Odd": "a"},
    ]
    assert [fields for fields in odd if admits(recorder.head(0, fields=fields))] == []
    assert not admits(recorder.head(0, version="1.0"))
    assert not admits(recorder.head(0).replace(b"/segments/0", b"/segments/%30"))
    assert not admits(recorder.head(0).replace(b"\r\n", b"\n"))
    other = await day.entered(1, seconds=0)
    assert not admits(recorder.head(0, fields={"Authorization": f"Bearer {other.token}"}))


async def test_requests_of_all_kinds_follow_each_other_on_one_connection(
    day: Day, served: Served, recorder: Recorder
) -> None:
    line = await served.connect()
    for seq in range(6):
        assert (await line.ask(CLOCK)).json() == {"now_ms": day.clock.now().timestamp() * 1000}
        assert (await line.ask(recorder.request(seq))).status == 201
    assert await held(day, recorder) == [[0, 5]]


async def test_requests_sent_ahead_are_answered_in_their_order(day: Day, served: Served, recorder: Recorder) -> None:
    line = await served.connect()
    requests = [recorder.request(0), recorder.request(1), CLOCK, CLOCK, recorder.request(1), recorder.request(2), CLOCK]
    sending = asyncio.create_task(line.send(b"".join(requests)))
    assert [(await line.reply()).status for _ in requests] == [201, 201, 200, 200, 200, 201, 200]
    await sending
    assert await held(day, recorder) == [[0, 2]]


async def test_a_request_that_comes_in_small_pieces_is_taken_whole(
    day: Day, served: Served, recorder: Recorder
) -> None:
    line, request = await served.connect(), recorder.request(0)
    head = len(recorder.head(0))
    pieces = [request[at : at + 1] for at in range(head + 20)] + [request[head + 20 :]]
    for piece in pieces:
        await line.send(piece)
    assert (await line.reply()).status == 201
    assert await held(day, recorder) == [[0, 0]]


async def test_what_fails_is_refused_in_the_applications_words_and_the_connection_goes_on(
    day: Day, served: Served, recorder: Recorder
) -> None:
    line = await served.connect()
    data = recorder.recording.segments[0].data
    other = day.recording(1, shade=1).segments[0].data
    assert (await line.ask(recorder.request(0))).status == 201
    refusals = [
        (recorder.head(1, data=data) + data[:-1] + b"\0", 422, "digest_mismatch"),
        (recorder.head(1, data=b"text") + b"text", 422, "segment_not_media"),
        (recorder.head(0, data=other) + other, 409, "segment_conflict"),
        (
            recorder.head(1, fields={"Segment-Duration": "x"}) + recorder.recording.segments[1].data,
            422,
            "header_invalid",
        ),
        (recorder.head(0, fields={"Authorization": "Bearer a.b"}) + data, 401, "upload_token_invalid"),
    ]
    for request, status, code in refusals:
        reply = await line.ask(request)
        assert (reply.status, reply.code) == (status, code)
        assert reply.fields["x-content-type-options"] == "nosniff"
    assert (await line.ask(recorder.request(1))).status == 201
    assert await held(day, recorder) == [[0, 1]]


async def test_a_body_that_is_too_large_is_refused_before_it_is_sent(
    day: Day, served: Served, recorder: Recorder
) -> None:
    line = await served.connect()
    limit = day.house.services.settings.segment_max_bytes
    reply = await line.ask(recorder.head(0, fields={"Content-Length": str(limit + 1)}))
    assert (reply.status, reply.code) == (413, "segment_too_large")


async def test_other_ways_to_send_a_body_work_too(day: Day, served: Served, recorder: Recorder) -> None:
    chunked = {"Transfer-Encoding": "chunked", "Content-Length": None}
    for seq, fields in enumerate([chunked, {"Expect": "100-continue"}, {"Connection": "close"}]):
        line, data = await served.connect(), recorder.recording.segments[seq].data
        await line.send(recorder.head(seq, fields=fields))
        if "Expect" in fields:
            assert (await line.reply()).status == 100
        await line.send(b"%x\r\n%b\r\n0\r\n\r\n" % (len(data), data) if fields == chunked else data)
        assert (await line.reply()).status == 201
        if "Connection" in fields:
            assert await line.ended()
        else:
            assert (await line.ask(recorder.request(3))).status in (200, 201)
    line = await served.connect()
    old = recorder.head(4, version="1.0") + recorder.recording.segments[4].data
    assert (await line.ask(old)).status == 201
    assert await line.ended()
    assert await held(day, recorder) == [[0, 4]]


async def test_nonsense_is_answered_and_hung_up_on(served: Served) -> None:
    for nonsense in (
        b"\x16\x03\x01\x02\x00\x01\x00\x01",
        b"PUT / HTTP/9.9\r\n\r\n",
        b"PUT /" + b"x" * 70_000 + b"\r\n\r\n",
    ):
        line = await served.connect()
        reply = await line.ask(nonsense)
        assert reply.status in (400, 404, 405), nonsense[:20]


async def test_a_sender_who_leaves_in_the_middle_leaves_nothing(day: Day, served: Served, recorder: Recorder) -> None:
    whole = recorder.request(0)
    for end in (3, len(recorder.head(0)) - 2, len(recorder.head(0)), len(whole) - 1):
        line = await served.connect()
        await line.send(whole[:end])
        await line.hang_up()
    assert (await (await served.connect()).ask(recorder.request(1))).status == 201
    assert await held(day, recorder) == [[1, 1]]


async def test_what_came_whole_is_kept_though_its_sender_left(day: Day, served: Served, recorder: Recorder) -> None:
    lines = [await served.connect() for _ in range(6)]
    for seq, line in enumerate(lines):
        await line.send(recorder.request(seq))
    # The server has read them all once it answers one that was sent after them.
    last: Line = await served.connect()
    assert (await last.ask(recorder.request(5))).status in (200, 201)
    for line in lines:
        await line.hang_up()
    await day.house.services.get(Ingest).drain()
    assert await held(day, recorder) == [[0, 5]]


async def test_many_connections_at_once_lose_nothing_and_mix_nothing_up(
    day: Day, served: Served, recorder: Recorder
) -> None:
    lines = [await served.connect() for _ in range(24)]
    replies = await asyncio.gather(*(line.ask(recorder.request(n % 6)) for n, line in enumerate(lines)))
    assert sorted(reply.status for reply in replies) == [200] * 18 + [201] * 6
    assert [reply.json()["seq"] for reply in replies] == [n % 6 for n in range(24)]
    assert await held(day, recorder) == [[0, 5]]


async def test_a_server_that_stops_answers_what_is_under_way(day: Day, recorder: Recorder) -> None:
    request = recorder.request(0)
    async with serving(day) as served:
        under_way, idle = await served.connect(), await served.connect()
        assert (await idle.ask(recorder.request(1))).status == 201
        await under_way.send(request[:-1])
        # Only once the server has begun with it is it under way: an answer after it shows that.
        assert (await idle.ask(recorder.request(2))).status == 201
        served.server.should_exit = True
        assert await idle.ended()
        reply = await under_way.ask(request[-1:])
        assert (reply.status, reply.fields["connection"]) == (201, "close")
        assert await under_way.ended()
    assert await held(day, recorder) == [[0, 2]]


async def test_a_connection_on_which_nothing_happens_is_closed(served: Served, recorder: Recorder) -> None:
    line = await served.connect()
    assert (await line.ask(recorder.request(0))).status == 201
    async with asyncio.timeout(20):
        assert await line.ended()


async def test_a_page_of_the_logbook_that_takes_its_time_keeps_nobody_waiting(day: Day, served: Served) -> None:
    candidate = await day.entered()
    recording = day.recording(2)
    await candidate.put_init(recording)
    page = b'{"lines": []}'
    slow = await served.connect()
    head = [
        f"PUT {API}/logbooks/{recording.start_ms}/pages/0 HTTP/1.1",
        "Host: zhishi.test",
        f"Authorization: Bearer {candidate.token}",
        f"Content-Digest: {digest_field(page)}",
        f"Content-Length: {len(page)}",
    ]
    await slow.send("\r\n".join([*head, "", ""]).encode() + page[:3])
    # The others write meanwhile, and so does staff.
    async with asyncio.timeout(20):
        for segment in recording.segments:
            assert (await candidate.put_segment(recording, segment)).status_code == 201
        await candidate.beat(recording, recording.segments)
        assert (await candidate.close_epoch(recording)).status_code == 200
        await slow.send(page[3:])
        assert (await slow.reply()).status == 201


async def test_a_segment_that_stops_on_its_way_is_given_up_and_can_be_sent_again(day: Day, recorder: Recorder) -> None:
    async with serving(day, patience_s=0.2) as served:
        line = await served.connect()
        await line.send(recorder.request(0)[:-10])
        assert await line.ended()
        again = await served.connect()
        assert (await again.ask(recorder.request(0))).status == 201
    assert await held(day, recorder) == [[0, 0]]
