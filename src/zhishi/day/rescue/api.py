"""Routes of the last resort: packages for support, reports for candidates and for whoever takes their calls."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Any

from fastapi import Query, Request
from starlette.requests import ClientDisconnect

from zhishi.before.staff.access import DESK, Me, acting
from zhishi.day.attempts.access import CANDIDATE, AttemptId
from zhishi.day.attempts.queries import AttemptFacts, attempt_facts
from zhishi.day.identity.access import AT_HOME, MyRegistration
from zhishi.day.rescue import actions, queries
from zhishi.day.rescue.imports import import_package
from zhishi.day.rescue.packages import PackageCutShort
from zhishi.day.rescue.receiving import Dock
from zhishi.day.rescue.schemas import (
    CallerList,
    Closing,
    MyReport,
    NewCall,
    NewReport,
    PackageImport,
    PackageKey,
    ReportList,
    ReportView,
)
from zhishi.foundation.edge.doors import PUBLIC, Door
from zhishi.foundation.edge.services import Services
from zhishi.foundation.edge.transactions import Here, Look, Work
from zhishi.foundation.kernel.errors import NotFound

door = Door("/api/v1", tag="rescue")

PACKAGES = "/packages"
# Counts its own body, which is larger than any other.
IMPORT_ROUTE = ("POST", door.prefix + PACKAGES)


@door.get(f"{PACKAGES}/key", access=PUBLIC, summary="The public key to which packages are encrypted")
async def read_key(services: Here) -> PackageKey:
    key = services.keys.packages
    return PackageKey(id=key.id, public=base64.b64encode(key.public).decode())


@door.post(PACKAGES, access=DESK, summary="Import a package, which is the body as it is")
async def import_one(request: Request, me: Me, services: Here) -> PackageImport:
    length = request.headers.get("content-length", "")
    declared = int(length) if length.isdigit() else None
    async with services.get(Dock).receive(_body_of(request), declared=declared) as file:
        return await import_package(services, file, actor=acting(me))


async def _body_of(request: Request) -> AsyncIterator[bytes]:
    """The body as it comes. Raises `PackageCutShort` if it breaks off."""
    try:
        async for piece in request.stream():
            yield piece
    except ClientDisconnect:
        raise PackageCutShort() from None


@door.get("/attempt/upload-report", access=CANDIDATE, summary="My newest report of a failed upload")
async def read_mine(mine: AttemptId, look: Look) -> MyReport | None:
    return await queries.newest_of(look, mine)


@door.post("/attempt/upload-report", access=CANDIDATE, summary="Report that the upload failed")
async def report_mine(request: NewReport, mine: AttemptId, services: Here) -> MyReport:
    return await _report(services, mine, request)


# The same from the home page, which is open to who has left the exam, or lost the computer that it was taken on.
@door.get("/home/attempts/{attempt_id}/upload-report", access=AT_HOME, summary="The newest report on one's own attempt")
async def read_own(attempt_id: str, mine: MyRegistration, look: Look) -> MyReport | None:
    _check_own(await attempt_facts(look, attempt_id), mine)
    return await queries.newest_of(look, attempt_id)


@door.post("/home/attempts/{attempt_id}/upload-report", access=AT_HOME, summary="Report that its upload failed")
async def report_own(attempt_id: str, request: NewReport, mine: MyRegistration, services: Here) -> MyReport:
    return await _report(services, attempt_id, request, of=mine)


async def _report(services: Services, attempt_id: str, request: NewReport, *, of: str | None = None) -> MyReport:
    now = services.clock.now()
    ledger = await _snapshot(services, attempt_id, now=now, of=of)
    async with services.database.writing() as work:
        attempt = await attempt_facts(work, attempt_id, for_change=True)
        report = await actions.report_failure(work, attempt=attempt, note=request.note, ledger=ledger, at=now)
        return queries.present_mine(report)


async def _snapshot(services: Services, attempt_id: str, *, now: datetime, of: str | None = None) -> dict[str, Any]:
    """What a report keeps of an attempt. Read before it is written: those who record do not wait for those who read."""
    async with services.database.reading() as look:
        attempt = await attempt_facts(look, attempt_id)
        if of is not None:
            _check_own(attempt, of)
        return await queries.snapshot(look, attempt, now=now)


def _check_own(attempt: AttemptFacts, registration_id: str) -> None:
    if attempt.attempt.registration_id != registration_id:
        raise NotFound()


@door.get("/upload-reports", access=DESK, summary="Reports of failed uploads, the open ones first")
async def list_reports(
    look: Look,
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> ReportList:
    total, still_open = await queries.counts(look)
    page = await queries.page_of_reports(look, offset=offset, limit=limit)
    return ReportList(total=total, open=still_open, rows=await queries.present_reports(look, page))


@door.get("/upload-reports/callers", access=DESK, summary="The attempts under a ticket number, to log a call about one")
async def find_callers(
    look: Look, services: Here, ticket: Annotated[str, Query(min_length=1, max_length=32, pattern=r"^[^\x00]*$")]
) -> CallerList:
    return CallerList(callers=await queries.callers(look, ticket.strip(), now=services.clock.now()))


@door.post("/attempts/{attempt_id}/upload-reports", access=DESK, summary="Log a call to the hotline as a report")
async def log_call(attempt_id: str, call: NewCall, me: Me, services: Here) -> ReportView:
    now = services.clock.now()
    ledger = await _snapshot(services, attempt_id, now=now)
    async with services.database.writing() as work:
        attempt = await attempt_facts(work, attempt_id, for_change=True)
        report = await actions.log_call(
            work, attempt=attempt, called_ms=call.called_at_ms, note=call.note, ledger=ledger, staff_id=me.id, at=now
        )
        [view] = await queries.present_reports(work, [report])
        return view


@door.post("/upload-reports/{report_id}/close", access=DESK, summary="Say how a report was settled")
async def close(report_id: str, closing: Closing, me: Me, work: Work, services: Here) -> ReportView:
    report = await queries.report_for_change(work, report_id)
    attempt = await attempt_facts(work, report.attempt_id)
    await actions.close_report(
        work,
        report=report,
        attempt=attempt.attempt,
        outcome=closing.outcome,
        note=closing.note,
        staff_id=me.id,
        at=services.clock.now(),
    )
    [view] = await queries.present_reports(work, [report])
    return view
