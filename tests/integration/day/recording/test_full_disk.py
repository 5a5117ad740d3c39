"""A disk that is full in the middle of an exam: said in words, nothing half-written, and it goes on."""

from __future__ import annotations

from tests.factories.day import Day
from tests.factories.disks import fill
from zhishi.cli.verify import verify_recordings


async def test_a_full_disk_refuses_segments_until_there_is_space_again(cramped_day: Day) -> None:
    day = cramped_day
    candidate = await day.entered(seconds=0)
    recording = day.recording(8)
    await candidate.put_init(recording)
    for segment in recording.segments[:3]:
        assert (await candidate.put_segment(recording, segment)).status_code == 201
    filler = day.house.services.settings.data_dir.parent / "filler"
    fill(filler)
    refused = []
    for segment in recording.segments[3:]:
        # What little room a block or two still has may take the first of them.
        answer = await candidate.put_segment(recording, segment)
        if answer.status_code != 201:
            refused.append(answer)
    assert len(refused) >= 3
    assert {(answer.status_code, answer.json()["error"]["code"]) for answer in refused} == {(507, "storage_full")}
    assert {answer.headers["retry-after"] for answer in refused} == {"30"}
    report = await verify_recordings(day.house.services)
    assert (report.segments, report.damaged) == (8 - len(refused), [])
    filler.unlink()
    await candidate.upload(recording)
    report = await verify_recordings(day.house.services)
    assert (report.segments, report.damaged) == (8, [])
    day.at(900)
    await day.reconcile()
    assert (await candidate.track_state())["verdict"] == "complete"


async def test_settling_on_a_full_disk_changes_nothing_and_is_done_when_there_is_space(cramped_day: Day) -> None:
    day = cramped_day
    candidate = await day.entered(seconds=0)
    recording = day.recording(8)
    await candidate.upload(recording)
    day.at(900)
    filler = day.house.services.settings.data_dir.parent / "filler"
    fill(filler)
    await day.reconcile()
    assert (await candidate.track_state())["epochs"][0]["settled"] is False
    report = await verify_recordings(day.house.services)
    assert (report.segments, report.damaged) == (8, [])
    filler.unlink()
    for _ in range(4):  # the duty rests for some rounds after its failure
        await day.reconcile()
    assert (await candidate.track_state())["epochs"][0]["settled"] is True
    assert list((day.house.services.settings.data_dir / "scratch").iterdir()) == []
