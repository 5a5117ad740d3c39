"""Recordings on an S3 store: live segments are objects, settling joins them into one."""

from __future__ import annotations

from collections.abc import AsyncIterator

import obstore
import pytest
from pydantic import SecretStr
from sqlalchemy import select

from tests.factories.day import API, Day
from tests.factories.houses import Copy, Engines
from tests.factories.seaweed import BUCKET, KEY_ID, SECRET, Seaweed
from tests.factories.world import PREPARED_AT
from zhishi.cli.verify import verify_recordings
from zhishi.day.recording.models import Segment
from zhishi.day.recording.settling import READERS_FINISH
from zhishi.foundation.kernel.clock import SettableClock
from zhishi.foundation.kernel.ids import new_id
from zhishi.web.application import open_house


@pytest.fixture
def prefix() -> str:
    """A corner of the bucket for one test."""
    return new_id()


@pytest.fixture
async def s3_day(strict_copy: Copy, engines: Engines, seaweed: Seaweed, prefix: str) -> AsyncIterator[Day]:
    settings = strict_copy.settings.model_copy(
        update={
            "blobs_url": f"s3://{BUCKET}/{prefix}",
            "s3_endpoint": seaweed.endpoint,
            "s3_access_key_id": SecretStr(KEY_ID),
            "s3_secret_access_key": SecretStr(SECRET),
        }
    )
    clock = SettableClock(PREPARED_AT)
    day = Day(open_house(settings, clock=clock, engines=engines), clock, strict_copy.world)
    yield day
    await day.close()


def objects(seaweed: Seaweed, prefix: str, folder: str) -> list[str]:
    found = obstore.list(seaweed.store(), prefix=f"{prefix}/{folder}").collect()
    return sorted(one["path"] for one in found)


async def test_segments_are_objects_until_they_are_settled_into_one_file(
    s3_day: Day, seaweed: Seaweed, prefix: str
) -> None:
    day = s3_day
    candidate = await day.entered()
    recording = day.recording(4)
    await candidate.upload(recording)
    assert (await candidate.put_segment(recording, recording.segments[0])).status_code == 200
    day.at(900)
    assert len(objects(seaweed, prefix, "parts")) >= 5
    officer = day.staff("officer")
    address = f"{API}/tracks/{candidate.tracks['camera']}/epochs/{recording.start_ms}/recording.mp4"
    before = (await officer.get(address)).content
    await day.reconcile()
    assert len(objects(seaweed, prefix, "recordings")) == 1
    assert before == (await officer.get(address)).content == recording.file
    some = await officer.get(address, headers={"Range": "bytes=1000-20000"})
    assert (some.status_code, some.content) == (206, recording.file[1000:20_001])
    async with day.house.services.database.reading() as session:
        containers = set(await session.scalars(select(Segment.container)))
    assert {one.partition(":")[0] for one in containers} == {"blob"}
    day.clock.advance(READERS_FINISH.total_seconds())
    await day.reconcile()
    report = await verify_recordings(day.house.services)
    assert (report.segments, report.damaged) == (4, [])
    assert (await officer.get(address)).content == recording.file


async def test_parts_that_were_settled_are_given_back_after_their_readers_have_finished(
    s3_day: Day, seaweed: Seaweed, prefix: str
) -> None:
    day = s3_day
    candidate = await day.entered()
    for _ in range(2):  # what is sent again is stored beside the first, and given back like it
        await candidate.upload(day.recording(3))
    day.at(900)
    await day.reconcile()
    day.clock.advance(READERS_FINISH.total_seconds() - 0.001)
    await day.reconcile()
    assert len(objects(seaweed, prefix, "parts")) >= 4
    day.clock.advance(0.001)
    await day.reconcile()
    assert objects(seaweed, prefix, "parts") == []


async def test_a_lost_object_is_found_and_asked_for_again(s3_day: Day, seaweed: Seaweed, prefix: str) -> None:
    day = s3_day
    candidate = await day.entered()
    recording = day.recording(3)
    await candidate.upload(recording)
    async with day.house.services.database.reading() as session:
        lost = await session.scalar(select(Segment.container).where(Segment.seq == 1))
    obstore.delete(seaweed.store(), f"{prefix}/{lost}")
    day.at(900)
    await day.reconcile()
    assert (await candidate.track_state())["epochs"][0]["held"] == [[0, 0], [2, 2]]
    assert (await candidate.put_segment(recording, recording.segments[1])).status_code == 201
    await day.reconcile()
    assert (await candidate.track_state())["verdict"] == "complete"
    assert objects(seaweed, prefix, "recordings") != []
