"""The main line in a real browser: login by face, countdown, question, recording, upload, score."""

from __future__ import annotations

import statistics
from bisect import bisect_left
from itertools import pairwise

import numpy as np
from playwright.sync_api import expect

from tests.e2e import phone, staff
from tests.e2e.browser import Browser
from tests.e2e.candidate import (
    QUESTION,
    binding_code,
    confirm_devices,
    draw,
    end,
    log_in,
    press_enter,
    read_attachments,
    read_procedure,
    wait_for_confirmation,
    wait_for_question,
)
from tests.e2e.conftest import NAME, StartDemo
from tests.e2e.demo import Demo
from tests.e2e.observing import KEEP_STREAMS, Sight, counter_of, turn_of, watch
from tests.e2e.recordings import Frame, decode, download, settled_record, track
from tests.factories import faces
from tests.factories.fake_camera import camera_frame

# Of 255. A frame through H.264 at 450 kbit/s differs by about 11, mostly by colour; one second away by about 30.
MEAN_DIFFERENCE = 14

FRAMES_PER_SECOND = 15


def test_everything_from_login_to_a_submitted_score(
    start_demo: StartDemo, browser: Browser, phone_browser: Browser, staff_browser: Browser
) -> None:
    demo = start_demo(starts_in="90s", answer="3m")
    page, handset = browser.open(init_script=KEEP_STREAMS), phone_browser.open()
    log_in(page, demo, NAME)
    read_procedure(page)
    phone.bind(handset, demo, binding_code(page))
    draw(page)
    read_attachments(page)
    press_enter(page)
    confirm_devices(page)
    expect(page.get_by_text(QUESTION)).to_have_count(0)
    camera_seen = watch(page, "camera", seconds=4)
    screen_seen = watch(page, "screen", seconds=4)
    wait_for_question(page)
    expect(page.get_by_text(NAME)).to_have_count(0)
    page.get_by_role("button", name="刷新题目").click()
    page.wait_for_timeout(6_000)
    end(page)
    wait_for_confirmation(page)
    phone.stop(handset)
    page.get_by_role("button", name="返回首页").click()
    phone_browser.close()
    record = settled_record(demo, demo.row(NAME)["attempt_id"])
    assert [track(record, kind)["verdict"] for kind in ("camera", "screen", "phone")] == ["complete"] * 3
    (camera_epoch,), (screen_epoch,) = (track(record, kind)["recordings"] for kind in ("camera", "screen"))
    camera, screen = decode(download(demo, camera_epoch)), decode(download(demo, screen_epoch))
    assert (camera_epoch["problem"], screen_epoch["problem"]) == (None, None)
    assert len(camera.audio) / camera.audio_rate > 10
    lag = statistics.median(_camera_lags(camera_seen, camera.frames)) - statistics.median(
        _screen_lags(screen_seen, screen.frames)
    )
    assert abs(lag) < 0.1
    _score(demo, staff_browser, camera.frames, lot=record["lot"], starts_s=record["times"]["starts_ms"] / 1000)
    _look_as_officer(demo, staff_browser, lot=record["lot"])


def _score(demo: Demo, browser: Browser, recorded: list[Frame], *, lot: str, starts_s: float) -> None:
    """An examiner sees what the camera showed, under a lot number, and submits a score."""
    page = browser.open()
    staff.log_in(page, demo, "examiner")
    page.get_by_role("link", name=f"继续评分：{lot}").click()
    for until in (2, 5):
        staff.play_until(page, until)
        _compare(staff.look_at_player(page), recorded, starts_s=starts_s)
    expect(page.get_by_text(NAME)).to_have_count(0)
    for field in page.get_by_role("textbox", name="满分").all():
        field.fill("8.5")
        field.press("Tab")
    page.get_by_role("button", name="提交评分").click()
    page.get_by_role("alertdialog").get_by_role("button", name="提交评分").click()
    expect(page.get_by_text("已提交，不能再修改")).to_be_visible()
    browser.close()
    with demo.client("examiner") as examiner:
        (sheet,) = examiner.get("/api/v1/sheets").json()["sheets"]
    assert (sheet["state"], sheet["total"], sheet["lot"]) == ("submitted", "42.5", lot)


def _compare(shown: staff.Shown, recorded: list[Frame], *, starts_s: float) -> None:
    """The player's picture is the one that the camera showed, and stands at its own time."""
    number = counter_of(shown.picture)
    assert number is not None
    differences = {other: _difference(shown, other) for other in range(number - 2, number + 3)}
    assert min(differences, key=lambda other: differences[other]) == number
    assert differences[number] < MEAN_DIFFERENCE
    moments = [frame.at - starts_s for frame in recorded if counter_of(frame.picture) == number]
    assert min(abs(moment - shown.clock_s) for moment in moments) < 1.5


def _difference(shown: staff.Shown, number: int) -> float:
    """How far the player's picture is from a frame that the camera showed, of 255 a value."""
    original = camera_frame(faces.obama_other(), number)[:, :, ::-1]
    return float(np.abs(shown.picture.astype(int) - original.astype(int)).mean())


def _look_as_officer(demo: Demo, browser: Browser, *, lot: str) -> None:
    page = browser.open()
    staff.log_in(page, demo, "officer")
    page.get_by_role("link", name="11 月").first.click()
    row = page.get_by_role("row").filter(has_text=NAME)
    expect(row).to_contain_text(lot)
    expect(row).to_contain_text("已收齐")
    browser.close()


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
