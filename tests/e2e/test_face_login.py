"""Who sits before the camera decides: another person is refused, in words that help."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Playwright, expect

from tests.e2e.browser import Browser
from tests.e2e.candidate import log_in
from tests.e2e.conftest import NAME, Media, StartDemo


def test_another_persons_face_is_refused_and_told_what_to_do(
    start_demo: StartDemo, playwright_driver: Playwright, media: Media, tmp_path: Path
) -> None:
    demo = start_demo(starts_in="5m", answer="1m")
    browser = Browser(playwright_driver, tmp_path / "profile", camera=media.other_camera, microphone=media.microphone)
    page = browser.open()
    log_in(page, demo, NAME)
    alert = page.get_by_role("alert").filter(has_text="和登记照片没有对上")
    expect(alert).to_be_visible()
    expect(alert).to_contain_text("第 1 次没有通过")
    expect(page.get_by_role("button", name="进入考试")).to_have_count(0)
    browser.close()
    row = demo.row(NAME)
    assert (row["state"], row["attempt_id"]) == ("absent", None)
