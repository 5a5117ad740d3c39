"""Cable out, browser killed, server killed: nothing that was finished is lost, and the candidate is back in place."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.e2e.browser import Browser
from tests.e2e.candidate import (
    QUESTION,
    end,
    enter,
    log_in,
    share_again,
    wait_for_confirmation,
    wait_for_question,
)
from tests.e2e.conftest import NAME, StartDemo
from tests.e2e.recordings import decode, download, settled_record, track

# A segment lasts two seconds; one may be unfinished when power fails.
UNFINISHED_MS = 2_500


def test_a_killed_browser_and_a_killed_server_lose_nothing_that_was_finished(
    start_demo: StartDemo, browser: Browser
) -> None:
    demo = start_demo(starts_in="75s", answer="4m")
    page = browser.open()
    log_in(page, demo, NAME)
    enter(page)
    wait_for_question(page)
    page.wait_for_timeout(3_000)
    demo.kill()
    # The server is gone and segments pile up on the device: now the browser goes too.
    page.wait_for_timeout(5_000)
    browser.kill()
    demo.start()
    page = browser.open()
    page.goto(demo.base_url)
    expect(page.get_by_text(QUESTION)).to_be_visible()
    share_again(page)
    expect(page.get_by_text("录制中")).to_be_visible()
    page.wait_for_timeout(5_000)
    end(page)
    wait_for_confirmation(page)
    record = settled_record(demo, demo.row(NAME)["attempt_id"])
    assert record["interruptions"] == 1
    for kind in ("camera", "screen"):
        one = track(record, kind)
        assert one["verdict"] == "complete"
        first, second = one["recordings"]
        assert first["close_reason"] == "crashed"
        interrupted = [gap for gap in one["gaps"] if gap["cause"] != "starting"]
        assert [gap["cause"] for gap in interrupted] == ["crashed"]
        # What is missing before the kill is at most the one segment that was not finished.
        end_of_first = decode(download(demo, first)).frames[-1].at * 1000
        assert interrupted[0]["from_ms"] - end_of_first < UNFINISHED_MS
        assert decode(download(demo, second)).frames
