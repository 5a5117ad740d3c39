"""The main line in a real browser: login by face, countdown, question, recording, upload."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.e2e.browser import Browser
from tests.e2e.candidate import end, enter, log_in
from tests.e2e.conftest import NAME, StartDemo

QUESTION = "社区把一间闲置的仓库"


def test_a_candidate_is_recorded_from_entry_to_confirmed_upload(start_demo: StartDemo, browser: Browser) -> None:
    demo = start_demo(starts_in="45s", answer="60s")
    page = browser.open()
    log_in(page, demo, NAME)
    enter(page)
    expect(page.get_by_text(QUESTION)).to_have_count(0)
    expect(page.get_by_text(QUESTION)).to_be_visible(timeout=60_000)
    page.wait_for_timeout(8000)
    end(page)
    expect(page.get_by_role("button", name="返回首页")).to_be_enabled(timeout=60_000)
