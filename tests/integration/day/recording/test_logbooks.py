"""The recorder's logbook: kept as it came, told to staff, and the cause of gaps."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import insert

from tests.factories.answers import refused
from tests.factories.day import API, Candidate, Day
from tests.factories.uploading import digest_field
from zhishi.day.recording.logbook import PAGES_MAX
from zhishi.day.recording.models import LogbookPage
from zhishi.foundation.kernel.clock import to_ms


async def events(day: Day, candidate: Candidate) -> list[dict[str, Any]]:
    record = (await day.staff("officer").get(f"{API}/attempts/{candidate.attempt_id}/record")).json()
    found: list[dict[str, Any]] = record["events"]
    return found


def line(at_ms: int, kind: str, track: str | None = None, **detail: Any) -> dict[str, Any]:
    return {"at_ms": at_ms, "kind": kind, "track": track, "detail": detail}


async def test_a_gap_has_the_cause_that_the_recorder_wrote_down(day: Day) -> None:
    candidate = await day.entered(seconds=0)
    first, second = day.recording(3), day.recording(3, seconds=30)
    await candidate.upload(first, close=False)
    await candidate.close_epoch(first, reason="device_lost")
    await candidate.upload(second)
    start = first.start_ms
    lines = [
        line(start, "recorder_started"),
        line(start + 6200, "track_lost", "camera", cause="denied", device="camera"),
        line(start + 30_000, "epoch_started", "camera"),
    ]
    assert (await candidate.log(lines, run=start)).status_code == 201
    day.at(36)
    await candidate.post("/attempt/end")
    track = await candidate.track_state()
    assert track["gaps"] == [{"from_ms": start + 6000, "to_ms": start + 30_000, "cause": "permission_lost"}]


async def test_a_picture_that_froze_is_told_by_its_closure_where_the_logbook_never_came(day: Day) -> None:
    candidate = await day.entered(seconds=0)
    first, second = day.recording(3), day.recording(3, seconds=30)
    await candidate.upload(first, close=False)
    assert (await candidate.close_epoch(first, reason="frozen")).status_code == 200
    await candidate.upload(second)
    day.at(36)
    await candidate.post("/attempt/end")
    start = first.start_ms
    track = await candidate.track_state()
    assert track["gaps"] == [{"from_ms": start + 6000, "to_ms": start + 30_000, "cause": "picture_frozen"}]


async def test_what_staff_should_see_is_in_the_record_once_and_the_rest_is_not(day: Day) -> None:
    candidate = await day.entered(seconds=0)
    at = to_ms(day.clock.now()) + 1000
    lines = [line(at, "track_lost", "camera", cause="ended", device="camera"), line(at, "epoch_ended", "camera")]
    assert (await candidate.log(lines, run=at)).status_code == 201
    assert (await candidate.log(lines, run=at)).status_code == 200
    [told] = [one for one in await events(day, candidate) if one["kind"] in ("track_lost", "epoch_ended")]
    assert (told["kind"], told["at_ms"]) == ("track_lost", at)
    assert told["detail"] == {"client_track": "camera", "client_cause": "ended", "client_device": "camera"}


async def test_other_words_under_the_same_page_are_refused_and_the_first_stay(day: Day) -> None:
    candidate = await day.entered(seconds=0)
    at = to_ms(day.clock.now())
    assert (await candidate.log([line(at, "track_lost", "camera", cause="mute")], run=at)).status_code == 201
    assert refused(await candidate.log([line(at, "track_restored", "camera")], run=at)) == (
        409,
        "segment_conflict",
        {"run": at, "page": 0},
    )
    assert [one["kind"] for one in await events(day, candidate)].count("track_restored") == 0


async def test_the_pages_of_two_starts_are_told_apart(day: Day) -> None:
    candidate = await day.entered(seconds=0)
    at = to_ms(day.clock.now())
    for run in (at, at + 1):
        for page in (0, 1):
            assert (await candidate.log([line(at, "epoch_started", "camera")], run=run, page=page)).status_code == 201


@pytest.mark.parametrize(
    "lines",
    [
        [{"at_ms": -1, "kind": "track_lost"}],
        [{"at_ms": 1, "kind": "Track Lost"}],
        [{"at_ms": 1, "kind": "track_lost", "track": "sound"}],
        [{"at_ms": 1, "kind": "track_lost", "detail": {"deep": {"er": 1}}}],
        [{"at_ms": 1, "kind": "track_lost", "detail": {"text": "x" * 301}}],
        [{"at_ms": 1, "kind": "track_lost", "detail": {str(n): n for n in range(17)}}],
        [{"at_ms": 1, "kind": "track_lost"}] * 201,
    ],
)
async def test_a_malformed_page_is_refused_whole(day: Day, lines: list[dict[str, Any]]) -> None:
    candidate = await day.entered(seconds=0)
    assert refused(await candidate.log(lines, run=1)) == (422, "logbook_invalid", {})
    assert (await candidate.log([], run=1)).status_code == 201


async def test_a_page_must_carry_the_digest_of_its_bytes(day: Day) -> None:
    candidate = await day.entered(seconds=0)
    assert refused(await candidate.log([], run=1, digest=digest_field(b"else"))) == (422, "digest_mismatch", {})
    assert refused(await candidate.log([], run=1, digest="sha-256=:x:")) == (422, "digest_missing", {})


async def test_a_page_that_is_too_large_is_refused(day: Day) -> None:
    candidate = await day.entered(seconds=0)
    headers = {**candidate.bearer, "Content-Digest": digest_field(b" " * 300_000)}
    answer = await day.nobody.put(f"{API}/logbooks/1/pages/0", content=b" " * 300_000, headers=headers)
    assert refused(answer) == (413, "segment_too_large", {"limit": 2**18})


async def test_a_phones_logbook_is_about_the_phone_alone(day: Day) -> None:
    candidate = await day.log_in(walked=False)
    phone = await candidate.walk(to="entry", phone=True)
    assert phone is not None
    day.at(-600)
    await candidate.enter()
    at = to_ms(day.clock.now())
    body = b'{"lines":[{"at_ms":%d,"device_ms":1,"kind":"track_lost","track":"phone","detail":{}}]}' % at
    headers = {"Authorization": f"Bearer {phone.token}", "Content-Digest": digest_field(body)}
    answer = await day.nobody.put(f"{API}/logbooks/{at}/pages/0", content=body, headers=headers)
    assert answer.status_code == 201
    [told] = [one for one in await events(day, candidate) if one["kind"] == "track_lost"]
    assert told["detail"] == {"device": "phone", "client_track": "phone"}


async def test_a_logbook_without_an_end_is_not_kept(day: Day) -> None:
    candidate = await day.entered(seconds=0)
    at = to_ms(day.clock.now())
    assert (await candidate.log([line(at, "page_hidden")], run=at)).status_code == 201
    async with day.house.services.database.writing() as session:
        rows = [
            {
                "attempt_id": candidate.attempt_id,
                "device": "computer",
                "run": at,
                "page": page,
                "sha256": bytes(32),
                "body": b'{"lines": []}',
                "received_ms": at,
            }
            for page in range(1, PAGES_MAX)
        ]
        await session.execute(insert(LogbookPage), rows)
    assert refused(await candidate.log([line(at, "page_shown")], run=at + 1))[:2] == (413, "logbook_full")
    # What is kept can be sent again, and the other device has a logbook of its own.
    assert (await candidate.log([line(at, "page_hidden")], run=at)).status_code == 200
