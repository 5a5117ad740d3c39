"""The main line in a real browser: login by face, countdown, question, recording, upload, score."""

from __future__ import annotations

import statistics
from bisect import bisect_left
from itertools import pairwise

from playwright.sync_api import expect

from tests.e2e.browser import Browser
from tests.e2e.candidate import QUESTION, end, enter, log_in, wait_for_confirmation, wait_for_question
from tests.e2e.conftest import NAME, StartDemo
from tests.e2e.observing import KEEP_STREAMS, Sight, counter_of, turn_of, watch
from tests.e2e.recordings import Frame, decode, download, settled_record, track

FRAMES_PER_SECOND = 15


def test_everything_from_login_to_a_submitted_score(
    start_demo: StartDemo, browser: Browser, staff_browser: Browser
) -> None:
    demo = start_demo(starts_in="1m", answer="3m")
    page = browser.open(init_script=KEEP_STREAMS)
    log_in(page, demo, NAME)
    enter(page)
    expect(page.get_by_text(QUESTION)).to_have_count(0)
    camera_seen = watch(page, "camera", seconds=4)
    screen_seen = watch(page, "screen", seconds=4)
    wait_for_question(page)
    expect(page.get_by_text(NAME)).to_have_count(0)
    page.get_by_role("button", name="刷新题目").click()
    page.wait_for_timeout(6_000)
    end(page)
    wait_for_confirmation(page)
    page.get_by_role("button", name="返回首页").click()
    record = settled_record(demo, demo.row(NAME)["attempt_id"])
    (camera_epoch,), (screen_epoch,) = (track(record, kind)["recordings"] for kind in ("camera", "screen"))
    camera, screen = decode(download(demo, camera_epoch)), decode(download(demo, screen_epoch))
    assert (camera_epoch["problem"], screen_epoch["problem"]) == (None, None)
    assert len(camera.audio) / camera.audio_rate > 10
    lag = statistics.median(_camera_lags(camera_seen, camera.frames)) - statistics.median(
        _screen_lags(screen_seen, screen.frames)
    )
    assert abs(lag) < 0.1


def _camera_lags(seen: list[Sight], frames: list[Frame]) -> list[float]:
    """Recorded time less seen time of each frame that the camera numbered."""
    recorded = [(frame.at, counter_of(frame.picture)) for frame in frames]
    lags = []
    for sight in seen:
        number = counter_of(sight.picture)
        near = [at - sight.at for at, other in recorded if other == number and abs(at - sight.at) < 3]
        lags += near[:1] if number is not None else []
    assert len(lags) > 10
    return lags


def _screen_lags(seen: list[Sight], frames: list[Frame]) -> list[float]:
    """Recorded time less seen time of each frame of the screen, told apart by how far its pie is filled."""
    recorded = [(frame.at, turn_of(frame.picture)) for frame in frames]
    times = [at for at, _ in recorded]
    lags = []
    for before, sight in pairwise(seen):
        turn = turn_of(sight.picture)
        if abs(turn - turn_of(before.picture)) < 0.02:
            continue
        first = bisect_left(times, sight.at - 1)
        near = [(abs(turn - other), at) for at, other in recorded[first:] if at < sight.at + 1]
        difference, at = min(near)
        if difference < 0.02:
            lags.append(at - sight.at)
    assert len(lags) > 5
    return lags
