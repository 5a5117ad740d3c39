"""Doors: routers whose every route says who may pass. A route that says nothing cannot be declared (law 8)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.routing import APIRoute
from starlette.requests import Request as StarletteRequest
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

Endpoint = Callable[..., Any]
RawEndpoint = Callable[[StarletteRequest], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Access:
    """Who may pass: a name for the list of routes, the staff roles if it is about staff, and the check itself.

    `admit` is a FastAPI dependency that raises a refusal; None means that anybody may.
    """

    name: str
    admit: Callable[..., Any] | None = None
    roles: frozenset[str] = frozenset()


async def _anybody() -> None:
    return None


PUBLIC = Access("public")
_DECLARED = "x-access"


class RawRoute(Route):
    """A route outside FastAPI's machinery, for the hot path. Its endpoint checks the access that it declares."""

    def __init__(self, path: str, endpoint: RawEndpoint, *, method: str, access: Access) -> None:
        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            response = await endpoint(StarletteRequest(scope, receive, send))
            await response(scope, receive, send)

        super().__init__(path, endpoint, methods=[method], include_in_schema=False)
        self.app = app
        self.access = access


class Door:
    """A room's routes."""

    def __init__(self, prefix: str = "", *, tag: str) -> None:
        self.prefix = prefix
        self.router = APIRouter(prefix=prefix, tags=[tag])

    def get(self, path: str, *, access: Access, **options: Any) -> Callable[[Endpoint], Endpoint]:
        return self._route("GET", path, access, options)

    def post(self, path: str, *, access: Access, **options: Any) -> Callable[[Endpoint], Endpoint]:
        return self._route("POST", path, access, options)

    def put(self, path: str, *, access: Access, **options: Any) -> Callable[[Endpoint], Endpoint]:
        return self._route("PUT", path, access, options)

    def delete(self, path: str, *, access: Access, **options: Any) -> Callable[[Endpoint], Endpoint]:
        return self._route("DELETE", path, access, options)

    def _route(self, method: str, path: str, access: Access, options: dict[str, Any]) -> Callable[[Endpoint], Endpoint]:
        def declare(endpoint: Endpoint) -> Endpoint:
            self.router.add_api_route(
                path,
                endpoint,
                methods=[method],
                dependencies=[Depends(access.admit or _anybody)],
                openapi_extra={_DECLARED: {"name": access.name, "roles": sorted(access.roles)}},
                **options,
            )
            return endpoint

        return declare

    def raw(self, method: str, path: str, *, access: Access) -> Callable[[RawEndpoint], RawEndpoint]:
        """Declare a hot route: a plain function of the request, without validation or schema by FastAPI."""

        def declare(endpoint: RawEndpoint) -> RawEndpoint:
            self.router.routes.append(RawRoute(self.prefix + path, endpoint, method=method, access=access))
            return endpoint

        return declare


def declared_access(route: object) -> dict[str, Any] | None:
    """What a route says about who may pass: {"name", "roles"}; None if it says nothing."""
    if isinstance(route, RawRoute):
        return {"name": route.access.name, "roles": sorted(route.access.roles)}
    if isinstance(route, APIRoute):
        declared: dict[str, Any] | None = (route.openapi_extra or {}).get(_DECLARED)
        return declared
    return None


__all__ = ["PUBLIC", "Access", "Door", "RawRoute", "Request", "declared_access"]
