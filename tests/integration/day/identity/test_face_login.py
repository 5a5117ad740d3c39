"""Face login with the real engines: who is let in, and who is not (F2)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from tests.factories import faces
from tests.factories.day import API, Day
from tests.factories.login_page import (
    Page,
    attempts,
    event_kinds,
    frames_of,
    outcome,
    outcomes,
    pictures_stored,
    running_logins,
)
from zhishi.day.attempts.rules import LOGIN_LENGTH


async def test_the_registered_person_is_let_in(day: Day) -> None:
    day.at(-1000)
    page, who = Page(day), day.world.candidates[0]
    answer = await page.log_in(who)
    assert outcome(answer) == (201, None)
    found = answer.json()
    assert (found["page"], found["person"], found["photo_registered"]) == ("preparation", {"name": who.name}, False)
    assert (await page.client.get(f"{API}/attempt")).json()["attempt_id"] == found["attempt_id"]
    [attempt] = await attempts(day)
    assert (attempt.id, attempt.registration_id, attempt.device_id) == (
        found["attempt_id"],
        who.registration_id,
        page.device,
    )
    assert await outcomes(day) == ["accepted"]


async def test_another_picture_of_the_same_person_is_let_in(day: Day) -> None:
    day.at(-1000)
    answer = await Page(day).log_in(day.world.candidates[0], frames_of(faces.obama_other()))
    assert outcome(answer) == (201, None)


async def test_another_person_is_refused_and_told_what_to_do(day: Day) -> None:
    day.at(-1000)
    page, who = Page(day), day.world.candidates[0]
    for failures in (1, 2):
        answer = await page.log_in(who, frames_of(faces.biden()))
        assert outcome(answer) == (422, "face_not_matching")
        assert answer.json()["error"]["detail"]["failures"] == failures
    assert "摘下口罩" in answer.json()["error"]["message"]["zh"]
    assert await attempts(day) == []
    assert await outcomes(day) == ["face_not_matching"] * 2
    assert (await page.client.get(f"{API}/attempt")).status_code == 401


async def test_a_stranger_among_the_frames_is_refused(day: Day) -> None:
    day.at(-1000)
    own, other = frames_of(faces.obama()), frames_of(faces.biden())
    answer = await Page(day).log_in(day.world.candidates[0], [own[0], other[0], own[1]])
    assert outcome(answer) == (422, "face_inconsistent")
    assert await attempts(day) == []


async def test_the_cookie_can_be_read_by_no_script_and_sent_from_no_other_site(day: Day) -> None:
    day.at(-1000)
    answer = await Page(day).log_in(day.world.candidates[0])
    [field] = answer.headers.get_list("set-cookie")
    parts = [part.strip().lower() for part in field.split(";")]
    assert {"httponly", "samesite=strict", "path=/", f"max-age={int(LOGIN_LENGTH.total_seconds())}"} <= set(parts)


BAD_PICTURES: dict[str, tuple[Callable[[], bytes], int, str]] = {
    "corrupt": (lambda: faces.truncated(faces.obama()), 422, "picture_unreadable"),
    "text": (lambda: "这不是照片".encode() * 100, 422, "picture_unreadable"),
    "12,000 pixels": (faces.huge_png, 422, "picture_dimensions"),
    "two faces": (lambda: faces.two_faces(faces.obama(), faces.biden()), 422, "face_several"),
    "no face": (faces.no_face, 422, "face_none"),
    "dark": (lambda: faces.dark(faces.obama()), 422, "face_too_dark"),
    "bright": (lambda: faces.bright(faces.obama()), 422, "face_too_bright"),
    "blurred": (lambda: faces.blurred(faces.obama()), 422, "face_blurred"),
    "far away": (lambda: faces.far_away(faces.obama()), 422, "face_too_far"),
}


async def test_each_bad_picture_has_its_error_and_leaves_nothing_half_written(day: Day) -> None:
    who, stored = day.world.candidates[0], pictures_stored(day)
    expected = []
    for minute, (name, (make, status, code)) in enumerate(BAD_PICTURES.items()):
        day.at(-1700 + minute * 61)
        answer = await Page(day).log_in(who, [make()] * 3)
        assert outcome(answer) == (status, code), name
        expected.append(code)
    assert await outcomes(day) == expected
    assert await attempts(day) == []
    assert await event_kinds(day) == []
    assert pictures_stored(day) == stored


async def test_one_bad_picture_among_good_ones_is_told_of(day: Day) -> None:
    day.at(-1000)
    own = frames_of(faces.obama())
    answer = await Page(day).log_in(day.world.candidates[0], [own[0], own[1], faces.no_face()])
    assert outcome(answer) == (422, "face_none")
    assert await attempts(day) == []


@pytest.mark.parametrize("count", [1, 2, 4])
async def test_exactly_three_pictures_are_needed(day: Day, count: int) -> None:
    day.at(-1000)
    answer = await Page(day).log_in(day.world.candidates[0], [b"x"] * count)
    assert outcome(answer) == (422, "picture_count")


async def test_a_picture_of_more_than_a_megabyte_is_too_large(day: Day) -> None:
    day.at(-1000)
    answer = await Page(day).log_in(day.world.candidates[0], [b"x" * (2**20 + 1)] * 3)
    assert (outcome(answer), answer.json()["error"]["detail"]) == ((413, "picture_too_large"), {"limit": 2**20})


async def test_without_a_registered_photograph_nobody_is_let_in(day: Day) -> None:
    day.at(-1000)
    answer = await Page(day).log_in(day.world.candidates[2], frames_of(faces.astronaut()))
    assert outcome(answer) == (409, "photo_missing")
    assert (await attempts(day), await outcomes(day)) == ([], ["photo_missing"])


async def test_a_registered_photograph_that_is_gone_or_spoiled_is_as_none(day: Day) -> None:
    day.at(-1000)
    who = day.world.candidates[0]
    photographs = list((day.house.services.settings.data_dir / "blobs" / "photographs").iterdir())
    for path in photographs:
        path.write_bytes(b"spoiled")
    assert outcome(await Page(day).log_in(who)) == (409, "photo_missing")
    for path in photographs:
        path.unlink()
    assert outcome(await Page(day).log_in(who)) == (409, "photo_missing")
    assert await attempts(day) == []


async def test_where_the_policy_says_so_the_first_face_becomes_the_registered_one(lenient_day: Day) -> None:
    day = lenient_day
    day.at(-1000)
    who, stored = day.world.candidates[2], pictures_stored(lenient_day)
    page = Page(day)
    answer = await page.log_in(who, frames_of(faces.astronaut()))
    assert (outcome(answer), answer.json()["photo_registered"]) == ((201, None), True)
    assert pictures_stored(day) == stored + 1
    answer = await page.log_in(who, frames_of(faces.biden()))
    assert outcome(answer) == (422, "face_not_matching")
    answer = await page.log_in(who, frames_of(faces.astronaut()))
    assert (outcome(answer), answer.json()["photo_registered"]) == ((201, None), False)
    assert pictures_stored(day) == stored + 1
    assert await outcomes(day) == ["accepted", "face_not_matching", "accepted"]


async def test_a_bad_picture_never_becomes_a_registered_photograph(lenient_day: Day) -> None:
    day = lenient_day
    day.at(-1000)
    who, stored = day.world.candidates[2], pictures_stored(day)
    answer = await Page(day).log_in(who, [faces.dark(faces.astronaut())] * 3)
    assert outcome(answer) == (422, "face_too_dark")
    assert (pictures_stored(day), await attempts(day)) == (stored, [])


async def test_of_two_people_who_come_first_at_once_one_is_registered_and_the_other_not_let_in(
    lenient_day: Day,
) -> None:
    day = lenient_day
    day.at(-1000)
    who, page = day.world.candidates[2], Page(day)
    answers = await asyncio.gather(
        *(page.log_in(who, frames_of(face), take_over="true") for face in (faces.astronaut(), faces.biden()))
    )
    assert sorted(answer.status_code for answer in answers) in ([201, 422], [201, 503])
    again = [await page.log_in(who, frames_of(face)) for face in (faces.astronaut(), faces.biden())]
    assert sorted(answer.status_code for answer in again) == [201, 422]


async def test_a_self_taken_photograph_does_not_open_anybody_elses_registration(lenient_day: Day) -> None:
    day = lenient_day
    day.at(-1000)
    answer = await Page(day).log_in(day.world.candidates[0], frames_of(faces.astronaut()))
    assert outcome(answer) == (422, "face_not_matching")


async def test_many_logins_at_once_are_all_answered_and_each_attempt_has_one_login(day: Day) -> None:
    day.at(-1000)
    one, other = day.world.candidates[:2]
    answers = await asyncio.gather(Page(day).log_in(one), Page(day).log_in(one), Page(day).log_in(other))
    assert {answer.status_code for answer in answers} <= {201, 409, 503}
    assert answers[2].status_code == 201
    logins = await running_logins(day)
    assert len(logins) == len({login.attempt_id for login in logins}) == len(await attempts(day)) == 2
