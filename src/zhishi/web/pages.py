"""The built front end: four pages and their assets."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from zhishi.foundation.edge.doors import PUBLIC, Door
from zhishi.foundation.edge.services import Services
from zhishi.foundation.kernel.errors import NotFound

DIST = Path(__file__).parent / "dist"

door = Door(tag="pages")


class Assets(StaticFiles):
    """Files whose names hold a hash of their content: kept for a year."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        if response.status_code == 200:
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


def _page(name: str) -> Response:
    path = DIST / name / "index.html"
    if not path.is_file():
        return PlainTextResponse("The front end is not built: run `make frontend`.", status_code=503)
    return FileResponse(path, headers={"Cache-Control": "no-cache"})


@door.raw("GET", "/", access=PUBLIC)
@door.raw("GET", "/home", access=PUBLIC)
@door.raw("GET", "/guide", access=PUBLIC)
async def candidate_page(_: Request) -> Response:
    return _page("candidate")


@door.raw("GET", "/phone", access=PUBLIC)
async def phone_page(_: Request) -> Response:
    return _page("phone")


@door.raw("GET", "/console", access=PUBLIC)
@door.raw("GET", "/console/{path:path}", access=PUBLIC)
async def console_page(_: Request) -> Response:
    return _page("console")


@door.raw("GET", "/demo", access=PUBLIC)
async def demo_page(request: Request) -> Response:
    services: Services = request.app.state.services
    if not services.demo:
        raise NotFound()
    return _page("demo")


def install(router: APIRouter) -> None:
    """Mount the assets, if the front end is built."""
    if (DIST / "assets").is_dir():
        router.mount("/assets", Assets(directory=DIST / "assets"), name="assets")
