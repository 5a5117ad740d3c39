"""Footage that comes on a stick: taken as if it had been uploaded, or refused with the reason."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from pathlib import Path

import pytest

from tests.factories.answers import acts_of, given, refused, stored
from tests.factories.day import API, Day
from tests.factories.packages import HouseKey, borders, flipped, item, items_of, package
from tests.factories.sticks import bring, key_of, packed
from zhishi.cli.verify import verify_recordings
from zhishi.day.attempts.rules import UPLOAD_LENGTH
from zhishi.day.recording.models import LogbookPage
from zhishi.day.rescue.imports import import_package
from zhishi.day.rescue.models import Package
from zhishi.day.rescue.packages import PackageTokenInvalid
from zhishi.foundation.audit import SYSTEM
from zhishi.foundation.edge.tokens import Claim, sign
from zhishi.foundation.settings import Keys

LINES = b'{"lines": [{"at_ms": 1778911200000, "device_ms": 5.5, "kind": "recorder_started"}]}'


async def segments_held(day: Day) -> int:
    report = await verify_recordings(day.house.services)
    assert report.sound
    return report.segments


def journal_size(day: Day) -> int:
    """Bytes in the journal, wanted or not."""
    return sum(file.stat().st_size for file in (day.house.services.settings.data_dir / "journal").iterdir())


async def test_what_could_not_be_uploaded_comes_in_a_package_and_the_recording_is_whole(day: Day) -> None:
    candidate = await day.entered(seconds=0)
    recordings = {kind: day.recording(5, shade=n) for n, kind in enumerate(("camera", "screen"))}
    await candidate.upload(recordings["camera"], skip=(1, 2), close=False)
    day.at(10)
    await candidate.post("/attempt/end")
    items = [one for kind, recording in recordings.items() for one in items_of(candidate.tracks[kind], recording)]
    data = await packed(day, candidate, items)
    before = len(await acts_of(day))
    found = given(await bring(day, data))
    assert found == {
        "package_id": found["package_id"],
        "attempt_id": candidate.attempt_id,
        "device": "computer",
        "made_ms": 1_778_912_400_000,
        "sha256": hashlib.sha256(data).hexdigest(),
        "size": len(data),
        # Of the camera two segments and the closure, the screen with its init and its closure.
        "stored": 3 + 7,
        "already_there": 1 + 3,
        "refused_count": 0,
        "refused": [],
        "broken_count": 0,
        "broken": [],
        "broken_off": None,
    }
    await day.reconcile()
    assert {kind: (await candidate.track_state(kind))["verdict"] for kind in recordings} == dict.fromkeys(
        recordings, "complete"
    )
    assert await segments_held(day) == 10
    for kind, recording in recordings.items():
        path = f"{API}/tracks/{candidate.tracks[kind]}/epochs/{recording.start_ms}/recording.mp4"
        assert (await day.staff("support").get(path)).content == recording.file
    [row] = await stored(day, Package)
    assert (row.id, row.attempt_id, row.by) == (
        found["package_id"],
        candidate.attempt_id,
        day.world.staff["support"].staff_id,
    )
    assert (row.sha256, row.size, row.counts["stored"], row.broken_off) == (found["sha256"], len(data), 10, None)
    acts = [act for act in await acts_of(day, after=before) if act.action.startswith("package.")]
    assert [act.action for act in acts] == ["package.accepted", "package.imported"]
    for act in acts:
        assert (act.actor_id, act.subject_id, act.detail["sha256"]) == (row.by, candidate.attempt_id, row.sha256)


async def test_a_package_that_comes_again_stores_nothing_twice(day: Day) -> None:
    candidate = await day.entered(seconds=0)
    page = item("page", "logbook", 1_778_911_200_000, LINES, seq=0)
    data = await packed(day, candidate, [*items_of(candidate.tracks["camera"], day.recording()), page])
    first, journal = given(await bring(day, data)), journal_size(day)
    again = given(await bring(day, data, username="officer"))
    assert (first["stored"], first["already_there"]) == (6, 0)
    assert (again["stored"], again["already_there"]) == (0, 6)
    assert (await segments_held(day), journal_size(day)) == (3, journal)
    # What came a second time is not kept beside the first: each import leaves its row, and no more than that.
    assert [row.counts["stored"] for row in await stored(day, Package)] == [6, 0]


async def test_the_logbook_comes_with_the_footage_and_counts_as_its_device_wrote_it(day: Day) -> None:
    candidate = await day.entered(seconds=0)
    page = item("page", "logbook", 1_778_911_200_000, LINES, seq=3)
    assert given(await bring(day, await packed(day, candidate, [page])))["stored"] == 1
    [row] = await stored(day, LogbookPage)
    assert (row.attempt_id, row.device, row.run, row.page, row.body) == (
        candidate.attempt_id,
        "computer",
        1_778_911_200_000,
        3,
        LINES,
    )


async def test_a_phones_package_holds_the_phones_footage_and_no_other(day: Day) -> None:
    candidate = await day.entered(seconds=0)
    phone = await candidate.bind_phone()
    items = [
        *items_of(phone.track_id, day.recording()),
        *items_of(candidate.tracks["camera"], day.recording())[:1],
        item("page", "logbook", 5, LINES, seq=0),
    ]
    data = await packed(day, candidate, items, token=phone.token, device="phone")
    found = given(await bring(day, data))
    assert (found["device"], found["stored"], [one["code"] for one in found["refused"]]) == (
        "phone",
        6,
        ["track_not_yours"],
    )
    assert [row.device for row in await stored(day, LogbookPage)] == ["phone"]


async def test_what_came_in_a_package_is_not_witnessed(day: Day) -> None:
    candidate = await day.entered(seconds=0)
    day.at(10)
    await candidate.post("/attempt/end")
    day.at(3600)
    given(await bring(day, await packed(day, candidate, items_of(candidate.tracks["camera"], day.recording(5)))))
    receipt = given(await day.staff("support").get(f"{API}/attempts/{candidate.attempt_id}/receipt.json"))
    camera = next(track for track in receipt["manifest"]["tracks"] if track["kind"] == "camera")
    assert (camera["witnessed"], camera["unwitnessed"]) == ([], camera["covered"])
    assert camera["covered"] != []


async def test_a_package_that_is_refused_stores_nothing_and_says_why(day: Day) -> None:
    mine, theirs = await day.entered(0, seconds=0), await day.entered(1, seconds=0)
    phone = await mine.bind_phone()
    items = [*items_of(mine.tracks["camera"], day.recording()), item("page", "logbook", 1, LINES, seq=0)]
    whole, other = await packed(day, mine, items), Keys(b"o" * 32).packages
    starts = borders(whole)
    cases = {
        "no package": (b"PK\x03\x04 a zip", "package_invalid", {}),
        "nothing": (b"", "package_invalid", {}),
        "header cut": (whole[:30], "package_invalid", {}),
        "other house": (
            package(HouseKey(other.id, other.public), items, token=mine.token, attempt_id=mine.attempt_id),
            "package_foreign",
            {"key_id": other.id},
        ),
        "header changed": (
            whole.replace(mine.attempt_id.encode(), theirs.attempt_id.encode()),
            "package_altered",
            {"record": 0},
        ),
        "token changed": (flipped(whole, starts[0] + 9), "package_altered", {"record": 0}),
        "token cut": (whole[: starts[1] - 1], "package_cut_short", {"record": 0}),
        "no token": (await packed(day, mine, items, token=""), "package_token_invalid", {}),
        "forged token": (await packed(day, mine, items, token=mine.token[:-3] + "AAA"), "package_token_invalid", {}),
        "their token": (await packed(day, mine, items, token=theirs.token), "package_token_invalid", {}),
        "the phone's token": (await packed(day, mine, items, token=phone.token), "package_token_invalid", {}),
        "other device": (await packed(day, mine, items, device="phone"), "package_token_invalid", {}),
    }
    before = len(await acts_of(day))
    answers = {name: refused(await bring(day, data)) for name, (data, _, _) in cases.items()}
    assert answers == {name: (422, code, detail) for name, (_, code, detail) in cases.items()}
    assert (await segments_held(day), await stored(day, Package), await stored(day, LogbookPage)) == (0, [], [])
    rows = [act for act in await acts_of(day, after=before) if act.action == "package.refused"]
    assert [(act.subject_id, act.detail["code"]) for act in rows] == [
        (hashlib.sha256(data).hexdigest(), code) for data, code, _ in cases.values()
    ]


async def test_a_token_that_has_ended_proves_nothing_any_more(day: Day, tmp_path: Path) -> None:
    candidate = await day.entered(seconds=0)
    file = tmp_path / "package"
    file.write_bytes(await packed(day, candidate, items_of(candidate.tracks["camera"], day.recording())))
    day.clock.set(day.clock.now() + UPLOAD_LENGTH)
    with pytest.raises(PackageTokenInvalid):
        await import_package(day.house.services, file, actor=SYSTEM)
    assert await segments_held(day) == 0
    day.clock.advance(-0.001)
    assert (await import_package(day.house.services, file, actor=SYSTEM)).stored == 5
    assert [row.by for row in await stored(day, Package)] == [None]


async def test_another_candidates_tracks_are_refused_item_by_item(day: Day) -> None:
    mine, theirs = await day.entered(0, seconds=0), await day.entered(1, seconds=0)
    items = [*items_of(theirs.tracks["camera"], day.recording()), *items_of("none", day.recording())]
    found = given(await bring(day, await packed(day, mine, items)))
    assert found["stored"] == 0
    assert [one["code"] for one in found["refused"]] == ["track_not_yours"] * 5 + ["track_unknown"] * 5
    assert found["refused"][1] == {
        "record": 2,
        "item": f"{theirs.tracks['camera']}/{day.recording().start_ms}/0",
        "code": "track_not_yours",
    }
    assert (await theirs.track_state())["epochs"] == []


async def test_a_damaged_package_gives_all_that_is_whole_and_says_where_it_is_not(day: Day) -> None:
    candidate = await day.entered(seconds=0)
    data = await packed(day, candidate, items_of(candidate.tracks["camera"], day.recording(6)))
    start = borders(data)[4]
    found = given(await bring(day, flipped(data, start + 100)))
    assert (found["stored"], found["broken_count"]) == (7, 1)
    assert found["broken"] == [{"record": 4, "code": "package_altered"}]
    assert await segments_held(day) == 5
    assert (await stored(day, Package))[0].counts["broken"] == found["broken"]
    # The same file, copied again without fault, brings the rest.
    assert given(await bring(day, data))["stored"] == 1
    assert await segments_held(day) == 6


async def test_a_package_that_was_cut_gives_what_is_before_the_cut(day: Day) -> None:
    candidate = await day.entered(seconds=0)
    data = await packed(day, candidate, items_of(candidate.tracks["camera"], day.recording(6)))
    starts = borders(data)
    for cut, stored_now in ((starts[3], 2), (starts[5] + 50, 2), (starts[-2], 4)):
        found = given(await bring(day, data[:cut]))
        number = sum(start <= cut for start in starts) - 1
        assert (found["stored"], found["broken"]) == (stored_now, [{"record": number, "code": "package_cut_short"}])
    assert await segments_held(day) == 6


async def test_items_that_an_upload_would_refuse_are_refused_by_the_same_codes(day: Day) -> None:
    candidate = await day.entered(seconds=0)
    recording, track = day.recording(), candidate.tracks["camera"]
    await candidate.put_segment(recording, recording.segments[0])
    await candidate.close_epoch(recording)
    init, first, second, *_ = items_of(track, recording)
    closure = item("closure", track, recording.start_ms, closure={"segments": 1, "reason": "ended"})
    other = items_of(track, day.recording(shade=3))[1]
    large = bytes(day.house.services.settings.segment_max_bytes + 1)
    cases = [
        (other, "segment_conflict"),
        (second.saying(sha256="0" * 64), "digest_mismatch"),
        (second.saying(size=1), "header_invalid"),
        (second.saying(duration_ms=60_001), "header_invalid"),
        (second.saying(kind="init", seq=-1), "segment_not_media"),
        (init.saying(kind="segment", seq=7), "segment_not_media"),
        (item("segment", track, recording.start_ms, large, seq=8), "segment_too_large"),
        (item("segment", track, recording.start_ms, seq=9), "segment_not_media"),
        (closure, "closure_shrinks"),
        (item("page", "logbook", 1, b"no page", seq=0), "logbook_invalid"),
        (item("page", "logbook", 1, LINES, seq=0).saying(sha256="0" * 64), "digest_mismatch"),
        (item("page", "logbook", 1, bytes(2**18 + 1), seq=0), "segment_too_large"),
    ]
    found = given(await bring(day, await packed(day, candidate, [one for one, _ in cases] + [first, second])))
    assert [one["code"] for one in found["refused"]] == [code for _, code in cases]
    assert [one["record"] for one in found["refused"]] == list(range(1, len(cases) + 1))
    assert (found["stored"], found["already_there"], found["broken"]) == (1, 1, [])
    assert await segments_held(day) == 2


async def test_only_the_first_hundred_refusals_are_named_and_all_are_counted(day: Day) -> None:
    candidate = await day.entered(seconds=0)
    items = [item("segment", "none", 1, seq=seq) for seq in range(130)]
    found = given(await bring(day, await packed(day, candidate, items)))
    assert (found["refused_count"], len(found["refused"])) == (130, 100)


async def test_a_package_is_read_to_its_end_however_much_of_it_is_damaged(day: Day) -> None:
    candidate = await day.entered(seconds=0)
    recording = day.recording(5)
    worthless = [item("segment", "none", 1, seq=seq) for seq in range(130)]
    data = await packed(day, candidate, [*worthless, *items_of(candidate.tracks["camera"], recording)])
    for start in borders(data)[1:131]:
        data = flipped(data, start + 10)
    before = len(await acts_of(day))
    found = given(await bring(day, data))
    # What is behind the damage is as good as what is before it.
    assert (found["stored"], await segments_held(day)) == (7, 5)
    assert (found["broken_count"], [one["record"] for one in found["broken"]]) == (130, list(range(1, 101)))
    assert (await stored(day, Package))[0].counts["broken_count"] == 130
    assert (await acts_of(day, after=before))[-1].detail["broken"] == 130


async def test_a_package_may_be_larger_than_any_other_body_and_leaves_nothing_behind(day: Day) -> None:
    candidate = await day.entered(seconds=0)
    recording, track = day.recording(), candidate.tracks["camera"]
    filler = (5 * 2**20).to_bytes(4) + b"free" + bytes(5 * 2**20 - 8)
    items = [
        item("segment", track, recording.start_ms, filler + one.data, seq=one.seq, duration_ms=2000)
        for one in recording.segments
    ]
    assert given(await bring(day, await packed(day, candidate, items)))["stored"] == 3
    assert list(day.house.services.settings.scratch.iterdir()) == []


async def test_the_key_stays_the_same_when_the_house_is_started_again(day: Day) -> None:
    before = await key_of(day)
    assert len(before.public) == 65
    await day.restart()
    assert await key_of(day) == before


async def test_an_attempt_that_is_gone_gets_no_footage_any_more(day: Day) -> None:
    candidate = await day.entered(seconds=0)
    gone = "0198c0de-0000-7000-8000-000000000009"
    token = sign(day.house.services.keys.tokens, Claim("upload", gone, day.clock.now() + timedelta(days=1)))
    items = [item("page", "logbook", 1, LINES, seq=0)]
    answer = await bring(day, await packed(day, candidate, items, token=token, attempt_id=gone))
    assert refused(answer)[:2] == (404, "not_found")
    assert await stored(day, LogbookPage) == []
