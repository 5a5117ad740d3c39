"""Doors: a route cannot be declared without saying who may pass."""

from __future__ import annotations

import pytest
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from zhishi.foundation.edge.doors import PUBLIC, Access, Door, declared_access

STAFF = Access("staff", None, frozenset({"officer", "support"}))


async def endpoint() -> None: ...


async def raw_endpoint(_: Request) -> Response:
    return Response()


@pytest.mark.parametrize("method", ["get", "post", "put", "delete"])
def test_every_method_says_who_may_pass(method: str) -> None:
    door = Door("/api", tag="x")
    getattr(door, method)("/thing", access=STAFF)(endpoint)
    [route] = door.router.routes
    assert declared_access(route) == {"name": "staff", "roles": ["officer", "support"]}


def test_a_hot_route_says_who_may_pass_and_lies_under_the_doors_prefix() -> None:
    door = Door("/api", tag="x")
    door.raw("PUT", "/thing", access=PUBLIC)(raw_endpoint)
    [route] = door.router.routes
    assert declared_access(route) == {"name": "public", "roles": []}
    assert getattr(route, "path", None) == "/api/thing"


@pytest.mark.parametrize("method", ["get", "post", "put", "delete"])
def test_a_route_that_does_not_say_cannot_be_declared(method: str) -> None:
    with pytest.raises(TypeError, match="access"):
        getattr(Door(tag="x"), method)("/thing")


def test_a_route_that_was_not_made_by_a_door_declares_nothing() -> None:
    router = APIRouter()
    router.add_api_route("/thing", endpoint)
    assert declared_access(router.routes[0]) is None
    assert declared_access(Route("/thing", raw_endpoint)) is None
