"""Ingest: a 2xx is a promise."""

from __future__ import annotations

import asyncio
import hashlib

import pytest
from sqlalchemy import func, select

from tests.factories.day import API, Candidate, Day, put_part
from tests.factories.media import MediaSegment, Recording
from zhishi.cli.verify import verify_recordings
from zhishi.day.recording.arrivals import Arrival
from zhishi.day.recording.ingest import Ingest
from zhishi.day.recording.models import Segment
from zhishi.foundation.kernel.sheets import whole_blocks


async def stored_bytes(day: Day, candidate: Candidate, recording: Recording, seq: int) -> bytes:
    """What staff get back of a segment."""
    path = f"{API}/tracks/{candidate.tracks['camera']}/epochs/{recording.start_ms}/segments/{seq}"
    answer = await day.staff("officer").get(path)
    assert answer.status_code == 200, answer.text
    return answer.content


async def test_a_segment_is_stored_once_acknowledged_and_read_back_equal(day: Day) -> None:
    candidate = await day.entered()
    recording = day.recording()
    day.at(2.5)
    answer = await candidate.put_segment(recording, recording.segments[0])
    assert answer.status_code == 201
    assert answer.json() == {
        "track_id": candidate.tracks["camera"],
        "epoch": recording.start_ms,
        "seq": 0,
        "sha256": hashlib.sha256(recording.segments[0].data).hexdigest(),
        "size": len(recording.segments[0].data),
        "received_ms": recording.start_ms + 2500,
    }
    assert (await candidate.put_init(recording)).status_code == 201
    assert await stored_bytes(day, candidate, recording, 0) == recording.segments[0].data


async def test_an_init_segment_is_acknowledged_without_a_number(day: Day) -> None:
    candidate = await day.entered()
    recording = day.recording()
    answer = await candidate.put_init(recording)
    assert (answer.status_code, answer.json()["seq"]) == (201, None)
    path = f"{API}/tracks/{candidate.tracks['camera']}/epochs/{recording.start_ms}/init"
    assert (await day.staff("officer").get(path)).content == recording.init


async def test_the_same_bytes_again_are_acknowledged_as_there_already(day: Day) -> None:
    candidate = await day.entered()
    recording = day.recording()
    first = [await candidate.put_init(recording), await candidate.put_segment(recording, recording.segments[0])]
    again = [await candidate.put_init(recording), await candidate.put_segment(recording, recording.segments[0])]
    assert [answer.status_code for answer in (*first, *again)] == [201, 201, 200, 200]
    assert [answer.json() for answer in again] == [answer.json() for answer in first]


async def test_other_bytes_under_a_taken_name_are_refused_and_the_first_stay(day: Day) -> None:
    candidate = await day.entered()
    recording, other = day.recording(), day.recording(shade=1)
    await candidate.upload(recording, close=False)
    segment = await candidate.put_segment(recording, other.segments[0])
    init = await put_part(
        day.nobody, candidate.token, candidate.tracks["camera"], recording.start_ms, recording.init + b"\0\0\0\x08free"
    )
    assert [(answer.status_code, answer.json()["error"]["code"]) for answer in (segment, init)] == [
        (409, "segment_conflict"),
        (409, "segment_conflict"),
    ]
    assert await stored_bytes(day, candidate, recording, 0) == recording.segments[0].data


async def test_many_segments_at_once_are_all_durable_and_right(day: Day) -> None:
    one, other = await day.entered(0), await day.entered(1)
    recordings = {one: day.recording(20), other: day.recording(20, shade=2)}
    answers = await asyncio.gather(
        *(
            candidate.put_segment(recording, segment, kind=kind)
            for candidate, recording in recordings.items()
            for kind in ("camera", "screen")
            for segment in recording.segments
        ),
        *(candidate.put_init(recording) for candidate, recording in recordings.items()),
    )
    assert {answer.status_code for answer in answers} == {201}
    report = await verify_recordings(day.house.services)
    assert (report.segments, report.epochs, report.damaged) == (80, 2, [])
    for candidate, recording in recordings.items():
        for segment in recording.segments:
            assert await stored_bytes(day, candidate, recording, segment.seq) == segment.data


async def test_the_same_segment_many_times_at_once_is_new_once(day: Day) -> None:
    candidate = await day.entered()
    recording = day.recording()
    answers = await asyncio.gather(
        *(candidate.put_segment(recording, recording.segments[0]) for _ in range(10)),
        *(candidate.put_init(recording) for _ in range(10)),
    )
    assert sorted(answer.status_code for answer in answers) == [200] * 18 + [201] * 2


async def test_two_different_segments_at_once_under_one_name_are_not_both_acknowledged(day: Day) -> None:
    candidate = await day.entered()
    recording, other = day.recording(), day.recording(shade=1)
    answers = await asyncio.gather(
        candidate.put_segment(recording, recording.segments[0]),
        *(candidate.put_segment(recording, other.segments[0]) for _ in range(5)),
        candidate.put_segment(recording, recording.segments[0]),
    )
    won = [one.status_code for one in (answers[0], answers[-1])]
    assert sorted(answer.status_code for answer in answers) in ([200, 201, *[409] * 5], [*[200] * 4, 201, 409, 409])
    kept = recording if 201 in won else other
    await candidate.put_init(recording)
    assert await stored_bytes(day, candidate, recording, 0) == kept.segments[0].data


async def test_arrivals_of_one_batch_under_one_name_are_judged_against_the_one_that_was_kept(day: Day) -> None:
    """Handed in together, so that they meet in one batch whatever the timing of requests."""
    candidate = await day.entered()
    ingest, data = day.house.services.get(Ingest), [b"first", b"other", b"first"]
    arrivals = [
        Arrival(candidate.tracks["camera"], 1, 0, 0, 2000, hashlib.sha256(part).digest(), part) for part in data
    ]
    answers = await asyncio.gather(*(ingest.take(one) for one in arrivals), return_exceptions=True)
    assert [getattr(answer, "code", None) or getattr(answer, "new", None) for answer in answers] == [
        True,
        "segment_conflict",
        False,
    ]


async def test_two_batches_with_the_same_names_in_opposite_order_do_not_block_each_other(day: Day) -> None:
    candidate = await day.entered()
    ingest = day.house.services.get(Ingest)
    for epoch in range(1, 9):
        parts = [
            Arrival(
                candidate.tracks["camera"], epoch, seq, 0, 2000, hashlib.sha256(bytes([seq])).digest(), bytes([seq])
            )
            for seq in range(64)
        ]
        async with asyncio.timeout(20):
            answers = await asyncio.gather(*(ingest.take(one) for one in [*parts, *reversed(parts)]))
        assert sorted(answer.new for answer in answers) == [False] * 64 + [True] * 64


async def test_while_ingest_is_paused_the_index_names_every_byte_that_is_written(day: Day) -> None:
    """Whoever frees journals must not meet bytes that are written and not yet indexed."""
    candidate = await day.entered()
    ingest, journals = day.house.services.get(Ingest), day.house.services.settings.data_dir / "journal"
    recording = day.recording(40)
    sending = [asyncio.create_task(candidate.put_segment(recording, one)) for one in recording.segments]
    looks = set()
    while not all(task.done() for task in sending):
        async with ingest.paused(), day.house.services.database.reading() as session:
            ends = await session.execute(
                select(Segment.container, func.max(Segment.offset + Segment.length)).group_by(Segment.container)
            )
            # Each part is filled up to whole blocks.
            indexed = {container: whole_blocks(end) for container, end in ends}
        assert indexed == {path.name: path.stat().st_size for path in journals.iterdir()}
        looks.add(sum(indexed.values()))
        await asyncio.sleep(0)
    assert len(looks) > 1
    assert {task.result().status_code for task in sending} == {201}


async def test_segments_may_come_in_any_order_and_the_init_last(day: Day) -> None:
    candidate = await day.entered()
    recording = day.recording(4)
    for segment in reversed(recording.segments):
        assert (await candidate.put_segment(recording, segment)).status_code == 201
    track = await candidate.track_state()
    assert track["covered"] == []
    assert (track["epochs"][0]["init"], track["epochs"][0]["held"]) == (False, [[0, 3]])
    await candidate.put_init(recording)
    day.at(8)
    track = await candidate.track_state()
    assert track["covered"] == [[recording.start_ms, recording.start_ms + 8000]]


async def test_each_track_and_each_start_of_the_recorder_has_its_own_names(day: Day) -> None:
    candidate = await day.entered()
    first, second = day.recording(2), day.recording(2, seconds=60, shade=1)
    for recording in (first, second):
        for kind in ("camera", "screen"):
            answer = await candidate.put_segment(recording, recording.segments[0], kind=kind)
            assert answer.status_code == 201


async def test_what_is_stored_survives_the_house_being_closed_in_the_middle(day: Day) -> None:
    """Requests under way when the house closes are either durable or not acknowledged."""
    candidate = await day.entered()
    recording = day.recording(10)
    sending = [asyncio.create_task(candidate.put_segment(recording, one)) for one in recording.segments]
    answers = await asyncio.gather(*sending)
    assert {answer.status_code for answer in answers} == {201}
    await day.house.services.get(Ingest).drain()
    assert (await verify_recordings(day.house.services)).segments == 10


async def test_recordings_are_taken_for_days_after_the_exam(day: Day) -> None:
    candidate = await day.entered()
    recording = day.recording()
    day.at(30 * 24 * 3600)
    answers = [await candidate.put_init(recording), await candidate.put_segment(recording, recording.segments[0])]
    assert [answer.status_code for answer in answers] == [201, 201]


@pytest.mark.parametrize("count", [3])
async def test_a_closure_says_what_is_missing_and_repeats_itself(day: Day, count: int) -> None:
    candidate = await day.entered()
    recording = day.recording(count)
    await candidate.upload(recording, close=False, skip=[1])
    expected = {"epoch": recording.start_ms, "segments": 3, "missing": [1]}
    for _ in range(2):
        answer = await candidate.close_epoch(recording)
        assert (answer.status_code, answer.json()) == (200, expected)
    await candidate.put_segment(recording, recording.segments[1])
    assert (await candidate.close_epoch(recording)).json()["missing"] == []


async def test_a_closure_may_grow_after_a_crash_and_never_shrinks(day: Day) -> None:
    candidate = await day.entered()
    recording = day.recording(3)
    await candidate.upload(recording, close=False)
    assert (await candidate.close_epoch(recording, segments=3)).status_code == 200
    assert (await candidate.close_epoch(recording, segments=5, reason="crashed")).json()["missing"] == [3, 4]
    shrunk = await candidate.close_epoch(recording, segments=4)
    assert (shrunk.status_code, shrunk.json()["error"]["code"]) == (409, "closure_shrinks")
    assert shrunk.json()["error"]["detail"] == {"declared": 5}
    assert (await candidate.track_state())["epochs"][0]["declared"] == 5


async def test_an_epoch_without_any_segment_can_be_closed(day: Day) -> None:
    candidate = await day.entered()
    recording = day.recording(1)
    answer = await candidate.close_epoch(recording, segments=0, reason="device_lost")
    assert answer.json() == {"epoch": recording.start_ms, "segments": 0, "missing": []}


async def test_closures_at_once_agree(day: Day) -> None:
    candidate = await day.entered()
    recording = day.recording(3)
    answers = await asyncio.gather(*(candidate.close_epoch(recording) for _ in range(5)))
    assert {answer.status_code for answer in answers} == {200}
    assert (await candidate.track_state())["epochs"][0]["declared"] == 3


def test_the_made_recordings_differ() -> None:
    """The tests above would prove nothing if two shades were the same bytes."""
    from tests.factories.media import record

    one: list[MediaSegment] = list(record(1_778_911_200_000, 3).segments)
    other = list(record(1_778_911_200_000, 3, shade=1).segments)
    assert len({segment.sha256 for segment in one + other}) == 6
