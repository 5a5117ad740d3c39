"""Calling for help, and the chat that follows (F9.5, F9.11)."""

from __future__ import annotations

import asyncio
import json
import uuid
from typing import Any

import pytest
from httpx import AsyncClient, Response

from tests.factories.answers import acts_of, events_of, given, refused, stored
from tests.factories.day import API, Candidate, Day
from zhishi.day.help.models import HelpCall, HelpMessage
from zhishi.day.help.rules import TEXT_MAX
from zhishi.foundation.kernel.clock import to_ms


def message(text: str, client_id: str | None = None) -> dict[str, str]:
    return {"client_id": client_id or str(uuid.uuid4()), "text": text}


class Desk:
    """A member of staff with the chat of one candidate open."""

    def __init__(self, day: Day, username: str, candidate: Candidate) -> None:
        self.client: AsyncClient = day.staff(username)
        self.staff_id = day.world.staff[username].staff_id
        self._path = f"{API}/attempts/{candidate.attempt_id}/chat"

    async def read(self, after: int = 0) -> dict[str, Any]:
        return given(await self.client.get(self._path, params={"after": after}))

    async def say(self, text: str, client_id: str | None = None) -> Response:
        return await self.client.post(self._path, json=message(text, client_id))

    async def see(self, seq: int) -> Response:
        return await self.client.post(f"{self._path}/seen", json={"seq": seq})

    async def take(self) -> Response:
        return await self.client.post(f"{self._path}/take")

    async def close(self) -> Response:
        return await self.client.post(f"{self._path}/close")


async def say(candidate: Candidate, text: str, client_id: str | None = None) -> Response:
    return await candidate.post("/attempt/chat", message(text, client_id))


async def read(candidate: Candidate, after: int = 0) -> dict[str, Any]:
    return given(await candidate.client.get(f"{API}/attempt/chat", params={"after": after}))


async def chat_state(candidate: Candidate) -> dict[str, Any]:
    found: dict[str, Any] = (await candidate.situation())["chat"]
    return found


async def test_candidate_and_staff_write_to_each_other(day: Day) -> None:
    candidate = await day.entered(seconds=-300)
    desk = Desk(day, "invigilator", candidate)
    first_ms = to_ms(day.at(60))
    asked = given(await say(candidate, "麦克风没有声音"), 201)
    assert asked == {
        "seq": 1,
        "sender": "candidate",
        "role": None,
        "text": "麦克风没有声音",
        "sent_ms": first_ms,
        "delivered_ms": None,
        "seen_ms": None,
    }
    second_ms = to_ms(day.at(75))
    answered = given(await desk.say("请点【刷新设备】"), 201)
    assert {**answered, "text": ""} == {
        **asked,
        "seq": 2,
        "sender": "staff",
        "role": "invigilator",
        "text": "",
        "sent_ms": second_ms,
    }
    for chat in (await read(candidate), await desk.read()):
        assert [(one["seq"], one["sender"], one["text"]) for one in chat["messages"]] == [
            (1, "candidate", "麦克风没有声音"),
            (2, "staff", "请点【刷新设备】"),
        ]
    assert [one["seq"] for one in (await read(candidate, after=1))["messages"]] == [2]
    assert (await read(candidate, after=2))["messages"] == []


async def test_a_message_is_delivered_when_the_other_side_reads_and_seen_when_it_says_so(day: Day) -> None:
    candidate = await day.entered(seconds=-300)
    desk = Desk(day, "invigilator", candidate)
    day.at(10)
    given(await say(candidate, "你好"), 201)

    async def mine() -> tuple[int | None, int | None]:
        [own] = (await read(candidate))["messages"]
        return own["delivered_ms"], own["seen_ms"]

    assert await mine() == (None, None), "one's own reading delivers nothing"
    delivered_ms = to_ms(day.at(14))
    await desk.read()
    assert await mine() == (delivered_ms, None)
    seen_ms = to_ms(day.at(18))
    assert (await desk.see(1)).status_code == 204
    assert await mine() == (delivered_ms, seen_ms)
    day.at(30)
    await desk.read()
    await desk.see(1)
    assert await mine() == (delivered_ms, seen_ms), "the first time counts"


async def test_what_is_seen_at_once_was_delivered_too(day: Day) -> None:
    candidate = await day.entered(seconds=-300)
    desk = Desk(day, "support", candidate)
    day.at(10)
    for text in ("一", "二", "三"):
        given(await desk.say(text), 201)
    assert (await chat_state(candidate))["unread"] == 3
    now_ms = to_ms(day.at(20))
    assert (await candidate.post("/attempt/chat/seen", {"seq": 2})).status_code == 204
    times = [(one["delivered_ms"], one["seen_ms"]) for one in (await desk.read())["messages"]]
    assert times == [(now_ms, now_ms), (now_ms, now_ms), (None, None)]
    assert await chat_state(candidate) == {"last_seq": 3, "unread": 1, "call": "none", "called_ms": None}


async def test_seeing_marks_the_other_sides_messages_only(day: Day) -> None:
    candidate = await day.entered(seconds=-300)
    desk = Desk(day, "invigilator", candidate)
    given(await say(candidate, "问"), 201)
    given(await desk.say("答"), 201)
    await candidate.post("/attempt/chat/seen", {"seq": 2})
    assert [one["seen_ms"] is not None for one in (await read(candidate))["messages"]] == [False, True]


async def test_a_message_sent_twice_is_kept_once(day: Day) -> None:
    """F9.12: what was sent as the network broke is sent again."""
    candidate = await day.entered(seconds=-300)
    desk = Desk(day, "invigilator", candidate)
    one, other = str(uuid.uuid4()), str(uuid.uuid4())
    first = given(await say(candidate, "听不清", one), 201)
    day.at(30)
    assert given(await say(candidate, "听不清", one), 201) == first
    answer = given(await desk.say("请调大音量", other), 201)
    assert given(await desk.say("请调大音量", other), 201)["seq"] == answer["seq"] == 2
    assert len(await stored(day, HelpMessage)) == 2
    assert len(await events_of(day, candidate, "help_called")) == 1


async def test_a_message_sent_many_times_at_once_is_kept_once(day: Day) -> None:
    candidate = await day.entered(seconds=-300)
    one = str(uuid.uuid4())
    answers = await asyncio.gather(*(say(candidate, "在吗", one) for _ in range(5)))
    assert {answer.status_code for answer in answers} <= {201, 503}
    given(await say(candidate, "在吗", one), 201)
    assert [(row.seq, row.text) for row in await stored(day, HelpMessage)] == [(1, "在吗")]


async def test_messages_written_at_once_are_all_numbered(day: Day) -> None:
    candidate = await day.entered(seconds=-300)
    waiting = [message(f"第{n}条") for n in range(6)]
    while waiting:  # who is told that the server is busy sends again, as the page does
        answers = await asyncio.gather(*(candidate.post("/attempt/chat", one) for one in waiting))
        assert {answer.status_code for answer in answers} <= {201, 503}
        waiting = [one for one, answer in zip(waiting, answers, strict=True) if answer.status_code == 503]
    found = (await read(candidate))["messages"]
    assert [one["seq"] for one in found] == list(range(1, 7))
    assert {one["text"] for one in found} == {f"第{n}条" for n in range(6)}


async def test_a_call_is_opened_taken_and_closed(day: Day) -> None:
    candidate = await day.entered(seconds=-300)
    desk = Desk(day, "invigilator", candidate)
    none = {"state": "none", "opened_ms": None, "taken_ms": None, "closed_ms": None, "waits_s": None}
    assert (await desk.read())["call"] == none
    opened_ms = to_ms(day.at(10))
    await say(candidate, "求助")
    assert await chat_state(candidate) == {"last_seq": 0, "unread": 0, "call": "waiting", "called_ms": opened_ms}
    taken_ms = to_ms(day.at(40))
    taken = given(await desk.take())
    assert (taken["state"], taken["opened_ms"], taken["taken_ms"]) == ("taken", opened_ms, taken_ms)
    assert (await read(candidate))["call"]["state"] == "taken"
    closed_ms = to_ms(day.at(90))
    closed = given(await desk.close())
    assert (closed["state"], closed["taken_ms"], closed["closed_ms"]) == ("closed", taken_ms, closed_ms)
    assert (await chat_state(candidate))["call"] == "closed"


async def test_one_more_message_belongs_to_the_open_call_and_opens_a_new_one_after_it(day: Day) -> None:
    candidate = await day.entered(seconds=-300)
    desk = Desk(day, "invigilator", candidate)
    day.at(10)
    await say(candidate, "求助")
    await say(candidate, "还在吗")
    assert len(await stored(day, HelpCall)) == 1
    given(await desk.close())
    reopened_ms = to_ms(day.at(100))
    await say(candidate, "又没有声音了")
    assert await chat_state(candidate) == {"last_seq": 0, "unread": 0, "call": "waiting", "called_ms": reopened_ms}
    assert len(await events_of(day, candidate, "help_called")) == len(await stored(day, HelpCall)) == 2


async def test_an_answer_takes_the_call(day: Day) -> None:
    candidate = await day.entered(seconds=-300)
    desk = Desk(day, "support", candidate)
    await say(candidate, "求助")
    taken_ms = to_ms(day.at(33))
    await desk.say("来了")
    call = (await desk.read())["call"]
    assert (call["state"], call["taken_ms"]) == ("taken", taken_ms)
    [row] = await stored(day, HelpCall)
    assert row.taken_by == desk.staff_id


async def test_staff_may_write_first_without_opening_a_call(day: Day) -> None:
    candidate = await day.entered(seconds=-300)
    given(await Desk(day, "invigilator", candidate).say("请把手机扶正"), 201)
    assert await stored(day, HelpCall) == []
    assert await chat_state(candidate) == {"last_seq": 1, "unread": 1, "call": "none", "called_ms": None}


async def test_a_call_can_be_taken_over_and_the_first_time_counts(day: Day) -> None:
    candidate = await day.entered(seconds=-300)
    one, other = Desk(day, "invigilator", candidate), Desk(day, "support", candidate)
    await say(candidate, "求助")
    taken_ms = to_ms(day.at(20))
    given(await one.take())
    day.at(50)
    assert given(await other.take())["taken_ms"] == taken_ms
    [row] = await stored(day, HelpCall)
    assert row.taken_by == other.staff_id


async def test_without_an_open_call_nothing_is_taken_or_closed(day: Day) -> None:
    candidate = await day.entered(seconds=-300)
    desk = Desk(day, "invigilator", candidate)
    for act in (desk.take, desk.close):
        assert refused(await act())[:2] == (409, "call_not_open")
    await say(candidate, "求助")
    given(await desk.close())
    for act in (desk.take, desk.close):
        assert refused(await act())[:2] == (409, "call_not_open")


async def test_the_usual_wait_is_measured_over_the_calls_of_the_sitting(day: Day) -> None:
    """Shown, never promised: the median of what the last ones waited."""
    candidates = [await day.entered(index, seconds=-300) for index in range(3)]
    desks = [Desk(day, "invigilator", candidate) for candidate in candidates]
    for candidate in candidates:
        await say(candidate, "求助")
    for desk, wait in zip(desks, (20, 50, 200), strict=True):
        day.at(-300 + wait)
        given(await desk.take())
    assert (await read(candidates[0]))["call"]["waits_s"] == 50


async def test_help_can_be_called_before_entry_and_after_the_end(day: Day) -> None:
    """Whoever is stuck at a step needs it most."""
    day.at(-1500)
    candidate = await day.log_in(walked=False)
    given(await say(candidate, "扫码没有反应"), 201)
    day.at(1000)
    given(await say(candidate, "上传停了"), 201)
    assert len((await read(candidate))["messages"]) == 2


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("好", "好"),
        ("  前后有空格 \n", "前后有空格"),
        ("字" * TEXT_MAX, "字" * TEXT_MAX),
        ("😀" * TEXT_MAX, "😀" * TEXT_MAX),
        ("第一行\n第二行", "第一行\n第二行"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("'; DROP TABLE help_messages; --", "'; DROP TABLE help_messages; --"),
    ],
)
async def test_a_text_is_kept_as_it_was_written(day: Day, text: str, kept: str) -> None:
    candidate = await day.entered(seconds=-300)
    assert given(await say(candidate, text), 201)["text"] == kept
    assert [one["text"] for one in (await Desk(day, "officer", candidate).read())["messages"]] == [kept]


async def test_what_is_no_message_is_refused(day: Day) -> None:
    candidate = await day.entered(seconds=-300)
    bodies: list[Any] = [
        message(""),
        message("   \n\t"),
        message("字" * (TEXT_MAX + 1)),
        message("好", "not-an-id"),
        message("好", "x" * 36),
        {"text": "好"},
        {"client_id": str(uuid.uuid4())},
        {"client_id": str(uuid.uuid4()), "text": 7},
    ]
    for body in bodies:
        assert refused(await candidate.post("/attempt/chat", body))[:2] == (422, "input_invalid"), body
    for seen in ({"seq": -1}, {"seq": 10**30}, {}):
        assert refused(await candidate.post("/attempt/chat/seen", seen))[:2] == (422, "input_invalid"), seen
    for after in ("-1", "x", str(10**30)):
        answer = await candidate.client.get(f"{API}/attempt/chat", params={"after": after})
        assert refused(answer)[:2] == (422, "input_invalid"), after
    assert (await stored(day, HelpMessage), await stored(day, HelpCall)) == ([], [])


@pytest.mark.parametrize("text", ["a\x00b", "a\ud800b"])
async def test_texts_that_databases_do_not_like_are_refused_and_never_break_the_chat(day: Day, text: str) -> None:
    candidate = await day.entered(seconds=-300)
    answer = await candidate.client.post(
        f"{API}/attempt/chat", content=json.dumps(message(text)), headers={"Content-Type": "application/json"}
    )
    assert refused(answer)[:2] == (422, "input_invalid")
    assert (await read(candidate))["messages"] == []


async def test_candidates_see_the_role_of_staff_and_never_a_name(day: Day) -> None:
    candidate = await day.entered(seconds=-300)
    for username in ("invigilator", "support", "officer", "administrator"):
        given(await Desk(day, username, candidate).say("您好"), 201)
    answer = await candidate.client.get(f"{API}/attempt/chat")
    assert [one["role"] for one in answer.json()["messages"]] == ["invigilator", "support", "officer", "administrator"]
    assert [who.display_name for who in day.world.staff.values() if who.display_name in answer.text] == []
    assert [who.staff_id for who in day.world.staff.values() if who.staff_id in answer.text] == []


async def test_each_candidate_reads_their_own_chat_only(day: Day) -> None:
    one, other = await day.entered(0, seconds=-300), await day.entered(1, seconds=-300)
    given(await say(one, "我的问题"), 201)
    given(await Desk(day, "invigilator", one).say("我的回答"), 201)
    assert (await read(other))["messages"] == []
    assert await chat_state(other) == {"last_seq": 0, "unread": 0, "call": "none", "called_ms": None}
    await other.post("/attempt/chat/seen", {"seq": 2})
    assert (await chat_state(one))["unread"] == 1


async def test_a_chat_of_nobody_is_not_found(day: Day) -> None:
    desk = day.staff("invigilator")
    path = f"{API}/attempts/none/chat"
    answers = [
        await desk.get(path),
        await desk.post(path, json=message("好")),
        await desk.post(f"{path}/seen", json={"seq": 1}),
        await desk.post(f"{path}/take"),
        await desk.post(f"{path}/close"),
    ]
    assert [refused(answer)[:2] for answer in answers] == [(404, "not_found")] * 5


async def test_every_act_of_the_chat_leaves_a_row(day: Day) -> None:
    candidate = await day.entered(seconds=-300)
    desk = Desk(day, "invigilator", candidate)
    before = len(await acts_of(day))
    await say(candidate, "求助")
    await desk.take()
    await desk.say("来了")
    await desk.close()
    rows = await acts_of(day, after=before)
    assert [(row.action, row.actor_kind) for row in rows] == [
        ("help.message_sent", "candidate"),
        ("help.call_taken", "staff"),
        ("help.message_sent", "staff"),
        ("help.call_closed", "staff"),
    ]
    assert {row.subject_id for row in rows} == {candidate.attempt_id}
    # What was said is in the chat and not in a log that outlives it (D8).
    assert [row.detail for row in rows if "求助" in str(row.detail) or "来了" in str(row.detail)] == []
