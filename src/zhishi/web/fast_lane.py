"""The recorder's way in: the ingest routes without the layers that only the other routes need.

FastAPI wraps every request in seven layers (error pages, telemetry, exit stacks, routing). A segment needs none of
them, and they cost as much as the rest of its way. The routes are the same objects that the application declares, with
the same access; every other request goes on to the application.
"""

from __future__ import annotations

import structlog
from fastapi import FastAPI
from starlette.routing import Match
from starlette.types import ASGIApp, Receive, Scope, Send

from zhishi.foundation.edge.doors import RawRoute
from zhishi.foundation.edge.refusals import answer, new_reference
from zhishi.foundation.kernel.errors import Unexpected
from zhishi.web.middleware import Edge

log = structlog.get_logger()


class FastLane:
    """An ASGI application before the application."""

    def __init__(self, app: FastAPI, *, https: bool) -> None:
        self._app = app
        self._lanes: list[tuple[RawRoute, ASGIApp]] = [
            (route, Edge(_guarded(route.app), https=https))
            for route in app.router.routes
            if isinstance(route, RawRoute) and "PUT" in (route.methods or ())
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "PUT":
            for route, lane in self._lanes:
                match, found = route.matches(scope)
                if match is Match.FULL:
                    scope.update(found, app=self._app, route=route)
                    await lane(scope, receive, send)
                    return
        await self._app(scope, receive, send)


def _guarded(app: ASGIApp) -> ASGIApp:
    """What the application's error layer does for the others: an unforeseen error still gets its answer."""

    async def guard(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await app(scope, receive, send)
        except Exception as error:
            reference = new_reference()
            log.exception("request.failed", reference=reference, exc_info=error)
            await answer(Unexpected(), reference=reference)(scope, receive, send)

    return guard
