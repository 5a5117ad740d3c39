"""Whatever the description of the interface allows, and whatever it forbids, gets an answer (schemathesis)."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from collections.abc import Callable
from functools import partial
from typing import Any, cast
from urllib.parse import quote

import schemathesis
from httpx import AsyncClient, Response
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode

from tests.factories.day import Candidate, Day, Phone
from tests.factories.verifying import Asking, queue
from zhishi.foundation.kernel.errors import catalogue

# Those who call these are logged out, and the rest would only see 401.
LEAVING = {
    ("POST", "/api/v1/attempt/logout"),
    ("POST", "/api/v1/home/logout"),
    ("POST", "/api/v1/verifications/mine/withdrawal"),
    ("DELETE", "/api/v1/staff/session"),
}
EXAMPLES = 5


async def test_no_request_ever_ends_in_an_error_that_nobody_foresaw(day: Day) -> None:
    candidate, phone, ids = await _a_day_with_everything(day)
    asking, who = Asking(day), day.world.candidates[1]
    assert (await asking.ask(who, kind="rehearsal")).status_code == 201
    ids["verification_id"] = (await queue(day, sitting_id=day.world.rehearsal_id))[0]["verification_id"]
    clients = {
        "phone": day.visitor(headers=phone.bearer),
        "home": candidate.client,
        "verifying": asking.client,
        "public": day.nobody,
        "candidate": candidate.client,
        "uploader": day.visitor(headers=candidate.bearer),
        "desk": day.staff("officer"),
        "examiner": day.staff("examiner"),
    }
    loop, asked = asyncio.get_running_loop(), []

    def send(client: AsyncClient, method: str, path: str, **how: Any) -> Response:
        """From the thread that generates to the loop that serves."""
        sending = asyncio.run_coroutine_threadsafe(client.request(method, path, **how), loop)
        return sending.result(timeout=60)

    def ask(client: AsyncClient, method: str, how: dict[str, Any]) -> None:
        asked.append(send(client, method, **how))

    def ask_everything() -> None:
        for found in schemathesis.openapi.from_dict(day.app.openapi()).get_all_operations():
            operation: Any = cast(Any, found).ok()
            method, client = operation.method.upper(), clients[_who(operation)]
            if (method, operation.path) in LEAVING:
                continue
            for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
                _ask(operation, mode, partial(ask, client, method), ids)

    await asyncio.to_thread(ask_everything)
    assert len(asked) > 200
    for answer in asked:
        assert answer.status_code < 500, f"{answer.request.method} {answer.request.url}: {answer.text}"
        if answer.status_code >= 400:
            error = answer.json()["error"]
            assert catalogue()[error["code"]].status == answer.status_code
    assert {answer.status_code for answer in asked} >= {200, 404, 422}


def _ask(operation: Any, mode: GenerationMode, send: Callable[[dict[str, Any]], None], ids: dict[str, str]) -> None:
    # Where nothing can be sent, nothing can be sent wrongly.
    with contextlib.suppress(Unsatisfiable):

        @given(case=operation.as_strategy(generation_mode=mode))
        @settings(
            max_examples=EXAMPLES,
            database=None,
            deadline=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        def ask(case: Any) -> None:
            # Once where nothing is, once where something is.
            send(_request(case, {}))
            if "{" in operation.path:
                send(_request(case, ids))

        ask()


def _request(case: Any, ids: dict[str, str]) -> dict[str, Any]:
    """A generated case as a request; values of `ids` replace those that were made up."""
    values = {**(case.path_parameters or {}), **ids}
    path = re.sub(r"\{(\w+)\}", lambda match: quote(str(values.get(match[1], "x")), safe="") or "x", case.path)
    request: dict[str, Any] = {"path": path, "params": _plain(case.query)}
    if case.media_type == "multipart/form-data" and isinstance(case.body, dict):
        request["files"] = [(str(key), (None, str(value).encode())) for key, value in case.body.items()]
    elif isinstance(case.body, bytes):
        request["content"] = case.body
    elif case.media_type is not None:
        content = json.dumps(case.body, default=str).encode()
        request |= {"content": content, "headers": {"Content-Type": "application/json"}}
    return request


def _plain(query: Any) -> dict[str, str]:
    return {str(key): str(value) for key, value in (query or {}).items()}


def _who(operation: Any) -> str:
    """Who may ask: a request that is refused at the door says little about what is behind it."""
    access = operation.definition.raw["x-access"]
    if access["name"] != "staff":
        return str(access["name"])
    return "examiner" if access["roles"] == ["examiner"] else "desk"


async def _a_day_with_everything(day: Day) -> tuple[Candidate, Phone, dict[str, str]]:
    """An attempt with recordings, a phone and a sheet, and the ids of all of it."""
    candidate = await day.entered(0, seconds=0)
    recording = day.recording(2)
    for kind in ("camera", "screen"):
        await candidate.upload(recording, kind=kind)
    phone = await candidate.bind_phone()
    day.at(4)
    await candidate.post("/attempt/end")
    # Examiners wait for the phone too, for an hour at most.
    day.at(900 + 3600)
    await day.reconcile()
    sheets = (await day.staff("examiner").get("/api/v1/sheets")).json()["sheets"]
    return (
        candidate,
        phone,
        {
            "track_id": candidate.tracks["camera"],
            "epoch": str(recording.start_ms),
            "seq": "1",
            "sitting_id": day.world.sitting_id,
            "attempt_id": candidate.attempt_id,
            "binding_id": phone.binding_id,
            "sheet_id": sheets[0]["sheet_id"],
            "kind": "camera",
        },
    )
