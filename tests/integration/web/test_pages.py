"""The four pages and their assets, as `make frontend` built them."""

from __future__ import annotations

import re

from tests.factories.day import Day


async def test_each_address_has_its_page_which_is_asked_for_again_each_time(day: Day) -> None:
    pages = {}
    for path in ("/", "/phone", "/console", "/console/sittings/x"):
        answer = await day.nobody.get(path)
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-cache"), path
        assert answer.headers["content-type"].startswith("text/html")
        pages[path] = answer.text
    assert pages["/console"] == pages["/console/sittings/x"]
    assert len(set(pages.values())) == 3


async def test_assets_are_kept_for_a_year_because_their_names_change_with_their_content(day: Day) -> None:
    page = (await day.nobody.get("/")).text
    assets = re.findall(r'(?:src|href)="(/assets/[^"]+)"', page)
    assert assets != []
    for path in assets:
        answer = await day.nobody.get(path)
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"


async def test_no_page_needs_what_the_security_policy_forbids(day: Day) -> None:
    for path in ("/", "/phone", "/console"):
        page = (await day.nobody.get(path)).text
        assert re.findall(r"<script(?![^>]*\bsrc=)[^>]*>", page) == []
        assert re.findall(r"<style|\son\w+=|javascript:", page) == []
