"""Every act leaves its row, in the act's own transaction (D7)."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from tests.factories.day import Day
from zhishi.foundation import audit
from zhishi.foundation.audit.models import AuditEntry


async def entries(day: Day) -> list[AuditEntry]:
    async with day.house.services.database.reading() as session:
        return list(await session.scalars(select(AuditEntry).order_by(AuditEntry.at, AuditEntry.id)))


async def test_preparing_a_day_is_on_record(day: Day) -> None:
    actions = {entry.action for entry in await entries(day)}
    assert actions == {
        "attachment.added",
        "exam.created",
        "examiner.appointed",
        "paper.sealed",
        "person.added",
        "registration.created",
        "scheme.set",
        "sitting.created",
        "staff.created",
        "staff.logged_in",
    }


async def test_a_whole_attempt_is_on_record_in_its_order(day: Day) -> None:
    before = len(await entries(day))
    candidate = await day.entered(seconds=0)
    recording = day.recording(2)
    await candidate.upload(recording)
    day.at(10)
    await candidate.post("/attempt/end")
    day.at(11)
    await candidate.post("/attempt/departure")
    await day.reconcile()
    day.at(12)
    await candidate.post("/attempt/logout")
    found = [(entry.action, entry.actor_kind) for entry in (await entries(day))[before:]]
    assert [one for one in found if one[0] not in ("epoch.settled", "sheet.opened")] == [
        ("attempt.begun", "candidate"),
        ("attempt.logged_in", "candidate"),
        ("lot.assigned", "candidate"),
        ("track.opened", "candidate"),
        ("track.opened", "candidate"),
        ("attempt.entered", "candidate"),
        ("epoch.closed", "system"),
        ("attempt.ended", "candidate"),
        ("attempt.departed", "candidate"),
        ("attempt.login_ended", "candidate"),
    ]
    assert sorted(one[0] for one in found if one[1] == "system") == [
        "epoch.closed",
        "epoch.settled",
        "sheet.opened",
        "sheet.opened",
    ]


async def test_an_act_that_fails_leaves_no_row(day: Day) -> None:
    before = len(await entries(day))
    with pytest.raises(RuntimeError):
        async with day.house.services.database.writing() as session:
            audit.record(session, at=day.clock.now(), actor=audit.SYSTEM, action="x", subject=("y", "z"))
            await session.flush()
            raise RuntimeError
    assert len(await entries(day)) == before


async def test_no_row_holds_a_name_a_ticket_or_a_secret(day: Day) -> None:
    candidate = await day.entered(seconds=0)
    await candidate.upload(day.recording(1))
    day.at(10)
    await candidate.post("/attempt/end")
    await day.reconcile()
    text = "\n".join(f"{entry.subject_id} {entry.actor_id} {entry.detail}" for entry in await entries(day))
    planted = [candidate.who.name, candidate.who.ticket, candidate.who.id_tail, candidate.token, candidate.secret]
    assert [secret for secret in planted if secret in text] == []
