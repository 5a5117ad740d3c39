"""What every request passes: a log line, security headers, a limit on size, a check of where it comes from.

Plain ASGI, because a middleware that wraps bodies would cost the ingest path more than the rest of the request.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Mapping
from urllib.parse import urlsplit

import structlog
from starlette.datastructures import Headers, MutableHeaders
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


class Edge:
    """All of it in one layer. `put_max` limits declared bodies of PUT."""

    def __init__(self, app: ASGIApp, *, https: bool, put_max: int) -> None:
        self._app = app
        self._headers = security_headers(https=https)
        self._put_max = put_max

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
            refused = _refuse(scope, put_max=self._put_max)
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


def _refuse(scope: Scope, *, put_max: int) -> Refusal | None:
    if scope["method"] in _SAFE:
        return None
    headers = Headers(scope=scope)
    if is_cross_site(headers):
        return CrossSite()
    length, most = headers.get("content-length", ""), put_max if scope["method"] == "PUT" else BODY_MAX
    if length.isdigit() and int(length) > most:
        return BodyTooLarge(limit=most)
    return None


def is_cross_site(headers: Mapping[str, str]) -> bool:
    """Whether a browser says that another site's page sent this. What is no browser has no cookies to abuse."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != headers.get("host")
