"""What every request passes: a log line, security headers, a limit on size, a check of where it comes from.

Plain ASGI, because a middleware that wraps bodies would cost the ingest path more than the rest of the request.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Mapping, Set
from urllib.parse import urlsplit

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from zhishi.foundation.edge.refusals import answer
from zhishi.foundation.kernel.errors import BodyTooLarge, CrossSite, Refusal

log = structlog.get_logger()

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' blob: data:",
        "media-src 'self' blob:",
        "worker-src 'self' blob:",
        "connect-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(self), display-capture=(self), geolocation=(), payment=()",
}
# Form posts carry three pictures of at most 1 MB. The ingest route, which takes more, has a limit of its own.
BODY_MAX = 4 * 2**20
# Names the lines of one request in the log; a count is enough within one process.
_numbers = itertools.count(1)
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def security_headers(*, https: bool) -> Mapping[str, str]:
    """The fields that every answer carries."""
    return {**_HEADERS, **({"Strict-Transport-Security": "max-age=31536000"} if https else {})}


# A route by method and path.
Place = tuple[str, str]


class BodyLimit:
    """Counts bodies as they come, for all routes but those of `counting`, which count their own."""

    def __init__(self, app: ASGIApp, *, most: int, counting: Set[Place] = frozenset()) -> None:
        self._app = app
        self._limited = RequestBodyLimitMiddleware(app, most)
        self._counting = counting

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        free = scope["type"] == "http" and (scope["method"], scope["path"]) in self._counting
        await (self._app if free else self._limited)(scope, receive, send)


class Edge:
    """All of it in one layer. `put_max` limits declared bodies of PUT; the routes of `counting` look to their own."""

    def __init__(self, app: ASGIApp, *, https: bool, put_max: int, counting: Set[Place] = frozenset()) -> None:
        self._app = app
        self._headers = security_headers(https=https)
        self._put_max = put_max
        self._counting = counting

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        status = 500

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        structlog.contextvars.bind_contextvars(request=f"{next(_numbers):x}")
        try:
            refused = self._refuse(scope)
            if refused is not None:
                await answer(refused)(scope, receive, send_with_headers)
            else:
                await self._app(scope, receive, send_with_headers)
        finally:
            # The route's template, never the path as sent: ids and tickets do not belong in a log.
            route = scope.get("route")
            # What went well is the proxy's to log; a thousand segments a second would drown the rest.
            tell = log.debug if status < 400 else log.info
            tell(
                "request",
                method=scope["method"],
                route=getattr(route, "path", None) or "static",
                status=status,
                ms=round((time.perf_counter() - started) * 1000, 1),
            )
            structlog.contextvars.unbind_contextvars("request")

    def _refuse(self, scope: Scope) -> Refusal | None:
        if scope["method"] in _SAFE:
            return None
        headers = Headers(scope=scope)
        if is_cross_site(headers):
            return CrossSite()
        length, most = headers.get("content-length", ""), self._body_max(scope)
        if most is not None and length.isdigit() and int(length) > most:
            return BodyTooLarge(limit=most)
        return None

    def _body_max(self, scope: Scope) -> int | None:
        """What a declared body may have; None where the route looks to that."""
        if (scope["method"], scope["path"]) in self._counting:
            return None
        return self._put_max if scope["method"] == "PUT" else BODY_MAX


def is_cross_site(headers: Mapping[str, str]) -> bool:
    """Whether a browser says that another site's page sent this. What is no browser has no cookies to abuse."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != headers.get("host")
