"""What must not show, planted and looked for: questions before T0, names before examiners (law 9, D2)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import structlog
from httpx import AsyncClient
from sqlalchemy import select

from tests.factories.answers import given
from tests.factories.crawling import addresses_of, crawl, leaks
from tests.factories.day import API, Candidate, Day
from tests.factories.world import PASSWORD, QUESTION
from zhishi.foundation.kernel.clock import to_ms
from zhishi.migrations.tables import Base

MARKER = "MARKER-7f3a91c4"
assert MARKER in QUESTION


@pytest.fixture
def log() -> Iterator[list[str]]:
    """Every line that is logged, down to the last detail, as text."""
    lines: list[str] = []

    def keep(_: Any, __: str, event: Any) -> Any:
        lines.append(json.dumps(event, ensure_ascii=False, default=repr))
        raise structlog.DropEvent

    before = structlog.get_config()
    structlog.configure(
        processors=[structlog.contextvars.merge_contextvars, structlog.processors.format_exc_info, keep],
        wrapper_class=structlog.make_filtering_bound_logger(0),
        cache_logger_on_first_use=False,
    )
    yield lines
    structlog.configure(**before)


async def stored(day: Day) -> bytes:
    """All that the house has written anywhere: every row of every table, and every file of the data folder."""
    parts: list[bytes] = []
    async with day.house.services.database.reading() as session:
        for table in Base.metadata.sorted_tables:
            for row in await session.execute(select(table)):
                parts += [bytes(value) if isinstance(value, bytes) else _text(value).encode() for value in row]
    folder: Path = day.house.services.settings.data_dir
    parts += [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    return b"\n".join(parts)


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (dict, list)) else str(value)


async def recorded(day: Day, index: int, *, shade: int = 0) -> Candidate:
    """A candidate who waited from 10 s before T0 until 20 s after it, and ended; the phone went on for 10 s more."""
    candidate = await day.entered(index, seconds=-10)
    recording = day.recording(15, seconds=-9, shade=shade)
    for kind in ("camera", "screen"):
        await candidate.upload(recording, kind=kind)
    phone = await candidate.bind_phone()
    await phone.upload(day.recording(20, seconds=-9, shade=shade))
    day.at(20)
    await candidate.post("/attempt/end")
    day.at(30)
    given(await phone.post("/phone/stop"))
    return candidate


async def shown_parts(examiner: AsyncClient, sheet: str, kind: str = "camera") -> tuple[list[str], list[list[str]]]:
    """The names of epochs in an examiner's playlist, and for each the numbers of its segments."""
    text = (await examiner.get(f"{API}/sheets/{sheet}/tracks/{kind}/playlist.m3u8")).text
    epochs = re.findall(r"epochs/(\d+)/init", text)
    return epochs, [re.findall(rf"epochs/{epoch}/segments/(\d+)", text) for epoch in epochs]


def tracks_of(candidate: Candidate) -> list[str]:
    return [*candidate.tracks.values(), *(phone.track_id for phone in candidate.phones)]


def ids_of(
    day: Day, candidates: Sequence[Candidate], sheets: Sequence[str], parts: Sequence[tuple[str, str]] = ()
) -> dict[str, list[str]]:
    epochs = [str(day.recording(1, seconds=-9).start_ms), *sorted({epoch for epoch, _ in parts})]
    return {
        "sitting_id": [day.world.sitting_id, day.world.rehearsal_id],
        "attempt_id": [one.attempt_id for one in candidates],
        "track_id": [track for one in candidates for track in tracks_of(one)],
        "epoch": epochs,
        "seq": ["0", "3", "4", "9", "14"],
        # Of a segment as examiners see it, and of a receipt.
        "number": [*(number for _, number in parts), "0", "1"],
        "sheet_id": list(sheets),
        "kind": ["camera", "screen", "phone"],
        "path": ["sittings"],
        "verification_id": ["none"],
        "exam_id": [day.world.exam_id],
        "binding_id": [phone.binding_id for one in candidates for phone in one.phones] or ["none"],
    }


async def test_before_t0_the_question_lies_nowhere_and_is_told_to_nobody(day: Day, log: list[str]) -> None:
    one, other = await day.entered(0), await day.entered(1)
    day.at(-0.001)
    addresses = addresses_of(day.app, ids_of(day, [one, other], ["none"]))
    visitors = [day.nobody, one.client, other.client, day.visitor(headers=one.bearer), *map(day.staff, day.world.staff)]
    pages = {
        f"{n} {page}": found for n, who in enumerate(visitors) for page, found in (await crawl(who, addresses)).items()
    }
    assert leaks(pages, [MARKER]) == []
    assert MARKER.encode() not in await stored(day)
    assert [line for line in log if MARKER in line] == []
    assert len(pages) > 200


async def test_after_t0_the_question_still_lies_nowhere_in_plain_text(day: Day, log: list[str]) -> None:
    candidate = await day.entered()
    day.at(0)
    assert (await candidate.client.get(f"{API}/attempt/paper-key")).status_code == 200
    await recorded(day, 1)
    await day.reconcile()
    assert MARKER.encode() not in await stored(day)
    assert [line for line in log if MARKER in line] == []


async def test_the_key_of_a_paper_lies_nowhere_but_wrapped(day: Day) -> None:
    import base64

    candidate = await day.entered()
    day.at(0)
    key = base64.b64decode((await candidate.client.get(f"{API}/attempt/paper-key")).json()["key_b64"])
    assert key not in await stored(day)


async def test_no_examiner_sees_a_name_a_ticket_or_an_id_of_the_day(day: Day) -> None:
    candidates = [await recorded(day, 0), await recorded(day, 1, shade=1)]
    await day.reconcile()
    planted = [
        *(text for who in day.world.candidates for text in (who.name, who.ticket, who.id_tail, who.registration_id)),
        *(text for one in candidates for text in (one.attempt_id, *tracks_of(one), one.token, one.secret)),
        *(text for one in candidates for phone in one.phones for text in (phone.token, phone.device)),
        *(member.display_name for member in day.world.staff.values()),
        *(day.world.sitting_id, day.world.rehearsal_id),
    ]
    own_name = day.world.staff["examiner"].display_name
    sheets = []
    for examiner in ("examiner", "examiner2"):
        listed = (await day.staff(examiner).get(f"{API}/sheets")).json()["sheets"]
        sheets += [sheet["sheet_id"] for sheet in listed]
    assert len(sheets) == 4
    parts = []
    for sheet in sheets[:2]:
        (epoch,), (numbers,) = await shown_parts(day.staff("examiner"), sheet)
        parts += [(epoch, number) for number in numbers]
    addresses = addresses_of(day.app, ids_of(day, candidates, sheets, parts))
    pages = await crawl(day.staff("examiner"), addresses)
    found = [leak for leak in leaks(pages, planted) if leak != (f"{API}/staff/session", own_name)]
    # The entrance tells everybody which sittings there are; no person is in it.
    assert [leak for leak in found if leak[0] != f"{API}/entrance"] == []
    seen = {address for address, (status, _) in pages.items() if status == 200 and "/sheets/" in address}
    assert len(seen) >= 2 + 2 * (1 + 1 + 3), "the examiner did see both sheets, playlists, inits and segments"
    assert leaks(pages, ["lot"]) != [], "the search finds what is there"


@pytest.mark.parametrize(("kind", "segments"), [("camera", 15), ("phone", 20)])
async def test_an_examiner_gets_camera_and_phone_between_t0_and_the_end_only(
    day: Day, kind: str, segments: int
) -> None:
    """Law 9: never what the phone saw before T0, its pan of the room, nor what came after this candidate's end."""
    candidate = await recorded(day, 0)
    await day.reconcile()
    examiner = day.staff("examiner")
    sheet = (await examiner.get(f"{API}/sheets")).json()["sheets"][0]["sheet_id"]
    recording, start = day.recording(segments, seconds=-9), to_ms(day.world.starts)
    tracks = f"{API}/sheets/{sheet}/tracks"
    (epoch,), (numbers,) = await shown_parts(examiner, sheet, kind)
    # Segments of two seconds from 9 s before T0: number 4 is the first to reach past T0, 14 the last before the end.
    assert len(numbers) == len(range(4, 15))
    for shown, original in zip(numbers, recording.segments[4:15], strict=True):
        found = (await examiner.get(f"{tracks}/{kind}/epochs/{epoch}/segments/{shown}")).content
        assert found.partition(b"mdat")[2] == original.data.partition(b"mdat")[2]
    beyond = [int(numbers[0]) - 1, int(numbers[-1]) + 1, 0, 4, 14]
    for number in beyond:
        assert (await examiner.get(f"{tracks}/{kind}/epochs/{epoch}/segments/{number}")).status_code == 404
    assert (await examiner.get(f"{tracks}/{kind}/epochs/{recording.start_ms}/init")).status_code == 404
    view = (await examiner.get(f"{API}/sheets/{sheet}")).json()
    assert (view["from_ms"], view["to_ms"]) == (start, start + 20_000)
    assert [track["kind"] for track in view["tracks"]] == ["camera", "phone"]
    assert [track["covered"] for track in view["tracks"]] == [[[start, start + 20_000]]] * 2
    for part in ("playlist.m3u8", f"epochs/{epoch}/init", f"epochs/{epoch}/segments/{numbers[1]}"):
        assert (await examiner.get(f"{tracks}/screen/{part}")).status_code == 404
    for part in ("playlist.m3u8", f"epochs/{recording.start_ms}/init", f"epochs/{recording.start_ms}/segments/5"):
        for track_id in tracks_of(candidate):
            assert (await examiner.get(f"{API}/tracks/{track_id}/{part}")).status_code == 403


async def test_what_an_examiner_gets_does_not_tell_who_entered_first(day: Day) -> None:
    """Neither names nor numbers nor the bytes themselves tell for how long a recorder had been running at T0."""
    told = []
    for index, seconds in ((0, -60), (1, -10)):
        candidate = await day.entered(index, seconds=seconds)
        await candidate.upload(day.recording((20 - seconds) // 2, seconds=seconds, shade=index))
        day.at(20)
        await candidate.post("/attempt/end")
    await day.reconcile()
    examiner = day.staff("examiner")
    for sheet in (await examiner.get(f"{API}/sheets")).json()["sheets"]:
        track = f"{API}/sheets/{sheet['sheet_id']}/tracks/camera"
        (epoch,), (numbers,) = await shown_parts(examiner, sheet["sheet_id"])
        assert min(int(number) for number in numbers) > 100
        init = (await examiner.get(f"{track}/epochs/{epoch}/init")).content
        first = (await examiner.get(f"{track}/epochs/{epoch}/segments/{numbers[0]}")).content
        at = first.index(b"mfhd") + 8
        assert int.from_bytes(first[at : at + 4]) == int(numbers[0]) + 1
        for box in (b"mvhd", b"tkhd", b"mdhd"):
            place = init.index(box) + 8
            assert init[place : place + 8] == bytes(8), box
        told.append((epoch, len(numbers), init))
    assert told[0][0] != told[1][0]
    assert told[0][1:] == told[1][1:]


async def test_footage_after_the_end_is_not_shown_to_examiners(day: Day) -> None:
    candidate = await day.entered(0, seconds=0)
    recording = day.recording(10)
    await candidate.upload(recording)
    day.at(8)
    await candidate.post("/attempt/end")
    await day.reconcile()
    examiner = day.staff("examiner")
    sheet = (await examiner.get(f"{API}/sheets")).json()["sheets"][0]["sheet_id"]
    _, (numbers,) = await shown_parts(examiner, sheet)
    assert len(numbers) == 4


async def test_from_entry_on_the_candidates_own_page_holds_no_name(day: Day) -> None:
    day.at(-300)
    candidate = await day.log_in()
    before = await candidate.client.get(f"{API}/attempt")
    assert before.json()["person"] == {"name": candidate.who.name}
    entered = await candidate.post("/attempt/entry", {"displays": 1, "surface": "monitor"})
    answers = [entered]
    for seconds in (-1, 0, 899, 900, 5000):
        day.at(seconds)
        answers.append(await candidate.client.get(f"{API}/attempt"))
    answers += [await candidate.post("/attempt/departure"), await candidate.client.get(f"{API}/attempt")]
    for answer in answers:
        assert answer.json()["person"] is None
        for secret in (candidate.who.name, candidate.who.ticket, candidate.who.id_tail):
            assert secret not in answer.text


async def test_from_entry_on_no_address_tells_computer_or_phone_a_name(day: Day) -> None:
    """The screen is recorded, and the phone lies in sight of its own camera; the chat shows roles."""
    candidate = await day.entered(seconds=-300)
    phone = await candidate.bind_phone()
    hello = {"client_id": candidate.attempt_id, "text": "您好"}
    chat = f"{API}/attempts/{candidate.attempt_id}/chat"
    assert (await day.staff("invigilator").post(chat, json=hello)).status_code == 201
    addresses = addresses_of(day.app, ids_of(day, [candidate], ["none"]))
    names = [who.name for who in day.world.candidates] + [who.display_name for who in day.world.staff.values()]
    for seconds in (-1, 0, 899):
        day.at(seconds)
        for client in (candidate.client, day.visitor(headers=phone.bearer)):
            pages = await crawl(client, addresses)
            assert leaks(pages, [*names, candidate.who.id_tail]) == []
            # The home page says whose it is by the number that the candidate logged in with, and by nothing else.
            assert {address for address, _ in leaks(pages, [candidate.who.ticket])} <= {f"{API}/home"}
    assert given(await phone.get("/phone"))["lot"] == (await candidate.situation())["lot"]


async def test_a_candidate_sees_nothing_of_another(day: Day) -> None:
    one, other = await recorded(day, 0), await recorded(day, 1)
    [mine], [theirs] = one.phones, other.phones
    addresses = addresses_of(day.app, ids_of(day, [one, other], ["none"]))
    planted = [other.who.name, other.who.ticket, other.attempt_id, *other.tracks.values(), other.token]
    planted += [theirs.token, theirs.track_id, theirs.device]
    for who in (one.client, day.visitor(headers=one.bearer), day.visitor(headers=mine.bearer)):
        assert leaks(await crawl(who, addresses), planted) == []


async def test_no_log_line_holds_a_name_a_ticket_a_token_or_a_password(day: Day, log: list[str]) -> None:
    candidate = await recorded(day, 0)
    await day.reconcile()
    await day.nobody.post(f"{API}/staff/session", json={"username": "officer", "password": PASSWORD})
    await day.nobody.post(f"{API}/staff/session", json={"username": "officer", "password": "wrong-" + PASSWORD})
    await day.nobody.post(
        f"{API}/logins",
        data={"ticket": candidate.who.ticket, "id_tail": candidate.who.id_tail, "device": "0" * 36},
        files=[("frames", ("a.jpg", b"not a picture", "image/jpeg"))] * 3,
    )
    for username in day.world.staff:
        await crawl(day.staff(username), addresses_of(day.app, ids_of(day, [candidate], ["none"])))
    planted = [
        *(candidate.who.name, candidate.who.ticket, candidate.who.id_tail, candidate.token, candidate.secret, PASSWORD),
        *(candidate.phones[0].token, candidate.phones[0].code, candidate.who.home_secret),
        *(member.secret for member in day.world.staff.values()),
    ]
    assert [(line, secret) for line in log for secret in planted if secret in line] == []
    assert len(log) > 100


async def test_secrets_of_sessions_and_id_numbers_lie_nowhere_in_plain_text(day: Day) -> None:
    candidate = await recorded(day, 0)
    await day.reconcile()
    everything = await stored(day)
    planted = [
        *(candidate.secret, candidate.token, PASSWORD),
        *(candidate.phones[0].token, candidate.phones[0].code, candidate.phones[0].code.replace("-", "")),
        *(who.home_secret for who in day.world.candidates),
        *(who.id_tail for who in day.world.candidates if who.id_tail != "111111"),
        *(member.secret for member in day.world.staff.values()),
    ]
    assert [secret for secret in planted if secret.encode() in everything] == []
    assert candidate.who.name.encode() in everything, "the search finds what is there"


async def test_refusals_tell_nothing_about_others(day: Day) -> None:
    """The same words whether a ticket exists or not, whether an id exists or not."""
    candidate = await day.entered()

    async def login(ticket: str) -> Any:
        answer = await day.nobody.post(
            f"{API}/logins",
            data={"ticket": ticket, "id_tail": "000000", "device": "0" * 36},
            files=[("frames", ("a.jpg", b"x", "image/jpeg"))] * 3,
        )
        return answer.status_code, {**answer.json()["error"], "reference": ""}

    assert await login(candidate.who.ticket) == await login("NO-SUCH-TICKET")
    examiner = day.staff("examiner")

    async def sheet(sheet_id: str) -> Any:
        answer = await examiner.get(f"{API}/sheets/{sheet_id}")
        return answer.status_code, {**answer.json()["error"], "reference": ""}

    await recorded(day, 1)
    await day.reconcile()
    theirs = (await day.staff("examiner2").get(f"{API}/sheets")).json()["sheets"][0]["sheet_id"]
    assert await sheet(theirs) == await sheet("00000000-0000-4000-8000-000000000000")
