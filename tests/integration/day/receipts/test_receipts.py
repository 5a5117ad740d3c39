"""Receipts: what the house holds of an attempt, signed; checked here without the house."""

from __future__ import annotations

import base64

import pytest
from sqlalchemy import select

from tests.factories.answers import given, refused
from tests.factories.day import API, Candidate, Day
from tests.factories.world import TIMINGS
from zhishi.day.attempts.queries import attempt_facts
from zhishi.day.receipts import actions
from zhishi.day.receipts.manifests import read_receipt
from zhishi.day.receipts.models import Receipt
from zhishi.day.receipts.recordings import check_recordings
from zhishi.foundation.audit import SYSTEM
from zhishi.foundation.audit.models import AuditEntry
from zhishi.foundation.kernel.clock import to_ms

TIME_FOR_UPLOADS_OVER_S = TIMINGS.answer_s + TIMINGS.phone_within_s


async def receipt_of(candidate: Candidate) -> str:
    answer = await candidate.client.get(f"{API}/home/attempts/{candidate.attempt_id}/receipt.json")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-disposition"].startswith("attachment; filename=")
    return answer.text


async def public_key(day: Day) -> bytes:
    return base64.b64decode((await day.nobody.get(f"{API}/receipts/key")).json()["public"])


async def finished(day: Day) -> Candidate:
    """A candidate whose two tracks were recorded for ten seconds, the screen with a hole."""
    candidate = await day.entered(seconds=0)
    recording = day.recording(5)
    await candidate.beat(recording, recording.segments[:3])
    await candidate.upload(recording)
    await candidate.upload(recording, kind="screen", skip=[2])
    day.at(10)
    await candidate.post("/attempt/end")
    return candidate


async def test_a_receipt_lists_what_is_held_and_what_is_not(day: Day) -> None:
    candidate = await finished(day)
    manifest = read_receipt(await receipt_of(candidate), public=await public_key(day))
    start = to_ms(day.world.starts)
    assert (manifest["attempt"], manifest["number"], manifest["final"]) == (candidate.attempt_id, 1, False)
    assert (manifest["entered_ms"], manifest["ended_ms"]) == (start, start + 10_000)
    camera, screen = manifest["tracks"]
    assert (camera["verdict"], camera["covered"], camera["gaps"]) == ("held", [[start, start + 10_000]], [])
    assert screen["verdict"] == "uploading"
    gap = {"from": start + 4000, "to": start + 6000, "cause": "not_yet_arrived", "side": "unknown"}
    assert screen["gaps"] == [gap]
    [epoch] = camera["epochs"]
    recording = day.recording(5)
    assert epoch["segments"] == [[s.seq, s.start_ms, s.duration_ms, len(s.data), s.sha256] for s in recording.segments]


async def test_a_receipt_tells_what_heartbeats_witnessed(day: Day) -> None:
    candidate = await day.entered(seconds=0)
    recording = day.recording(5)
    day.at(6)
    await candidate.beat(recording, recording.segments[:3])
    await candidate.upload(recording)
    day.at(10)
    await candidate.post("/attempt/end")
    camera = read_receipt(await receipt_of(candidate))["tracks"][0]
    start = recording.start_ms
    assert camera["witnessed"] == [[start, start + 6000]]
    assert camera["unwitnessed"] == [[start + 6000, start + 10_000]]


async def test_the_same_content_is_signed_once_and_more_of_it_makes_the_next_number(day: Day) -> None:
    candidate = await finished(day)
    first = await receipt_of(candidate)
    day.at(11)
    assert await receipt_of(candidate) == first
    recording = day.recording(5)
    await candidate.put_segment(recording, recording.segments[2], kind="screen")
    await day.reconcile()
    second = read_receipt(await receipt_of(candidate))
    assert (second["number"], second["final"]) == (2, True)
    assert [track["verdict"] for track in second["tracks"]] == ["complete", "complete"]
    async with day.house.services.database.reading() as session:
        kept = list(await session.scalars(select(Receipt.text).order_by(Receipt.number)))
        noted = list(await session.scalars(select(AuditEntry.detail).where(AuditEntry.action == "receipt.issued")))
    assert kept[0] == first
    assert [one["number"] for one in noted] == [1, 2]


async def test_a_receipt_is_final_only_when_all_that_came_was_read_back(day: Day) -> None:
    candidate = await finished(day)
    day.at(TIME_FOR_UPLOADS_OVER_S)
    early = read_receipt(await receipt_of(candidate))
    assert [track["verdict"] for track in early["tracks"]] == ["held", "incomplete"]
    assert [epoch["checked"] for track in early["tracks"] for epoch in track["epochs"]] == [False, False]
    assert early["final"] is False
    await day.reconcile()
    day.at(TIME_FOR_UPLOADS_OVER_S + 1)
    late = read_receipt(await receipt_of(candidate))
    assert [track["verdict"] for track in late["tracks"]] == ["complete", "incomplete"]
    assert (late["number"], late["final"]) == (2, True)


async def test_a_receipt_on_what_cannot_be_read_back_stays_interim(day: Day) -> None:
    candidate = await day.entered(seconds=0)
    recording = day.recording(5)
    await candidate.upload(recording)
    # The screen's init never comes, so nothing of it can be read.
    await candidate.put_segment(recording, recording.segments[0], kind="screen")
    day.at(TIME_FOR_UPLOADS_OVER_S)
    await day.reconcile()
    manifest = read_receipt(await receipt_of(candidate))
    assert [track["verdict"] for track in manifest["tracks"]] == ["complete", "incomplete"]
    assert manifest["final"] is False


async def test_a_receipt_on_nothing_is_final_once_the_time_is_over(day: Day) -> None:
    candidate = await day.entered(seconds=0)
    day.at(TIME_FOR_UPLOADS_OVER_S)
    manifest = read_receipt(await receipt_of(candidate))
    assert ([track["epochs"] for track in manifest["tracks"]], manifest["final"]) == ([[], []], True)


async def test_while_a_recording_grows_an_interim_receipt_is_good_for_a_minute(day: Day) -> None:
    candidate = await day.entered(seconds=0)
    await candidate.upload(day.recording(5), close=False)
    texts = []
    for seconds in (10, 11, 69.999, 70, 71):
        day.at(seconds)
        texts.append(await receipt_of(candidate))
    assert [read_receipt(text)["number"] for text in texts] == [1, 1, 1, 2, 2]
    async with day.house.services.database.reading() as session:
        kept = list(await session.scalars(select(Receipt.text).order_by(Receipt.number)))
        noted = list(await session.scalars(select(AuditEntry.id).where(AuditEntry.action == "receipt.issued")))
    assert (kept, len(noted)) == ([texts[0], texts[3]], 2)


async def test_what_was_looked_at_earlier_never_gets_the_later_number(day: Day) -> None:
    candidate = await finished(day)
    services = day.house.services
    looked = day.clock.now()
    async with services.database.reading() as session:
        attempt = await attempt_facts(session, candidate.attempt_id)
        older = await actions.describe(session, attempt, services.keys.receipts, now=looked)
    day.at(12)
    recording = day.recording(5)
    await candidate.put_segment(recording, recording.segments[2], kind="screen")
    newer = await receipt_of(candidate)
    async with services.database.writing() as session:
        again = await actions.issue(
            session, candidate.attempt_id, older, signer=services.keys.receipts, actor=SYSTEM, at=looked
        )
    assert (again.number, again.text) == (1, newer)


async def test_every_receipt_that_was_given_can_be_had_again_by_its_number(day: Day) -> None:
    candidate, staff = await finished(day), day.staff("support")
    first = await receipt_of(candidate)
    first_ms = to_ms(day.clock.now())
    second_ms = to_ms(day.at(100))
    recording = day.recording(5)
    await candidate.put_segment(recording, recording.segments[2], kind="screen")
    await day.reconcile()
    second = await receipt_of(candidate)
    given_ones = [
        {"number": 2, "issued_ms": second_ms, "final": True},
        {"number": 1, "issued_ms": first_ms, "final": False},
    ]
    for client, home in ((candidate.client, "/home"), (staff, "")):
        path = f"{API}{home}/attempts/{candidate.attempt_id}/receipts"
        assert given(await client.get(path)) == {"receipts": given_ones}
        assert [(await client.get(f"{path}/{number}.json")).text for number in (1, 2)] == [first, second]
        assert (await client.get(f"{path}/1.pdf")).content.startswith(b"%PDF-")
        for ending in ("json", "pdf"):
            assert refused(await client.get(f"{path}/3.{ending}")) == (404, "not_found", {})


async def test_downloaded_recordings_are_those_of_the_receipt(day: Day) -> None:
    candidate = await finished(day)
    manifest = read_receipt(await receipt_of(candidate))
    start, files = to_ms(day.world.starts), {}
    for kind in ("camera", "screen"):
        path = f"{API}/tracks/{candidate.tracks[kind]}/epochs/{start}/recording.mp4"
        files[kind] = (await day.staff("officer").get(path)).content
    assert [one.problem for one in check_recordings(manifest, files)] == [None, None]


async def test_a_receipt_holds_no_name_and_no_ticket(day: Day) -> None:
    candidate = await finished(day)
    text = await receipt_of(candidate)
    for secret in (candidate.who.name, candidate.who.ticket, candidate.who.id_tail):
        assert secret not in text


async def test_the_printed_receipt_is_a_pdf_with_words(day: Day) -> None:
    candidate = await finished(day)
    answer = await candidate.client.get(f"{API}/home/attempts/{candidate.attempt_id}/receipt.pdf")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    assert answer.content.startswith(b"%PDF-")
    # Fonts with the letters of both languages are in the file: without them it would hold a few kilobytes.
    assert len(answer.content) > 20_000


@pytest.mark.parametrize("name", ["receipt.json", "receipt.pdf", "receipts", "receipts/1.json", "receipts/1.pdf"])
async def test_nobody_gets_another_candidates_receipt(day: Day, name: str) -> None:
    one, other = await finished(day), await day.log_in(1)
    await receipt_of(one)
    answer = await other.client.get(f"{API}/home/attempts/{one.attempt_id}/{name}")
    assert refused(answer) == (404, "not_found", {})


async def test_staff_get_the_same_receipt(day: Day) -> None:
    candidate = await finished(day)
    answer = await day.staff("support").get(f"{API}/attempts/{candidate.attempt_id}/receipt.json")
    assert answer.text == await receipt_of(candidate)


async def test_before_entry_there_is_no_receipt(day: Day) -> None:
    candidate = await day.log_in()
    answer = await candidate.client.get(f"{API}/home/attempts/{candidate.attempt_id}/receipt.json")
    assert refused(answer) == (409, "nothing_recorded", {})


async def test_a_segment_that_does_not_decode_is_told_and_covers_nothing(day: Day) -> None:
    candidate = await day.entered(seconds=0)
    recording = day.recording(5)
    spoilt = undecodable(recording.segments[2].data)
    await candidate.put_init(recording)
    for segment in recording.segments:
        data = spoilt if segment.seq == 2 else segment.data
        await candidate.put_bytes(recording, segment, data)
    await candidate.close_epoch(recording)
    day.at(10)
    await candidate.post("/attempt/end")
    await day.reconcile()
    camera = read_receipt(await receipt_of(candidate))["tracks"][0]
    start = recording.start_ms
    gap = {"from": start + 4000, "to": start + 6000, "cause": "undecodable", "side": "unknown"}
    assert (camera["verdict"], camera["gaps"], camera["epochs"][0]["undecodable"]) == ("complete", [gap], [2])
    assert camera["covered"] == [[start, start + 4000], [start + 6000, start + 10_000]]


def undecodable(segment: bytes) -> bytes:
    """The same boxes with pictures that are none."""
    at = segment.index(b"mdat") + 4
    return segment[:at] + b"\xff" * (len(segment) - at)
