"""A device clock that is wrong, and that somebody sets during the exam, changes nothing."""

from __future__ import annotations

import time
from itertools import pairwise

from playwright.sync_api import expect

from tests.e2e.browser import Browser
from tests.e2e.candidate import end, enter, log_in, wait_for_confirmation, wait_for_question
from tests.e2e.conftest import NAME, StartDemo
from tests.e2e.recordings import decode, download, settled_record, track

# Frames are stamped when they are delivered: a camera needs some time from light to frame.
CLOSE_S = 0.5
STARTED_S = 2
# A screen that stands still gives a picture a second.
STEP_AT_MOST_S = 1.2


def test_the_countdown_and_every_recorded_frame_follow_the_servers_clock(
    start_demo: StartDemo, browser: Browser
) -> None:
    demo = start_demo(starts_in="80s", answer="3m")
    page = browser.open()
    browser.set_device_clock(page, 3600)
    page.goto(demo.base_url)
    assert abs(page.evaluate("Date.now()") / 1000 - time.time() - 3600) < 5
    log_in(page, demo, NAME)
    enter(page)
    page.wait_for_timeout(4_000)
    browser.set_device_clock(page, -600)
    wait_for_question(page)
    assert abs(page.evaluate("Date.now()") / 1000 - time.time() + 600) < 5
    expect(page.get_by_text("录制中")).to_be_visible()
    page.wait_for_timeout(4_000)
    end(page)
    wait_for_confirmation(page)
    record = settled_record(demo, demo.row(NAME)["attempt_id"])
    assert "clock_stepped" in [event["kind"] for event in record["events"]]
    for kind in ("camera", "screen"):
        one = track(record, kind)
        assert [gap["cause"] for gap in one["gaps"] if gap["cause"] != "starting"] == []
        (epoch,) = one["recordings"]
        frames = decode(download(demo, epoch)).frames
        assert abs(frames[-1].at - record["ended_ms"] / 1000) < CLOSE_S
        steps = [(before.at, after.at - before.at) for before, after in pairwise(frames)]
        assert min(step for _, step in steps) > 0
        # A busy machine may stall its camera while the recorder starts; the clock is set later than that.
        assert max(step for at, step in steps if at > frames[0].at + STARTED_S) < STEP_AT_MOST_S
