"""Journal, then settle: one MP4 per epoch, checked byte by byte, and never a moment without the bytes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import select

from tests.factories.day import API, Candidate, Day
from tests.factories.media import Recording, decoded_frames, first_picture_ms, without_samples
from zhishi.cli.verify import verify_recordings
from zhishi.day.recording.models import Epoch, Segment
from zhishi.day.recording.reading import init_location, location
from zhishi.day.recording.settling import QUIET, READERS_FINISH


async def recorded(day: Day, candidate: Candidate, *, kind: str = "camera") -> list[dict[str, Any]]:
    """What the record says of each epoch of a track."""
    record = (await day.staff("officer").get(f"{API}/attempts/{candidate.attempt_id}/record")).json()
    track = next(track for track in record["tracks"] if track["kind"] == kind)
    found: list[dict[str, Any]] = track["recordings"]
    return found


async def download(day: Day, candidate: Candidate, recording: Recording, *, kind: str = "camera") -> bytes:
    path = f"{API}/tracks/{candidate.tracks[kind]}/epochs/{recording.start_ms}/recording.mp4"
    answer = await day.staff("officer").get(path)
    assert answer.status_code == 200, answer.text
    return answer.content


async def containers(day: Day) -> set[str]:
    """Where the index says that bytes lie."""
    async with day.house.services.database.reading() as session:
        found = set(await session.scalars(select(Segment.container)))
        found |= {one for one in await session.scalars(select(Epoch.init_container)) if one is not None}
    return found


def journals(day: Day) -> list[Path]:
    return sorted((day.house.services.settings.data_dir / "journal").iterdir())


def files(day: Day) -> list[Path]:
    """Settled files on the disk."""
    return sorted((day.house.services.settings.data_dir / "blobs" / "recordings").rglob("*.mp4"))


async def spoil(day: Day, *, seq: int | None) -> None:
    """Flip a byte of a part where it lies in the journal; None is the init."""
    async with day.house.services.database.reading() as session:
        if seq is None:
            place = init_location((await session.scalars(select(Epoch))).one())
        else:
            place = location((await session.scalars(select(Segment).where(Segment.seq == seq))).one())
    path = day.house.services.settings.data_dir / "journal" / place.container
    data = bytearray(path.read_bytes())
    data[place.offset + place.length // 2] ^= 0xFF
    path.write_bytes(data)


async def test_a_whole_epoch_becomes_one_file_equal_to_what_was_sent(day: Day) -> None:
    candidate = await day.entered()
    recording = day.recording(5)
    await candidate.upload(recording)
    day.at(20)
    await candidate.post("/attempt/end")
    await day.reconcile()
    [file] = files(day)
    assert file.read_bytes() == recording.file == await download(day, candidate, recording)
    assert decoded_frames(recording.file) == recording.frames
    assert first_picture_ms(recording.file) == recording.start_ms
    [one] = await recorded(day, candidate)
    assert (one["settled"], one["frames"], one["problem"]) == (True, recording.frames, None)
    assert (one["size"], one["segments"]) == (len(recording.file) - len(recording.init), 5)
    assert one["settled_ms"] == recording.start_ms + 20_000


async def test_nothing_that_is_served_changes_when_it_is_settled(day: Day) -> None:
    candidate = await day.entered()
    recording = day.recording(4)
    await candidate.upload(recording)
    day.at(900)
    officer, track = day.staff("officer"), f"{API}/tracks/{candidate.tracks['camera']}"
    addresses = [
        f"{track}/playlist.m3u8",
        *(f"{track}/epochs/{recording.start_ms}/{part}" for part in ("init", "recording.mp4")),
        *(f"{track}/epochs/{recording.start_ms}/segments/{seq}" for seq in range(4)),
    ]
    before = {address: (await officer.get(address)).content for address in addresses}
    where = await containers(day)
    await day.reconcile()
    assert await containers(day) & where == set()
    assert {address: (await officer.get(address)).content for address in addresses} == before


async def test_each_start_of_the_recorder_has_a_file_of_its_own(day: Day) -> None:
    candidate = await day.entered()
    first, second = day.recording(3), day.recording(2, seconds=60, shade=1)
    for recording in (first, second):
        await candidate.upload(recording)
        await candidate.upload(recording, kind="screen")
    day.at(900)
    await day.reconcile()
    assert len(files(day)) == 4
    assert [await download(day, candidate, one) for one in (first, second)] == [first.file, second.file]
    assert await download(day, candidate, second, kind="screen") == second.file


async def test_nothing_is_settled_while_answering_goes_on(day: Day) -> None:
    candidate = await day.entered()
    await candidate.upload(day.recording(3))
    day.at(899.999)
    await day.reconcile()
    assert files_or_none(day) == []
    day.at(900)
    await day.reconcile()
    assert len(files(day)) == 1


async def test_an_epoch_that_lacks_something_waits_until_an_hour_after_the_end(day: Day) -> None:
    candidate = await day.entered()
    recording = day.recording(3)
    await candidate.upload(recording, skip=[1])
    day.at(900 + 3600 - 0.001)
    await day.reconcile()
    assert files_or_none(day) == []
    day.at(900 + 3600)
    await day.reconcile()
    expected = recording.init + recording.segments[0].data + recording.segments[2].data
    assert await download(day, candidate, recording) == expected
    assert decoded_frames(expected) == 40


async def test_what_comes_late_makes_a_new_file_and_readers_finish_on_the_old_one(day: Day) -> None:
    candidate = await day.entered()
    recording = day.recording(3)
    await candidate.upload(recording, skip=[1])
    day.at(900 + 3600)
    await day.reconcile()
    [old] = files(day)
    await candidate.put_segment(recording, recording.segments[1])
    assert await download(day, candidate, recording) == recording.file
    await day.reconcile()
    assert len(files(day)) == 2, "what is whole now waits for nothing more"
    assert await download(day, candidate, recording) == recording.file
    [one] = await recorded(day, candidate)
    assert (one["settled"], one["frames"]) == (True, recording.frames)
    day.clock.advance(READERS_FINISH.total_seconds() - 0.001)
    await day.reconcile()
    assert old in files(day)
    day.clock.advance(0.001)
    await day.reconcile()
    assert old not in files(day)
    assert (await verify_recordings(day.house.services)).damaged == []


async def test_what_comes_in_late_is_settled_once_it_no_longer_comes(day: Day) -> None:
    candidate = await day.entered()
    recording = day.recording(4)
    await candidate.upload(recording, skip=[1, 2, 3])
    day.at(900 + 3600)
    await day.reconcile()
    assert len(files(day)) == 1
    await candidate.put_segment(recording, recording.segments[1])
    day.clock.advance(QUIET.total_seconds() - 0.001)
    await day.reconcile()
    assert len(files(day)) == 1
    day.clock.advance(0.001)
    await day.reconcile()
    assert len(files(day)) == 2


async def test_settling_again_changes_nothing(day: Day) -> None:
    candidate = await day.entered()
    recording = day.recording(3)
    await candidate.upload(recording)
    day.at(900)
    assert await day.reconcile() > 0
    before, where = files(day), await containers(day)
    await day.reconcile()
    assert (files(day), await containers(day)) == (before, where)


async def test_a_journal_is_freed_once_all_it_holds_is_settled_and_its_readers_have_finished(day: Day) -> None:
    one, other = await day.entered(0), await day.entered(1)
    recording = day.recording(3)
    await one.upload(recording)
    await other.upload(recording)
    await day.restart()
    day.at(60)
    await one.post("/attempt/end")
    await day.reconcile()
    day.clock.advance(READERS_FINISH.total_seconds())
    await day.reconcile()
    assert len(journals(day)) == 1, "the other candidate's segments still lie in it"
    day.at(900)
    await day.reconcile()
    await day.reconcile()
    assert len(journals(day)) == 1, "somebody may still be reading what was there a moment ago"
    day.clock.advance(READERS_FINISH.total_seconds())
    await day.reconcile()
    assert journals(day) == []
    report = await verify_recordings(day.house.services)
    assert (report.segments, report.damaged) == (6, [])
    assert await download(day, one, recording) == await download(day, other, recording) == recording.file


async def test_a_journal_that_this_database_never_gave_up_is_kept(day: Day) -> None:
    """It may belong to a newer copy of the database than the one that was restored here."""
    await day.house.services.parts.append([b"indexed elsewhere"])
    await day.restart()
    before = journals(day)
    assert len(before) == 1
    await day.reconcile()
    day.clock.advance(READERS_FINISH.total_seconds())
    await day.reconcile()
    assert journals(day) == before


async def test_a_journal_in_use_is_never_freed(day: Day) -> None:
    candidate = await day.entered()
    recording = day.recording(3)
    await candidate.upload(recording)
    day.at(900)
    for _ in range(3):
        await day.reconcile()
        day.clock.advance(READERS_FINISH.total_seconds())
    late = day.recording(1, seconds=30, shade=1)
    await candidate.upload(late)
    assert await download(day, candidate, late) == late.file


async def test_a_flipped_byte_is_found_taken_out_of_the_index_and_asked_for_again(day: Day) -> None:
    candidate = await day.entered()
    recording = day.recording(4)
    await candidate.upload(recording)
    day.at(10)
    await candidate.beat(recording, recording.segments)
    await spoil(day, seq=2)
    assert (await verify_recordings(day.house.services)).damaged == [
        f"{candidate.tracks['camera']}/{recording.start_ms}/2"
    ]
    day.at(900)
    await day.reconcile()
    assert files_or_none(day) == []
    track = await candidate.track_state()
    assert (track["verdict"], track["epochs"][0]["held"]) == ("uploading", [[0, 1], [3, 3]])
    wanted = {"track_id": candidate.tracks["camera"], "epoch": recording.start_ms, "seq": 2}
    assert (await candidate.beat())["wanted"] == [wanted]
    assert (await candidate.put_segment(recording, recording.segments[2])).status_code == 201
    await day.reconcile()
    assert await download(day, candidate, recording) == recording.file
    assert (await candidate.track_state())["verdict"] == "complete"


async def test_a_damaged_segment_is_asked_for_even_if_no_heartbeat_ever_named_it(day: Day) -> None:
    candidate = await day.entered()
    recording = day.recording(3)
    await candidate.upload(recording)
    await spoil(day, seq=2)
    day.at(900)
    await day.reconcile()
    day.at(931)
    assert [one["seq"] for one in (await candidate.beat())["wanted"]] == [2]
    track = await candidate.track_state()
    gap = {"from_ms": recording.start_ms + 4000, "to_ms": recording.start_ms + 6000, "cause": "lost_in_store"}
    assert gap in track["gaps"]


async def test_a_damaged_init_is_taken_out_so_that_it_can_be_sent_again(day: Day) -> None:
    candidate = await day.entered()
    recording = day.recording(3)
    await candidate.upload(recording)
    await spoil(day, seq=None)
    day.at(900)
    await day.reconcile()
    track = await candidate.track_state()
    assert (track["verdict"], track["epochs"][0]["init"]) == ("uploading", False)
    assert (await candidate.put_init(recording)).status_code == 201
    await day.reconcile()
    assert await download(day, candidate, recording) == recording.file
    assert (await candidate.track_state())["verdict"] == "complete"


async def test_one_damaged_recording_does_not_stop_the_others(day: Day) -> None:
    one, other = await day.entered(0), await day.entered(1)
    recording = day.recording(3)
    await one.upload(recording)
    await spoil(day, seq=1)
    await other.upload(recording)
    day.at(900)
    await day.reconcile()
    assert await download(day, other, recording) == recording.file
    assert len(files(day)) == 1


async def test_footage_that_does_not_decode_is_kept_as_it_is_and_its_problem_is_on_record(day: Day) -> None:
    candidate = await day.entered()
    recording, other = day.recording(2), day.recording(2, shade=1)
    await candidate.put_init(recording)
    segment = recording.segments[0]
    noise = bytes((n * 73 + 41) % 256 for n in range(len(segment.data)))
    at = segment.data.index(b"mdat") + 4
    spoiled = type(segment)(0, segment.start_ms, segment.duration_ms, segment.data[:at] + noise[at:])
    await candidate.put_segment(recording, spoiled)
    await candidate.put_segment(recording, other.segments[1])
    await candidate.close_epoch(recording)
    day.at(900)
    await day.reconcile()
    assert await download(day, candidate, recording) == recording.init + spoiled.data + other.segments[1].data
    [one] = await recorded(day, candidate)
    assert one["settled"] is True
    assert "Invalid" in one["problem"]


async def test_a_segment_without_a_picture_is_a_gap_though_every_byte_is_held(day: Day) -> None:
    candidate = await day.entered(seconds=0)
    recording = day.recording(3)
    await candidate.put_init(recording)
    empty = replace(recording.segments[1], data=without_samples(recording.segments[1].data))
    for segment in (recording.segments[0], empty, recording.segments[2]):
        assert (await candidate.put_segment(recording, segment)).status_code == 201
    await candidate.close_epoch(recording)
    day.at(6)
    await candidate.post("/attempt/end")
    await day.reconcile()
    track = await candidate.track_state()
    start = recording.start_ms
    assert track["gaps"] == [{"from_ms": start + 2000, "to_ms": start + 4000, "cause": "undecodable"}]


async def test_a_byte_that_was_lost_after_settling_is_found_by_verifying(day: Day) -> None:
    candidate = await day.entered()
    recording = day.recording(3)
    await candidate.upload(recording)
    day.at(900)
    await day.reconcile()
    assert (await verify_recordings(day.house.services)).sound
    [file] = files(day)
    file.write_bytes(file.read_bytes()[:-1])
    report = await verify_recordings(day.house.services)
    assert report.damaged == [f"{candidate.tracks['camera']}/{recording.start_ms}/2"]
    file.unlink()
    assert len((await verify_recordings(day.house.services)).damaged) == 4


async def test_a_part_that_is_gone_is_told_in_words(day: Day) -> None:
    candidate = await day.entered()
    recording = day.recording(3)
    await candidate.upload(recording)
    day.at(900)
    await day.reconcile()
    files(day)[0].unlink()
    path = f"{API}/tracks/{candidate.tracks['camera']}/epochs/{recording.start_ms}"
    for part in ("init", "segments/1", "recording.mp4"):
        answer = await day.staff("officer").get(f"{path}/{part}")
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "part_lost"), part


async def test_every_settling_is_on_record(day: Day) -> None:
    from zhishi.foundation.audit.models import AuditEntry

    candidate = await day.entered()
    await candidate.upload(day.recording(3))
    day.at(900)
    await day.reconcile()
    async with day.house.services.database.reading() as session:
        entries = await session.scalars(select(AuditEntry).where(AuditEntry.action == "epoch.settled"))
        [entry] = list(entries)
    assert (entry.actor_kind, entry.subject_id) == ("system", candidate.tracks["camera"])
    assert entry.detail["frames"] == 60


def files_or_none(day: Day) -> list[Path]:
    folder = day.house.services.settings.data_dir / "blobs" / "recordings"
    return files(day) if folder.exists() else []
