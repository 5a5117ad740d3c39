"""The paper: sealed until T0, to the microsecond (D2)."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import delete

from tests.factories.day import API, Candidate, Day
from tests.factories.world import QUESTION, REHEARSAL_QUESTION
from zhishi.before.papers.models import Paper
from zhishi.foundation.kernel.clock import to_ms


async def sealed(candidate: Candidate) -> dict[str, Any]:
    answer = await candidate.client.get(f"{API}/attempt/paper")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def key(candidate: Candidate) -> tuple[int, Any]:
    answer = await candidate.client.get(f"{API}/attempt/paper-key")
    return answer.status_code, answer.json()


def opened(paper: dict[str, Any], released: dict[str, Any]) -> Any:
    """Decrypt as the browser does (WebCrypto AES-GCM)."""
    nonce, ciphertext, aad = (base64.b64decode(paper[name]) for name in ("nonce_b64", "ciphertext_b64", "aad_b64"))
    assert paper["algorithm"] == "A256GCM"
    return json.loads(AESGCM(base64.b64decode(released["key_b64"])).decrypt(nonce, ciphertext, aad))


async def test_the_key_is_released_at_t0_and_not_a_microsecond_before(day: Day) -> None:
    candidate = await day.entered()
    for early in (
        timedelta(seconds=60),
        timedelta(milliseconds=1),
        timedelta(microseconds=999),
        timedelta(microseconds=1),
    ):
        day.clock.set(day.world.starts - early)
        status, body = await key(candidate)
        assert (status, body["error"]["code"]) == (425, "paper_not_released"), early
        assert body["error"]["detail"] == {"releases_ms": to_ms(day.world.starts)}
    day.clock.set(day.world.starts)
    status, body = await key(candidate)
    assert status == 200
    content = opened(await sealed(candidate), body)
    assert content == {"questions": [{"title": "第一题", "text": QUESTION}], "note": None}


async def test_whoever_asks_too_early_is_told_when_to_come_back(day: Day) -> None:
    candidate = await day.entered()
    for early, wait in ((90, "90"), (0.5, "1"), (1.001, "2")):
        day.at(-early)
        answer = await candidate.client.get(f"{API}/attempt/paper-key")
        assert answer.headers["retry-after"] == wait


async def test_the_ciphertext_can_be_had_beforehand_and_opens_later(day: Day) -> None:
    candidate = await day.entered()
    prefetched = await sealed(candidate)
    day.at(0)
    assert await sealed(candidate) == prefetched
    _, released = await key(candidate)
    assert released["paper_id"] == prefetched["paper_id"]
    assert opened(prefetched, released)["questions"][0]["text"] == QUESTION


async def test_everybody_gets_the_same_key_again_and_again(day: Day) -> None:
    one, other = await day.entered(0), await day.entered(1)
    day.at(0)
    assert await key(one) == await key(one) == await key(other)


async def test_who_has_not_entered_gets_neither_paper_nor_key(day: Day) -> None:
    day.at(-600)
    candidate = await day.log_in()
    for seconds in (-600, 0, 899, 900):
        day.at(seconds)
        for path in ("paper", "paper-key"):
            answer = await candidate.client.get(f"{API}/attempt/{path}")
            assert (answer.status_code, answer.json()["error"]["code"]) == (403, "paper_not_yours")


async def test_after_the_end_no_key_is_released(day: Day) -> None:
    one, other = await day.entered(0), await day.entered(1)
    day.at(60)
    await one.post("/attempt/end")
    status, body = await key(one)
    assert (status, body["error"]["code"]) == (409, "attempt_over")
    day.at(899.999)
    assert (await key(other))[0] == 200
    day.at(900)
    status, body = await key(other)
    assert (status, body["error"]["code"]) == (409, "attempt_over")


async def test_each_release_is_on_record(day: Day) -> None:
    candidate = await day.entered()
    day.at(-1)
    await key(candidate)
    day.at(0)
    await key(candidate)
    record = (await day.staff("officer").get(f"{API}/attempts/{candidate.attempt_id}/record")).json()
    released = [event["at_ms"] for event in record["events"] if event["kind"] == "paper_released"]
    assert released == [to_ms(day.world.starts)]


async def test_a_rehearsal_has_a_paper_of_its_own_released_at_its_own_t0(day: Day) -> None:
    day.at(-3600)
    candidate = await day.log_in_to_rehearsal()
    await candidate.enter()
    day.clock.advance(59.999)
    assert (await key(candidate))[0] == 425
    day.clock.advance(0.001)
    _, released = await key(candidate)
    assert opened(await sealed(candidate), released)["questions"][0]["text"] == REHEARSAL_QUESTION


async def test_a_paper_that_was_never_sealed_is_told_as_such(day: Day) -> None:
    candidate = await day.entered()
    async with day.house.services.database.writing() as session:
        await session.execute(delete(Paper).where(Paper.sitting_id == day.world.sitting_id))
    for path in ("paper", "paper-key"):
        answer = await candidate.client.get(f"{API}/attempt/{path}")
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "paper_missing")


async def test_papers_and_keys_are_never_cached(day: Day) -> None:
    candidate = await day.entered()
    day.at(0)
    for path in ("paper", "paper-key"):
        assert (await candidate.client.get(f"{API}/attempt/{path}")).headers["cache-control"] == "no-store"
