"""Sheets: allocated by the reconciler, scored blind, saved exactly, locked when submitted (D4)."""

from __future__ import annotations

import asyncio
import json
import uuid
from typing import Any

import pytest
from httpx import AsyncClient, Response

from tests.factories.day import API, Candidate, Day
from tests.factories.world import QUESTION
from zhishi.foundation.kernel.clock import to_ms

WHOLE = {"analysis": "21.5", "expression": "12"}


def refused(answer: Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def draft(revision: int = 0, **changes: Any) -> dict[str, Any]:
    return {"revision": revision, "marks": WHOLE, "comment": "", "notes": [], **changes}


async def scored(day: Day, index: int = 0) -> Candidate:
    """A candidate whose recording is whole and whose sheets exist."""
    candidate = await day.entered(index, seconds=0)
    recording = day.recording(3, shade=index)
    for kind in ("camera", "screen"):
        await candidate.upload(recording, kind=kind)
    day.at(6)
    await candidate.post("/attempt/end")
    await day.reconcile()
    return candidate


async def listed(client: AsyncClient) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await client.get(f"{API}/sheets")).json()["sheets"]
    return found


async def first_sheet(client: AsyncClient) -> str:
    found: str = (await listed(client))[0]["sheet_id"]
    return found


async def test_every_examiner_gets_a_sheet_for_every_attempt_that_is_over(day: Day) -> None:
    one, other = await day.entered(0, seconds=0), await day.entered(1, seconds=0)
    await day.log_in(2)
    day.at(10)
    await day.reconcile()
    assert await listed(day.staff("examiner")) == []
    await one.post("/attempt/end")
    await day.reconcile()
    assert [len(await listed(day.staff(name))) for name in ("examiner", "examiner2")] == [1, 1]
    day.at(900)
    await day.reconcile()
    await day.reconcile()
    lots = sorted([(await candidate.situation())["lot"] for candidate in (one, other)])
    for name in ("examiner", "examiner2"):
        assert [sheet["lot"] for sheet in await listed(day.staff(name))] == lots


async def test_ids_of_sheets_are_random_and_differ_between_examiners(day: Day) -> None:
    await scored(day)
    ids = [await first_sheet(day.staff(name)) for name in ("examiner", "examiner2")]
    assert len(set(ids)) == 2
    assert {uuid.UUID(one).version for one in ids} == {4}


async def test_a_sheet_shows_the_scheme_the_questions_and_the_camera(day: Day) -> None:
    await scored(day)
    examiner = day.staff("examiner")
    sheet = await first_sheet(examiner)
    found = (await examiner.get(f"{API}/sheets/{sheet}")).json()
    start = to_ms(day.world.starts)
    assert {
        key: found[key] for key in ("sheet_id", "position", "count", "previous_id", "next_id", "examiner_label")
    } == {
        "sheet_id": sheet,
        "position": 1,
        "count": 1,
        "previous_id": None,
        "next_id": None,
        "examiner_label": "01",
    }
    assert (found["state"], found["revision"], found["total"], found["submitted_ms"]) == ("open", 0, None, None)
    assert found["marks"] == {"analysis": None, "expression": None}
    assert (found["from_ms"], found["to_ms"], found["playable"], found["why"]) == (start, start + 6000, True, None)
    assert [element["maximum"] for element in found["scheme"]["elements"]] == ["25", "15"]
    assert found["questions"] == [{"title": "第一题", "text": QUESTION}]
    assert found["tracks"] == [
        {
            "kind": "camera",
            "playlist_url": f"/api/v1/sheets/{sheet}/tracks/camera/playlist.m3u8",
            "covered": [[start, start + 6000]],
            "gaps": [],
        }
    ]


async def test_sheets_know_their_neighbours_in_the_order_of_lots(day: Day) -> None:
    await scored(day, 0)
    await scored(day, 1)
    examiner = day.staff("examiner")
    ids = [sheet["sheet_id"] for sheet in await listed(examiner)]
    views = [(await examiner.get(f"{API}/sheets/{one}")).json() for one in ids]
    assert [(view["position"], view["previous_id"], view["next_id"]) for view in views] == [
        (1, None, ids[1]),
        (2, ids[0], None),
    ]
    assert [view["lot"] for view in views] == sorted(view["lot"] for view in views)


async def test_a_recording_that_is_still_being_uploaded_is_not_shown_and_not_scored_yet(day: Day) -> None:
    candidate = await day.entered(seconds=0)
    recording = day.recording(3)
    await candidate.upload(recording, skip=[1])
    day.at(900)
    await day.reconcile()
    examiner = day.staff("examiner")
    [item] = await listed(examiner)
    assert (item["playable"], item["why"]) == (False, "still_uploading")
    sheet = f"{API}/sheets/{item['sheet_id']}"
    view = (await examiner.get(sheet)).json()
    assert (view["playable"], view["why"], view["tracks"]) == (False, "still_uploading", [])
    epoch = f"{sheet}/tracks/camera/epochs/{recording.start_ms}"
    for address in (f"{sheet}/tracks/camera/playlist.m3u8", f"{epoch}/init", f"{epoch}/segments/0"):
        assert (await examiner.get(address)).status_code == 404
    await examiner.put(f"{sheet}/draft", json=draft())
    answer = await examiner.post(f"{sheet}/submission", json={"revision": 1})
    assert refused(answer) == (409, "sheet_not_playable")
    await candidate.put_segment(recording, recording.segments[1])
    assert (await examiner.get(sheet)).json()["playable"] is True
    assert (await examiner.post(f"{sheet}/submission", json={"revision": 1})).status_code == 200


@pytest.mark.parametrize(("seconds", "playable"), [(900 + 3600 - 0.001, False), (900 + 3600, True)])
async def test_an_hour_after_the_end_what_there_is_can_be_watched(day: Day, seconds: float, playable: bool) -> None:
    candidate = await day.entered(seconds=0)
    await candidate.upload(day.recording(3), skip=[1])
    day.at(seconds)
    await day.reconcile()
    [item] = await listed(day.staff("examiner"))
    assert item["playable"] is playable


async def test_marks_are_saved_as_typed_and_added_exactly(day: Day) -> None:
    await scored(day)
    examiner = day.staff("examiner")
    sheet = f"{API}/sheets/{await first_sheet(examiner)}"
    notes = [{"at_ms": 1500, "text": "举例具体"}]
    saved_ms = to_ms(day.at(100))
    answer = await examiner.put(f"{sheet}/draft", json=draft(comment="条理清楚", notes=notes))
    assert (answer.status_code, answer.json()) == (200, {"revision": 1, "saved_ms": saved_ms, "total": "33.5"})
    found = (await examiner.get(sheet)).json()
    assert (found["state"], found["marks"], found["comment"], found["notes"], found["total"]) == (
        "draft",
        WHOLE,
        "条理清楚",
        notes,
        "33.5",
    )
    [item] = await listed(examiner)
    assert (item["state"], item["total"], item["maximum"]) == ("draft", "33.5", "40")


async def test_a_draft_may_leave_marks_out(day: Day) -> None:
    await scored(day)
    examiner = day.staff("examiner")
    sheet = f"{API}/sheets/{await first_sheet(examiner)}"
    for revision, (marks, total) in enumerate([({"analysis": "0"}, "0"), ({"analysis": None}, None), ({}, None)]):
        answer = await examiner.put(f"{sheet}/draft", json=draft(revision, marks=marks))
        assert answer.json()["total"] == total
    answer = await examiner.post(f"{sheet}/submission", json={"revision": 3})
    assert refused(answer) == (422, "marks_missing")
    assert answer.json()["error"]["detail"] == {"elements": ["analysis", "expression"]}


async def test_marks_that_cannot_stand_are_named_and_nothing_is_saved(day: Day) -> None:
    await scored(day)
    examiner = day.staff("examiner")
    sheet = f"{API}/sheets/{await first_sheet(examiner)}"
    await examiner.put(f"{sheet}/draft", json=draft())
    before = (await examiner.get(sheet)).json()
    bad = {"analysis": "25.5", "expression": "1.25", "charm": "1"}
    answer = await examiner.put(f"{sheet}/draft", json=draft(1, marks=bad, comment="changed"))
    assert refused(answer) == (422, "mark_invalid")
    assert sorted(answer.json()["error"]["detail"]["elements"], key=lambda one: one["element"]) == [
        {"element": "analysis", "problem": "out_of_range"},
        {"element": "charm", "problem": "unknown_element"},
        {"element": "expression", "problem": "off_the_grid"},
    ]
    for mark in ("NaN", "1e1", "0E-99999999", "１", "", "-1", "9" * 1000):
        answer = await examiner.put(f"{sheet}/draft", json=draft(1, marks={"analysis": mark}))
        assert refused(answer) == (422, "mark_invalid"), mark
    assert (await examiner.get(sheet)).json() == before


async def test_a_draft_that_makes_no_sense_is_refused(day: Day) -> None:
    await scored(day)
    examiner = day.staff("examiner")
    sheet = f"{API}/sheets/{await first_sheet(examiner)}"
    bad: list[dict[str, Any]] = [
        {"revision": -1},
        {"revision": "x"},
        {"marks": None},
        {"marks": {"analysis": 5}},
        {"marks": {str(n): "1" for n in range(41)}},
        {"comment": "x" * 4001},
        {"comment": "\ud800"},
        {"notes": [{"at_ms": -1, "text": "x"}]},
        {"notes": [{"at_ms": 0, "text": ""}]},
        {"notes": [{"at_ms": 0, "text": "x" * 501}]},
        {"notes": [{"at_ms": 0, "text": "x"}] * 501},
    ]
    for change in bad:
        # As JSON with its escapes: a half of a surrogate pair cannot be sent otherwise.
        content = json.dumps({**draft(), **change})
        answer = await examiner.put(f"{sheet}/draft", content=content, headers={"Content-Type": "application/json"})
        assert refused(answer) == (422, "input_invalid"), change
    assert (await examiner.get(sheet)).json()["revision"] == 0


async def test_a_zero_byte_in_a_comment_breaks_nothing(day: Day) -> None:
    await scored(day)
    examiner = day.staff("examiner")
    sheet = f"{API}/sheets/{await first_sheet(examiner)}"
    answer = await examiner.put(f"{sheet}/draft", json=draft(comment="a\x00b"))
    assert answer.status_code in (200, 422)
    assert (await examiner.get(sheet)).json()["revision"] == (1 if answer.status_code == 200 else 0)


async def test_a_sheet_saved_in_another_window_is_not_overwritten_unseen(day: Day) -> None:
    await scored(day)
    examiner = day.staff("examiner")
    sheet = f"{API}/sheets/{await first_sheet(examiner)}"
    assert (await examiner.put(f"{sheet}/draft", json=draft(0))).json()["revision"] == 1
    answer = await examiner.put(f"{sheet}/draft", json=draft(0, comment="another window"))
    assert refused(answer) == (409, "sheet_changed_elsewhere")
    assert answer.json()["error"]["detail"] == {"revision": 1}
    assert refused(await examiner.post(f"{sheet}/submission", json={"revision": 0})) == (409, "sheet_changed_elsewhere")
    assert (await examiner.get(sheet)).json()["comment"] == ""


async def test_of_two_windows_that_save_at_once_one_is_told(day: Day) -> None:
    await scored(day)
    examiner = day.staff("examiner")
    sheet = f"{API}/sheets/{await first_sheet(examiner)}"
    for revision in range(5):
        answers = await asyncio.gather(
            *(examiner.put(f"{sheet}/draft", json=draft(revision, comment=text)) for text in ("one", "other", "third"))
        )
        assert sorted(answer.status_code for answer in answers) == [200, 409, 409]
        winner = ("one", "other", "third")[[answer.status_code for answer in answers].index(200)]
        found = (await examiner.get(sheet)).json()
        assert (found["comment"], found["revision"]) == (winner, revision + 1)


async def test_a_submitted_sheet_is_locked(day: Day) -> None:
    await scored(day)
    examiner = day.staff("examiner")
    sheet = f"{API}/sheets/{await first_sheet(examiner)}"
    await examiner.put(f"{sheet}/draft", json=draft())
    submitted_ms = to_ms(day.at(200))
    answer = await examiner.post(f"{sheet}/submission", json={"revision": 1})
    found = answer.json()
    assert (found["state"], found["total"], found["submitted_ms"]) == ("submitted", "33.5", submitted_ms)
    day.at(300)
    assert refused(await examiner.put(f"{sheet}/draft", json=draft(1))) == (409, "sheet_submitted")
    assert refused(await examiner.post(f"{sheet}/submission", json={"revision": 1})) == (409, "sheet_submitted")
    assert (await examiner.get(sheet)).json() == found
    assert (await examiner.get(f"{API}/sheets")).json()["done"] == 1


async def test_another_examiners_sheet_does_not_exist(day: Day) -> None:
    await scored(day)
    mine, theirs = day.staff("examiner"), await first_sheet(day.staff("examiner2"))
    sheet, epoch = f"{API}/sheets/{theirs}", day.recording(3).start_ms
    answers = [
        await mine.get(sheet),
        await mine.put(f"{sheet}/draft", json=draft()),
        await mine.post(f"{sheet}/submission", json={"revision": 0}),
        await mine.get(f"{sheet}/tracks/camera/playlist.m3u8"),
        await mine.get(f"{sheet}/tracks/camera/epochs/{epoch}/init"),
        await mine.get(f"{sheet}/tracks/camera/epochs/{epoch}/segments/0"),
    ]
    assert [refused(answer) for answer in answers] == [(404, "not_found")] * 6


async def test_two_examiners_score_without_seeing_each_other(day: Day) -> None:
    await scored(day)
    one, other = day.staff("examiner"), day.staff("examiner2")
    sheet = f"{API}/sheets/{await first_sheet(one)}"
    await one.put(f"{sheet}/draft", json=draft(comment="only mine"))
    await one.post(f"{sheet}/submission", json={"revision": 1})
    [item] = await listed(other)
    assert (item["state"], item["total"]) == ("open", None)
    view = (await other.get(f"{API}/sheets/{item['sheet_id']}")).json()
    assert (view["marks"], view["comment"], view["examiner_label"]) == (
        {"analysis": None, "expression": None},
        "",
        "02",
    )


async def test_every_save_and_submission_is_on_record(day: Day) -> None:
    from sqlalchemy import select

    from zhishi.foundation.audit.models import AuditEntry

    await scored(day)
    examiner = day.staff("examiner")
    sheet = await first_sheet(examiner)
    await examiner.put(f"{API}/sheets/{sheet}/draft", json=draft())
    await examiner.post(f"{API}/sheets/{sheet}/submission", json={"revision": 1})
    async with day.house.services.database.reading() as session:
        rows = await session.scalars(
            select(AuditEntry).where(AuditEntry.subject_id == sheet).order_by(AuditEntry.at, AuditEntry.id)
        )
        entries = [(row.action, row.actor_kind, row.actor_id, row.detail) for row in rows]
    staff_id = day.world.staff["examiner"].staff_id
    assert [entry[:3] for entry in entries] == [
        ("sheet.opened", "system", None),
        ("sheet.saved", "staff", staff_id),
        ("sheet.submitted", "staff", staff_id),
    ]
    assert entries[-1][3] == {"revision": 1, "marks": WHOLE, "total": "33.5"}


async def test_a_recording_whose_upload_was_reported_is_not_scored_until_that_is_settled(day: Day) -> None:
    candidate = await day.entered(seconds=0)
    await candidate.upload(day.recording(3), skip=[1])
    day.at(901)
    report = (await candidate.post("/attempt/upload-report", {})).json()
    day.at(900 + 3600)
    await day.reconcile()
    examiner = day.staff("examiner")
    [item] = await listed(examiner)
    assert (item["playable"], item["why"]) == (False, "upload_reported")
    [one] = (await day.staff("officer").get(f"{API}/upload-reports")).json()["rows"]
    closing = {"outcome": "lost", "note": ""}
    assert (await day.staff("officer").post(f"{API}/upload-reports/{one['report_id']}/close", json=closing)).is_success
    [item] = await listed(examiner)
    assert (item["playable"], item["why"]) == (True, None), report
