"""What every request passes: headers, limits, where it comes from, and how errors leave."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

from httpx import Response

from tests.factories.day import API, Day
from zhishi.foundation.kernel.errors import catalogue

CSP = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; "
    "worker-src 'self' blob:; connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)


def error_of(answer: Response) -> dict[str, Any]:
    """The error, which always has one shape."""
    body = answer.json()
    assert list(body) == ["error"]
    error: dict[str, Any] = body["error"]
    assert sorted(error) == ["code", "detail", "message", "reference"]
    assert sorted(error["message"]) == ["en", "zh"]
    assert int(error["reference"], 16) >= 0
    assert len(error["reference"]) == 8
    kind = catalogue()[error["code"]]
    assert (answer.status_code, error["message"]) == (kind.status, {"zh": kind.zh, "en": kind.en})
    return error


async def test_every_answer_carries_the_security_headers(day: Day) -> None:
    candidate = await day.entered()
    answers = [
        await day.nobody.get(f"{API}/clock"),
        await day.nobody.get("/"),
        await day.nobody.get("/nothing-here"),
        await day.nobody.post(f"{API}/logins"),
        await candidate.put_init(day.recording(1)),
        await day.nobody.put(f"{API}/tracks/x/epochs/1/init"),
        await day.nobody.get(f"{API}/sittings"),
    ]
    for answer in answers:
        assert answer.headers["content-security-policy"] == CSP
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cross-origin-opener-policy"] == "same-origin"
        assert "camera=(self)" in answer.headers["permissions-policy"]


async def test_errors_of_every_layer_have_one_shape(day: Day) -> None:
    officer = day.staff("officer")
    answers = {
        "not_found": await day.nobody.get(f"{API}/nothing"),
        "method_not_allowed": await day.nobody.delete(f"{API}/clock"),
        "input_invalid": await day.nobody.post(f"{API}/staff/session", json={}),
        "staff_not_logged_in": await day.nobody.get(f"{API}/sittings"),
        "forbidden": await officer.get(f"{API}/sheets"),
        "upload_token_invalid": await day.nobody.put(f"{API}/tracks/x/epochs/1/segments/1", content=b"x"),
        "cross_site": await day.nobody.post(f"{API}/staff/session", headers={"Sec-Fetch-Site": "cross-site"}),
        "body_too_large": await day.nobody.post(f"{API}/staff/session", content=bytes(4 * 2**20 + 1)),
    }
    assert {code: error_of(answer)["code"] for code, answer in answers.items()} == {code: code for code in answers}


async def test_a_body_that_is_no_json_is_refused(day: Day) -> None:
    for content in (b"{", b"\xff\xfe", b"", b"[" * 100_000, b'{"username": ' + b"9" * 5000 + b"}"):
        answer = await day.nobody.post(
            f"{API}/staff/session", content=content, headers={"Content-Type": "application/json"}
        )
        assert error_of(answer)["code"] == "input_invalid"


async def test_a_form_that_is_none_is_refused(day: Day) -> None:
    for content, kind in (
        (b"--x\r\n", "multipart/form-data; boundary=x"),
        (b"junk", "multipart/form-data"),
        (b"junk", "multipart/form-data; boundary="),
        (b"a=b", "application/x-www-form-urlencoded"),
        (b"{}", "application/json"),
    ):
        answer = await day.nobody.post(f"{API}/logins", content=content, headers={"Content-Type": kind})
        assert error_of(answer)["code"] == "input_invalid", kind


async def test_what_is_wrong_is_named_without_repeating_it(day: Day) -> None:
    answer = await day.nobody.post(f"{API}/staff/session", json={"username": "x" * 65, "password": {"secret": 1}})
    assert error_of(answer)["detail"] == {
        "fields": [
            {"field": "username", "problem": "string_too_long"},
            {"field": "password", "problem": "string_type"},
        ]
    }


async def _endless(sent: list[int], *, most: int = 200 * 2**20) -> AsyncIterator[bytes]:
    while sum(sent) < most:
        sent.append(2**20)
        yield b" " * 2**20


async def test_a_body_without_a_length_is_read_no_further_than_allowed(day: Day) -> None:
    examiner = day.staff("examiner")
    requests = {
        "login": (day.nobody, "POST", "/logins", "multipart/form-data; boundary=x"),
        "staff login": (day.nobody, "POST", "/staff/session", "application/json"),
        "draft": (examiner, "PUT", "/sheets/none/draft", "application/json"),
    }
    for name, (client, method, path, kind) in requests.items():
        sent: list[int] = []
        answer = await client.request(method, f"{API}{path}", content=_endless(sent), headers={"Content-Type": kind})
        assert error_of(answer)["code"] in ("body_too_large", "input_invalid"), name
        assert sum(sent) <= 16 * 2**20, name


async def test_a_draft_of_many_megabytes_is_refused_by_its_declared_length(day: Day) -> None:
    content = json.dumps({"comment": "x" * 20 * 2**20}).encode()
    answer = await day.staff("examiner").put(
        f"{API}/sheets/none/draft", content=content, headers={"Content-Type": "application/json"}
    )
    assert error_of(answer)["code"] == "body_too_large"


async def test_a_page_of_another_site_can_change_nothing(day: Day) -> None:
    candidate = await day.entered()
    day.at(10)
    foreign: list[dict[str, str]] = [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://zhishi.test"},
    ]
    for headers in foreign:
        answer = await candidate.client.post(f"{API}/attempt/end", json={}, headers=headers)
        assert error_of(answer)["code"] == "cross_site", headers
    assert (await candidate.situation())["ended_ms"] is None
    own: list[dict[str, str]] = [{"Sec-Fetch-Site": "same-origin"}, {"Origin": "http://zhishi.test"}]
    for headers in own:
        assert (await candidate.client.post(f"{API}/attempt/end", json={}, headers=headers)).status_code == 200


async def test_pages_can_be_opened_from_a_link_on_another_site(day: Day) -> None:
    answer = await day.nobody.get(f"{API}/entrance", headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 200


async def test_a_thing_that_does_not_exist_is_not_found_on_every_page(day: Day) -> None:
    for path in ("/nothing", "/assets/../../settings.py", "/assets/none.js", "/api", "/api/v2/clock", "/phone/x"):
        answer = await day.nobody.get(path)
        assert error_of(answer)["code"] == "not_found", path


async def test_the_description_of_the_interface_is_not_published(day: Day) -> None:
    for path in ("/docs", "/redoc", "/openapi.json"):
        assert (await day.nobody.get(path)).status_code == 404


async def test_every_route_that_answers_json_is_described(day: Day) -> None:
    visitors = {"public", "candidate", "uploader", "phone", "home", "verifying", "staff"}
    described = day.app.openapi()
    assert described["info"]["title"] == "zhishi"
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            assert operation["summary"], f"{method} {path}"
            assert operation["x-access"]["name"] in visitors, f"{method} {path}"


async def test_many_visitors_at_once_are_all_answered(day: Day) -> None:
    candidate = await day.entered()
    requests = [
        *(day.nobody.get(f"{API}/entrance") for _ in range(30)),
        *(candidate.client.get(f"{API}/attempt") for _ in range(30)),
        *(day.staff("officer").get(f"{API}/sittings") for _ in range(15)),
        *(candidate.client.post(f"{API}/attempt/events", json={"events": []}) for _ in range(30)),
    ]
    async with asyncio.timeout(60):
        answers = await asyncio.gather(*requests)
    assert {answer.status_code for answer in answers} == {200}


async def test_text_that_no_database_likes_never_breaks_a_route(day: Day) -> None:
    officer, examiner, odd = day.staff("officer"), day.staff("examiner"), ("%00", "%ED%A0%80", "%F0%9F%98%80", "'%22")
    for text in odd:
        answers = [
            await officer.get(f"{API}/sittings/{text}"),
            await officer.get(f"{API}/sittings/{text}/candidates"),
            await officer.get(f"{API}/attempts/{text}/record"),
            await officer.get(f"{API}/tracks/{text}/playlist.m3u8"),
            await officer.get(f"{API}/tracks/{text}/epochs/1/segments/1"),
            await examiner.get(f"{API}/sheets/{text}"),
            await day.visitor(cookies={"zhishi_staff": "\x7f", "zhishi_candidate": "x"}).get(f"{API}/attempt"),
        ]
        assert {answer.status_code for answer in answers[:-1]} <= {404, 422}, text
        assert answers[-1].status_code == 401
