"""Results are public as a fact: candidates' local copies are kept until then (F10.4)."""

from __future__ import annotations

import pytest

from tests.factories.answers import given, refused
from tests.factories.day import API, Day
from zhishi.foundation.kernel.clock import to_ms


async def test_local_copies_are_needed_until_results_are_published(day: Day) -> None:
    candidate = await day.entered(seconds=0)
    day.at(10)
    await candidate.post("/attempt/end")
    before = given(await candidate.client.get(f"{API}/home"))
    assert (before["results_published_ms"], before["attempts"][0]["copies_may_go"]) == (None, False)
    published_ms = to_ms(day.at(3600))
    path = f"{API}/exams/{day.world.exam_id}/results-publication"
    assert given(await day.staff("officer").post(path))["published_ms"] == published_ms
    after = given(await candidate.client.get(f"{API}/home"))
    assert (after["results_published_ms"], after["attempts"][0]["copies_may_go"]) == (published_ms, True)


async def test_a_publication_has_one_moment(day: Day) -> None:
    path = f"{API}/exams/{day.world.exam_id}/results-publication"
    first = given(await day.staff("officer").post(path))
    day.at(5)
    assert given(await day.staff("officer").post(path)) == first


@pytest.mark.parametrize("who", ["invigilator", "examiner", "support"])
async def test_only_officers_publish(day: Day, who: str) -> None:
    path = f"{API}/exams/{day.world.exam_id}/results-publication"
    assert refused(await day.staff(who).post(path)) == (403, "forbidden", {})


async def test_an_exam_that_is_not_there_is_told(day: Day) -> None:
    path = f"{API}/exams/{day.world.sitting_id}/results-publication"
    assert refused(await day.staff("officer").post(path)) == (404, "not_found", {})
