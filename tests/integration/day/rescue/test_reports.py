"""R9: a failed upload is reported within 30 minutes of the end, on the page or by telephone."""

from __future__ import annotations

import uuid
from typing import Any

from httpx import AsyncClient, Response
from sqlalchemy import event
from sqlalchemy.engine import Connection

from tests.factories.answers import acts_of, given, refused
from tests.factories.day import API, Candidate, Day
from zhishi.foundation.kernel.clock import to_ms

END, UNTIL = 900, 900 + 1800


async def report(candidate: Candidate, **body: Any) -> Response:
    return await candidate.client.post(f"{API}/attempt/upload-report", json=body)


async def call(day: Day, candidate: Candidate, called: float, *, note: str = "停电，手机打来", **body: Any) -> Response:
    """Support logs a call that came so many seconds from T0."""
    called_ms = to_ms(day.world.starts) + int(called * 1000)
    return await day.staff("support").post(
        f"{API}/attempts/{candidate.attempt_id}/upload-reports", json={"called_at_ms": called_ms, "note": note, **body}
    )


async def close(day: Day, report_id: str, outcome: str = "arrived", note: str = "") -> Response:
    body = {"outcome": outcome, "note": note}
    return await day.staff("officer").post(f"{API}/upload-reports/{report_id}/close", json=body)


async def listed(day: Day, **query: int) -> dict[str, Any]:
    return given(await day.staff("support").get(f"{API}/upload-reports", params=query))


async def test_the_button_opens_a_report_with_the_ledger_of_that_moment(day: Day) -> None:
    candidate = await day.entered(seconds=0)
    await candidate.upload(day.recording(5), skip=(2,))
    mine = f"{API}/attempt/upload-report"
    assert (await candidate.client.get(mine)).json() is None
    day.at(UNTIL - 0.001)
    held = await candidate.completeness()
    broken = given(await day.staff("support").get(f"{API}/attempts/{candidate.attempt_id}/interruptions"))
    found = given(await report(candidate, note="进度不动了"))
    assert found == {
        "report_id": found["report_id"],
        "at_ms": to_ms(day.clock.now()),
        "by": "candidate",
        "called_at_ms": None,
        "state": "open",
        "closed_ms": None,
        "outcome": None,
    }
    assert given(await candidate.client.get(mine)) == found
    # What comes afterwards changes nothing of what was held when the report came.
    await candidate.put_segment(day.recording(5), day.recording(5).segments[2])
    [row] = (await listed(day))["rows"]
    assert row == {
        **found,
        "attempt_id": candidate.attempt_id,
        "sitting_id": day.world.sitting_id,
        "sitting_name": "上午场",
        "time_zone": "Asia/Shanghai",
        "ticket": candidate.who.ticket,
        "name": candidate.who.name,
        "in_time": True,
        "report_until_ms": to_ms(day.world.starts) + UNTIL * 1000,
        "note": "进度不动了",
        "logged_by": None,
        "ledger": {"completeness": held, "interruptions": broken["interruptions"]},
        "closed_by": None,
        "closing_note": None,
    }
    assert row["ledger"]["completeness"]["tracks"][0]["gaps"] != []
    assert row["ledger"]["interruptions"] != []


async def test_while_a_report_is_open_there_is_no_second_one(day: Day) -> None:
    candidate = await day.entered(seconds=0)
    day.at(END)
    first = given(await report(candidate))
    day.at(UNTIL + 60)
    assert given(await report(candidate, note="还没好")) == first
    assert (await listed(day))["total"] == 1


async def test_a_report_before_the_end_or_after_the_deadline_is_refused_with_what_to_do(day: Day) -> None:
    candidate = await day.entered(seconds=0)
    day.at(END - 0.001)
    assert refused(await report(candidate)) == (409, "report_too_early", {})
    until_ms = to_ms(day.at(UNTIL))
    late = await report(candidate)
    assert refused(late) == (409, "report_too_late", {"until_ms": until_ms})
    assert "技术服务电话" in late.json()["error"]["message"]["zh"]
    assert (await listed(day))["total"] == 0


async def test_who_ended_early_can_report_at_once(day: Day) -> None:
    candidate = await day.entered(seconds=0)
    day.at(60)
    await candidate.post("/attempt/end")
    assert given(await report(candidate))["state"] == "open"


async def test_a_call_counts_by_the_time_of_the_call_and_not_of_its_logging(day: Day) -> None:
    candidate = await day.entered(seconds=0)
    day.at(UNTIL + 7200)
    in_time, late = given(await call(day, candidate, UNTIL - 1)), given(await call(day, candidate, UNTIL))
    assert (in_time["in_time"], late["in_time"]) == (True, False)
    assert in_time["by"] == "phone_call"
    assert in_time["called_at_ms"] == to_ms(day.world.starts) + (UNTIL - 1) * 1000
    assert in_time["at_ms"] == to_ms(day.clock.now())
    assert in_time["logged_by"] == day.world.staff["support"].display_name
    # Logged twice by a second click, it is one call.
    assert given(await call(day, candidate, UNTIL - 1)) == in_time
    assert (await listed(day))["total"] == 2


async def test_a_call_while_the_exam_runs_is_logged_at_once_at_its_own_time(day: Day) -> None:
    # F10.5: the power fails nine minutes after T0, and the candidate does not wait for the end to call.
    candidate = await day.entered(seconds=0)
    day.at(560)
    at_once = given(await call(day, candidate, 540))
    assert (at_once["called_at_ms"], at_once["in_time"]) == (to_ms(day.world.starts) + 540_000, True)
    # Another one who called then is written down when the desk has time for it.
    day.at(UNTIL + 60)
    later = given(await call(day, candidate, 545))
    assert (later["called_at_ms"], later["in_time"]) == (to_ms(day.world.starts) + 545_000, True)


async def test_a_call_before_the_entry_or_in_the_future_cannot_have_been(day: Day) -> None:
    candidate = await day.entered(seconds=-300)
    day.at(END + 60)
    began_ms = to_ms(day.world.starts) - 300_000
    for called in (-300.001, END + 60.001):
        assert refused(await call(day, candidate, called)) == (422, "call_time_invalid", {"began_ms": began_ms})
    for called in (-300, END + 60):
        given(await call(day, candidate, called))


async def test_who_has_not_entered_can_have_called_from_the_login_on(day: Day) -> None:
    day.at(-600)
    candidate = await day.log_in()
    day.at(-500)
    began_ms = to_ms(day.world.starts) - 600_000
    assert refused(await call(day, candidate, -600.001)) == (422, "call_time_invalid", {"began_ms": began_ms})
    assert given(await call(day, candidate, -600))["ledger"]["completeness"]["entered_ms"] is None


async def test_who_calls_is_found_by_the_ticket_number(day: Day) -> None:
    day.at(-86_400)
    rehearsal = await day.log_in_to_rehearsal(0)
    candidate = await day.entered(0, seconds=0)
    await day.entered(1, seconds=0)

    async def found(ticket: str) -> list[dict[str, Any]]:
        query = {"ticket": ticket}
        callers: list[dict[str, Any]] = given(
            await day.staff("support").get(f"{API}/upload-reports/callers", params=query)
        )["callers"]
        return callers

    real, _ = await found(f" {candidate.who.ticket} ")
    assert real == {
        "attempt_id": candidate.attempt_id,
        "ticket": candidate.who.ticket,
        "name": candidate.who.name,
        "exam_title": "示范市公开招聘线上面试",
        "sitting_name": "上午场",
        "kind": "real",
        "time_zone": "Asia/Shanghai",
        "ended_ms": None,
        "report_until_ms": to_ms(day.world.starts) + UNTIL * 1000,
    }
    day.at(END)
    assert [(one["attempt_id"], one["ended_ms"] is not None) for one in await found(candidate.who.ticket)] == [
        (candidate.attempt_id, True),
        (rehearsal.attempt_id, True),
    ]
    assert await found("ZKZ-NONE") == []


async def test_a_call_needs_a_note_that_can_be_kept(day: Day) -> None:
    candidate = await day.entered(seconds=0)
    day.at(END + 60)
    for note in ("", "  ", "x" * 501, "a\x00b"):
        assert refused(await call(day, candidate, END, note=note))[:2] == (422, "input_invalid"), note
    assert given(await call(day, candidate, END, note="  家里停电  "))["note"] == "家里停电"


async def test_the_candidate_sees_a_call_as_a_report_but_nothing_that_staff_wrote(day: Day) -> None:
    candidate = await day.entered(seconds=0)
    day.at(END + 60)
    logged = given(await call(day, candidate, END + 30, note="李老师接的电话"))
    shown = await report(candidate)
    assert given(shown)["report_id"] == logged["report_id"]
    assert "李老师" not in shown.text
    assert day.world.staff["support"].display_name not in shown.text


async def test_a_report_is_closed_once_with_its_outcome(day: Day) -> None:
    candidate = await day.entered(seconds=0)
    day.at(END)
    opened = given(await report(candidate))
    day.at(END + 600)
    closed = given(await close(day, opened["report_id"], "package", "U 盘已导入"))
    assert (closed["state"], closed["outcome"], closed["closing_note"]) == ("closed", "package", "U 盘已导入")
    assert (closed["closed_ms"], closed["closed_by"]) == (
        to_ms(day.clock.now()),
        day.world.staff["officer"].display_name,
    )
    assert refused(await close(day, opened["report_id"], "lost")) == (409, "report_closed", {"outcome": "package"})
    assert given(await candidate.client.get(f"{API}/attempt/upload-report"))["outcome"] == "package"
    # It fails again: that is another report, and in time still.
    assert given(await report(candidate))["report_id"] != opened["report_id"]
    assert refused(await close(day, "none"))[:2] == (404, "not_found")
    assert refused(await close(day, opened["report_id"], "guilty"))[:2] == (422, "input_invalid")


async def test_open_reports_come_first_the_longest_waiting_before_the_others(day: Day) -> None:
    one, other = await day.entered(0, seconds=0), await day.entered(1, seconds=0)
    reports = {}
    for seconds, name, candidate in ((0, "a", one), (1, "b", other), (2, "c", one), (3, "d", other)):
        day.at(END + 60 + seconds)
        reports[name] = given(await call(day, candidate, END + seconds))["report_id"]
    for seconds, name in ((10, "a"), (20, "c")):
        day.at(END + 60 + seconds)
        given(await close(day, reports[name]))
    names = {report_id: name for name, report_id in reports.items()}
    found = await listed(day)
    assert (found["total"], found["open"]) == (4, 2)
    assert [names[row["report_id"]] for row in found["rows"]] == ["b", "d", "c", "a"]
    page = await listed(day, offset=1, limit=2)
    assert (page["total"], [names[row["report_id"]] for row in page["rows"]]) == (4, ["d", "c"])


async def test_reports_are_on_record_without_their_notes(day: Day) -> None:
    candidate = await day.entered(seconds=0)
    day.at(END + 60)
    before = len(await acts_of(day))
    first = given(await report(candidate, note="我是张泄露"))["report_id"]
    second = given(await call(day, candidate, END + 30, note="张泄露来电"))["report_id"]
    given(await close(day, second, "withdrawn", "张泄露说好了"))
    rows = await acts_of(day, after=before)
    assert [(row.action, row.actor_kind, row.subject_id, row.detail["report"]) for row in rows] == [
        ("upload_report.opened", "candidate", candidate.attempt_id, first),
        ("upload_report.opened", "staff", candidate.attempt_id, second),
        ("upload_report.closed", "staff", candidate.attempt_id, second),
    ]
    assert "张泄露" not in "".join(str(row.detail) for row in rows)


async def at_home(day: Day, candidate: Candidate) -> AsyncClient:
    """A browser that never saw the exam, at the home page of its candidate."""
    who, browser = candidate.who, day.visitor()
    login = {"ticket": who.ticket, "id_tail": who.id_tail, "secret": who.home_secret, "device": str(uuid.uuid4())}
    given(await browser.post(f"{API}/home/logins", json=login), 201)
    return browser


async def test_a_report_can_be_made_and_seen_from_the_home_page(day: Day) -> None:
    candidate = await day.entered(seconds=0)
    home = await at_home(day, candidate)
    mine = f"{API}/home/attempts/{candidate.attempt_id}/upload-report"
    assert refused(await home.post(mine, json={}))[:2] == (409, "report_too_early")
    day.at(UNTIL - 1)
    assert (await home.get(mine)).json() is None
    found = given(await home.post(mine, json={"note": "手机没传完"}))
    # It is the same report on whichever page it is asked for or made again.
    assert given(await report(candidate)) == found
    assert given(await home.get(mine)) == given(await candidate.client.get(f"{API}/attempt/upload-report")) == found
    given(await close(day, found["report_id"], "arrived"))
    day.at(UNTIL)
    shown = given(await home.get(mine))
    assert (shown["state"], shown["outcome"]) == ("closed", "arrived")
    assert refused(await home.post(mine, json={}))[:2] == (409, "report_too_late")


async def test_nobody_reports_or_sees_a_report_for_another_one(day: Day) -> None:
    one, other = await day.entered(0, seconds=0), await day.entered(1, seconds=0)
    day.at(END)
    given(await report(one))
    theirs = f"{API}/home/attempts/{one.attempt_id}/upload-report"
    for client in (await at_home(day, other), other.client):
        assert refused(await client.get(theirs))[:2] == (404, "not_found")
        assert refused(await client.post(theirs, json={}))[:2] == (404, "not_found")
    assert (await listed(day))["total"] == 1


async def test_what_is_held_is_read_before_the_turn_to_write_is_taken(day: Day) -> None:
    candidate = await day.entered(seconds=0)
    await candidate.upload(day.recording(5), skip=(2,))
    day.at(END + 60)
    read: list[bool] = []

    def note(connection: Connection, _cursor: Any, statement: str, *_: Any) -> None:
        if "FROM segments" in statement:
            read.append("zhishi_write" in connection.get_execution_options())

    engine = day.house.services.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    given(await call(day, candidate, END))
    given(await close(day, (await listed(day))["rows"][0]["report_id"]))
    given(await report(candidate))
    event.remove(engine, "before_cursor_execute", note)
    # Every recorder of the house waits while somebody writes (SQLite): the whole recording is not read then.
    assert set(read) == {False}
    assert [row["ledger"]["completeness"]["tracks"][0]["gaps"] for row in (await listed(day))["rows"]].count([]) == 0


async def test_a_rehearsal_has_a_deadline_of_its_own(day: Day) -> None:
    day.at(-86_400)
    candidate = await day.log_in_to_rehearsal()
    await candidate.enter()
    # A minute to T0, two to answer, thirty to report.
    for seconds, expected in ((179.999, "report_too_early"), (1980, "report_too_late")):
        day.at(-86_400 + seconds)
        assert refused(await report(candidate))[1] == expected
    day.at(-86_400 + 1979.999)
    assert given(await report(candidate))["state"] == "open"
