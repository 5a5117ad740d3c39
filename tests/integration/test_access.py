"""Every route × every kind of visitor: who gets in is what the route declares, and nobody else (law 8)."""

from __future__ import annotations

import re
import uuid
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from httpx import AsyncClient, Response
from starlette.routing import Mount

from tests.factories import faces
from tests.factories.day import API, Candidate, Day
from tests.factories.houses import Copy, Engines
from tests.factories.verifying import Asking, picture
from tests.factories.world import PREPARED_AT
from zhishi.foundation.edge.doors import RawRoute, declared_access
from zhishi.foundation.kernel.clock import SettableClock
from zhishi.web.application import create_app, open_house

_COOKIES = ("zhishi_staff", "zhishi_candidate", "zhishi_home", "zhishi_verification")
Passed = tuple[int, str]
IN: Passed = (0, "admitted")


@dataclass(frozen=True)
class Visitor:
    """Somebody who asks: the browser, and what they are in the words of declarations."""

    name: str
    client: AsyncClient
    kind: str
    role: str | None = None
    owns_the_attempt: bool = False


@dataclass(frozen=True)
class Door:
    """A method of a route, an address of it with real ids, and what it declares."""

    method: str
    path: str
    address: str
    access: dict[str, Any]


def doors_of(app: FastAPI, ids: dict[str, str]) -> list[Door]:
    """Every method of every route. Fails for a route that declares nothing."""
    found = []
    for route in app.routes:
        if isinstance(route, Mount) and route.name == "assets":
            continue  # the built front end's files, for everybody
        access = declared_access(route)
        assert access is not None, f"{route} does not say who may pass"
        assert isinstance(route, (APIRoute, RawRoute))
        address = re.sub(r"\{(\w+)(?::path)?\}", lambda match: ids[match.group(1)], route.path)
        found += [Door(method, route.path, address, access) for method in sorted(route.methods or ())]
    # Who logs out is logged out: last. Who has left the attempt has left the home page that it opened.
    leaving = ("/attempt/logout", "/staff/session", "/home/logout", "/mine/withdrawal")
    return sorted(
        found, key=lambda door: (door.path.endswith(leaving) and door.method != "GET", door.path, door.method)
    )


def expected(door: Door, visitor: Visitor) -> Passed:
    """What the declaration says of a visitor."""
    name, roles = door.access["name"], door.access["roles"]
    if name == "public":
        return IN
    if name == "candidate":
        return IN if visitor.kind == "candidate" else (401, "not_logged_in")
    if name == "home":
        from_attempt = visitor.kind == "candidate" and not door.path.endswith("/logout")
        return IN if visitor.kind == "at home" or from_attempt else (401, "home_not_open")
    if name == "verifying":
        return IN if visitor.kind == "verifying" else (401, "verification_unknown")
    if name == "phone":
        return IN if visitor.kind == "phone" else (401, "phone_not_bound")
    if name == "uploader":
        if visitor.kind == "phone":
            return IN if "{track_id}" not in door.path else (403, "track_not_yours")
        if visitor.kind != "uploader":
            return (401, "upload_token_invalid")
        return IN if visitor.owns_the_attempt or "{track_id}" not in door.path else (403, "track_not_yours")
    assert name == "staff"
    if visitor.kind != "staff":
        return (401, "staff_not_logged_in")
    return IN if visitor.role in roles else (403, "forbidden")


def seen(answer: Response) -> Passed:
    """Whether a visitor was let in; what happened then is not the door's matter."""
    if answer.status_code not in (401, 403):
        return IN
    return answer.status_code, answer.json()["error"]["code"]


async def knock(door: Door, visitor: Visitor) -> Passed:
    body: Any = None if door.method in ("GET", "HEAD") else {}
    if door.path.endswith("/closure"):
        body = {"segments": 0, "reason": "ended"}
    return seen(await visitor.client.request(door.method, door.address, json=body))


async def visitors_of(day: Day, mine: Candidate, theirs: Candidate) -> list[Visitor]:
    at_home, verifying, who = day.visitor(), Asking(day), day.world.candidates[2]
    ticket = {"ticket": who.ticket, "id_tail": who.id_tail, "secret": who.home_secret, "device": str(uuid.uuid4())}
    assert (await at_home.post(f"{API}/home/logins", json=ticket)).status_code == 201
    assert (await verifying.ask(who, picture(faces.astronaut()))).status_code == 201
    phone = await theirs.bind_phone()
    bearer = [day.visitor(headers=one.bearer) for one in (mine, theirs)]
    forged = day.visitor(headers={"Authorization": f"Bearer {mine.token[:-3]}AAA"})
    people = [
        Visitor("nobody", day.nobody, "nobody"),
        Visitor("candidate", mine.client, "candidate", owns_the_attempt=True),
        Visitor("other candidate", theirs.client, "candidate"),
        Visitor("uploader", bearer[0], "uploader", owns_the_attempt=True),
        Visitor("other uploader", bearer[1], "uploader"),
        Visitor("phone", day.visitor(headers=phone.bearer), "phone"),
        Visitor("at home", at_home, "at home"),
        Visitor("verifying", verifying.client, "verifying"),
        Visitor("forged token", forged, "nobody"),
        Visitor("forged cookies", day.visitor(cookies=dict.fromkeys(_COOKIES, "x")), "nobody"),
    ]
    people += [Visitor(name, day.staff(name), "staff", role=one.role.value) for name, one in day.world.staff.items()]
    return people


async def ids_of(day: Day, candidate: Candidate) -> dict[str, str]:
    """Real ids for every address: they exist, and belong to the candidate or to the first examiner."""
    recording = day.recording(2)
    for kind in ("camera", "screen"):
        await candidate.upload(recording, kind=kind)
    await candidate.post("/attempt/end")
    await day.reconcile()
    sheets = (await day.staff("examiner").get(f"{API}/sheets")).json()["sheets"]
    officer = day.staff("officer")
    texts = (await candidate.client.get(f"{API}/attempt/texts")).json()["texts"]
    report = (await candidate.post("/attempt/upload-report")).json()
    requests = (await officer.get(f"{API}/sittings/{day.world.sitting_id}/verifications")).json()["items"]
    return {
        "attachment_id": texts[0]["attachment_id"],
        "registration_id": candidate.who.registration_id,
        "verification_id": requests[0]["verification_id"],
        "sitting_id": day.world.sitting_id,
        "attempt_id": candidate.attempt_id,
        "track_id": candidate.tracks["camera"],
        "epoch": str(recording.start_ms),
        "seq": "1",
        "number": "1",
        "run": "1795000000000",
        "page": "0",
        "exam_id": day.world.exam_id,
        "sheet_id": sheets[0]["sheet_id"],
        "report_id": report["report_id"],
        "kind": "camera",
        "path": "sittings",
    }


async def test_exactly_those_get_in_whom_a_route_declares(day: Day) -> None:
    mine, theirs = await day.entered(0), await day.entered(1)
    day.at(5)
    visitors = await visitors_of(day, mine, theirs)
    doors = doors_of(day.app, await ids_of(day, mine) | {"binding_id": theirs.phones[0].binding_id})
    for door in doors:
        found = {visitor.name: await knock(door, visitor) for visitor in visitors}
        assert found == {visitor.name: expected(door, visitor) for visitor in visitors}, f"{door.method} {door.path}"
    assert len(doors) * len(visitors) > 400


async def test_every_role_and_every_kind_of_access_is_declared_somewhere(day: Day) -> None:
    """Else the walk above would prove less than it seems to."""
    declared = [declared_access(route) for route in day.app.routes if not isinstance(route, Mount)]
    assert {access["name"] for access in declared if access} == {
        "public",
        "candidate",
        "home",
        "phone",
        "staff",
        "uploader",
        "verifying",
    }
    roles = [set(access["roles"]) for access in declared if access and access["name"] == "staff"]
    assert {"examiner"} in roles
    assert {"administrator", "officer", "invigilator", "support"} in roles
    assert set.union(*roles) == {member.role.value for member in day.world.staff.values()}


async def test_public_is_only_what_a_visitor_needs_before_logging_in(day: Day) -> None:
    """A list, not a rule: whoever makes a route public has to write it here too."""
    assert sorted(_public(day.app.routes)) == [
        "GET /",
        "GET /api/v1/brand",
        "GET /api/v1/clock",
        "GET /api/v1/entrance",
        "GET /api/v1/packages/key",
        "GET /api/v1/phone/copies/{binding_id}",
        "GET /api/v1/receipts/key",
        "GET /console",
        "GET /console/{path:path}",
        "GET /demo",
        "GET /guide",
        "GET /home",
        "GET /phone",
        "POST /api/v1/bindings",
        "POST /api/v1/home/logins",
        "POST /api/v1/logins",
        "POST /api/v1/staff/session",
        "POST /api/v1/verifications",
        "PUT /api/v1/speed-test",
    ]


async def test_a_session_that_has_ended_opens_nothing(day: Day) -> None:
    officer, candidate = day.staff("officer"), await day.entered()
    assert (await officer.get(f"{API}/sittings")).status_code == 200
    assert (await officer.delete(f"{API}/staff/session")).status_code == 204
    again = day.staff("officer")
    assert (await again.get(f"{API}/sittings")).status_code == 401
    assert (await candidate.post("/attempt/logout")).status_code == 204
    again = day.visitor(cookies={"zhishi_candidate": candidate.secret})
    assert (await again.get(f"{API}/attempt")).status_code == 401


@pytest.fixture
async def demo_app(lenient_copy: Copy, engines: Engines) -> AsyncIterator[FastAPI]:
    house = open_house(lenient_copy.settings, clock=SettableClock(PREPARED_AT), engines=engines, demo=True)
    yield create_app(house)
    await house.close()


async def test_the_demonstration_adds_its_own_routes_and_nothing_else(day: Day, demo_app: FastAPI) -> None:
    def names(app: FastAPI) -> set[str]:
        return {
            f"{method} {route.path}"
            for route in app.routes
            if isinstance(route, (APIRoute, RawRoute))
            for method in route.methods or ()
        }

    added = {"GET /api/v1/demo", "POST /api/v1/demo/sittings", "POST /api/v1/demo/staff-session"}
    assert names(demo_app) - names(day.app) == added
    assert set(_public(demo_app.routes)) - set(_public(day.app.routes)) == added


async def test_outside_the_demonstration_its_addresses_do_not_exist(day: Day) -> None:
    answers = [
        await day.nobody.get("/demo"),
        await day.nobody.get(f"{API}/demo"),
        await day.nobody.post(f"{API}/demo/sittings"),
        await day.nobody.post(f"{API}/demo/staff-session", json={"username": "officer"}),
    ]
    assert [(answer.status_code, answer.json()["error"]["code"]) for answer in answers] == [(404, "not_found")] * 4


def _public(routes: Iterable[object]) -> list[str]:
    return [
        f"{method} {route.path}"
        for route in routes
        if isinstance(route, (APIRoute, RawRoute)) and (declared_access(route) or {}).get("name") == "public"
        for method in route.methods or ()
        if method != "HEAD"
    ]
