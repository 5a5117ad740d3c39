"""Every act leaves its row, in the act's own transaction (D7)."""

from __future__ import annotations

import pytest

from tests.factories.answers import acts_of, given
from tests.factories.day import API, Day
from tests.factories.devices import REPORT
from tests.factories.verifying import Asking, grant_first, queue
from zhishi.foundation import audit


async def test_preparing_a_day_is_on_record(day: Day) -> None:
    actions = {entry.action for entry in await acts_of(day)}
    assert actions == {
        "attachment.added",
        "exam.created",
        "examiner.appointed",
        "home_secret.issued",
        "paper.sealed",
        "person.added",
        "registration.created",
        "scheme.set",
        "sitting.created",
        "staff.created",
        "staff.logged_in",
    }


async def test_a_whole_attempt_is_on_record_in_its_order(day: Day) -> None:
    """Ten steps with a phone, from the login to the logout."""
    before = len(await acts_of(day))
    day.at(-600)
    candidate = await day.log_in(walked=False)
    phone = await candidate.walk(phone=True, card=1)
    assert phone is not None
    day.at(0)
    await candidate.enter()
    await candidate.confirm_devices()
    await candidate.upload(day.recording(2))
    await phone.upload(day.recording(2))
    day.at(10)
    await candidate.post("/attempt/end")
    day.at(11)
    await phone.post("/phone/stop")
    await candidate.post("/attempt/departure")
    await day.reconcile()
    day.at(12)
    await candidate.post("/attempt/logout")
    found = [(row.action, row.actor_kind) for row in await acts_of(day, after=before)]
    assert [one for one in found if one[0] not in ("epoch.settled", "sheet.opened")] == [
        ("attempt.begun", "candidate"),
        ("attempt.logged_in", "candidate"),
        ("device.checked", "candidate"),
        ("text.accepted", "candidate"),
        ("binding.code_made", "candidate"),
        ("binding.bound", "candidate"),
        ("track.opened", "candidate"),
        ("lots.laid", "system"),
        ("lot.drawn", "candidate"),
        ("text.accepted", "candidate"),
        ("text.accepted", "candidate"),
        ("track.opened", "candidate"),
        ("track.opened", "candidate"),
        ("attempt.entered", "candidate"),
        ("attempt.devices_confirmed", "candidate"),
        ("epoch.closed", "candidate"),
        ("epoch.closed", "candidate"),
        ("attempt.ended", "candidate"),
        ("binding.stopped", "candidate"),
        ("track.closed", "candidate"),
        ("attempt.departed", "candidate"),
        ("attempt.login_ended", "candidate"),
    ]
    assert sorted(one[0] for one in found if one[1] == "system") == [
        "epoch.settled",
        "epoch.settled",
        "lots.laid",
        "sheet.opened",
        "sheet.opened",
    ]


async def test_what_is_left_to_the_system_is_on_record_too(day: Day) -> None:
    day.at(-600)
    candidate = await day.log_in(walked=False)
    before = len(await acts_of(day))
    await candidate.walk()
    await candidate.enter()
    actions = [row.action for row in await acts_of(day, after=before)]
    chosen = ("attempt.binding_passed", "attempt.lot_passed", "lots.laid", "lot.assigned")
    assert [action for action in actions if action in chosen] == list(chosen)


async def test_every_exception_that_staff_make_is_on_record_with_its_reason_and_its_person(day: Day) -> None:
    day.at(-600)
    waiting, running = await day.log_in(0), await day.log_in(1)
    await running.bind_phone()
    await running.enter()
    before = len(await acts_of(day))
    commands = (
        ("support", f"/attempts/{waiting.attempt_id}/binding-waiver", "binding.waived"),
        ("invigilator", f"/attempts/{running.attempt_id}/rebinding", "binding.allowed"),
        ("officer", f"/attempts/{running.attempt_id}/readmission", "attempt.readmitted"),
        ("support", f"/registrations/{waiting.who.registration_id}/home-secret", "home_secret.issued"),
    )
    for username, path, _ in commands:
        given(await day.staff(username).post(f"{API}{path}", json={"reason": f"由 {path[:9]} 说明"}))
    # A new secret also ends what the old one had opened, which is an act of its own.
    rows = [row for row in await acts_of(day, after=before) if row.action != "home.logged_out"]
    assert [(row.action, row.actor_kind, row.actor_id) for row in rows] == [
        (action, "staff", day.world.staff[username].staff_id) for username, _, action in commands
    ]
    assert [row.detail["reason"] for row in rows] == [f"由 {path[:9]} 说明" for _, path, _ in commands]


async def test_a_verification_by_hand_is_on_record_from_asking_to_entering(day: Day) -> None:
    day.at(-600)
    page, who = Asking(day), day.world.candidates[0]
    before = len(await acts_of(day))
    given(await page.ask(who), 201)
    item = (await queue(day))[0]["verification_id"]
    await day.staff("invigilator").get(f"{API}/verifications/{item}/photograph")
    await grant_first(day)
    given(await page.go_in())
    rows = await acts_of(day, after=before)
    assert [(row.action, row.actor_kind) for row in rows if row.action != "login.tried"] == [
        ("verification.asked", "candidate"),
        ("photograph.read", "staff"),
        ("verification.granted", "staff"),
        ("attempt.begun", "candidate"),
        ("attempt.logged_in", "candidate"),
    ]


async def test_the_home_page_is_on_record(day: Day) -> None:
    day.at(-86_400)
    visitor, who, device = day.visitor(), day.world.candidates[0], "10000000-0000-4000-8000-000000000000"
    before = len(await acts_of(day))
    login = {"ticket": who.ticket, "id_tail": who.id_tail, "secret": who.home_secret, "device": device}
    given(await visitor.post(f"{API}/home/logins", json=login), 201)
    given(await visitor.post(f"{API}/home/preparation", json={"report": REPORT, "device": device}))
    assert (await visitor.post(f"{API}/home/logout", json={})).status_code == 204
    assert [row.action for row in await acts_of(day, after=before)] == [
        "home_secret.used",
        "home.logged_in",
        "device.checked",
        "home.logged_out",
    ]


async def test_an_act_that_fails_leaves_no_row(day: Day) -> None:
    before = len(await acts_of(day))
    with pytest.raises(RuntimeError):
        async with day.house.services.database.writing() as session:
            audit.record(session, at=day.clock.now(), actor=audit.SYSTEM, action="x", subject=("y", "z"))
            await session.flush()
            raise RuntimeError
    assert len(await acts_of(day)) == before


async def test_no_row_holds_a_name_a_ticket_or_a_secret(day: Day) -> None:
    day.at(-600)
    candidate = await day.log_in(walked=False)
    await candidate.walk("binding")
    code = await candidate.binding_code()
    phone = await candidate.walk(phone=True)
    assert phone is not None
    day.at(0)
    await candidate.enter()
    await candidate.upload(day.recording(1))
    day.at(10)
    await candidate.post("/attempt/end")
    await day.reconcile()
    text = "\n".join(f"{entry.subject_id} {entry.actor_id} {entry.detail}" for entry in await acts_of(day))
    who = candidate.who
    planted = [who.name, who.ticket, who.id_tail, candidate.token, candidate.secret, phone.token, code, who.home_secret]
    assert [secret for secret in planted if secret in text] == []
    assert candidate.attempt_id in text, "the search finds what is there"
