"""What goes wrong on the way: each time words that help, and no dead end."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Playwright, expect

from tests.e2e import phone
from tests.e2e.browser import Browser
from tests.e2e.candidate import (
    at_step,
    binding_code,
    confirm_devices,
    end,
    enter,
    log_in,
    press_enter,
    read_attachments,
    read_procedure,
    wait_for_confirmation,
    wait_for_question,
    walk_to_entry,
)
from tests.e2e.conftest import Media, OpenBrowser
from tests.e2e.exam_day import ExamDay
from tests.e2e.recordings import settled_record, track, wait_for_recordings
from tests.e2e.words import ZH
from tests.factories.world import QUESTION

NAME = "张泄露"


def _at_entry(page: Page, exam: ExamDay) -> None:
    exam.at(-900)
    log_in(page, exam, NAME)
    walk_to_entry(page)


def test_an_undrawn_lot_is_assigned_at_entry(exam_day: ExamDay, browser: Browser) -> None:
    page = browser.open()
    _at_entry(page, exam_day)
    expect(page.get_by_text("进入时系统分配")).to_be_visible()
    press_enter(page)
    at_step(page, 8)
    lot = exam_day.row(NAME)["lot"]
    assert lot in ("001", "002", "003")
    confirm_devices(page)
    expect(page.get_by_text(f"抽签号 {lot}")).to_be_visible()


def test_a_phone_that_is_lost_after_step_four_keeps_nobody_from_entering(
    exam_day: ExamDay, browser: Browser, phone_browser: Browser
) -> None:
    exam_day.at(-900)
    page, handset = browser.open(), phone_browser.open()
    log_in(page, exam_day, NAME)
    read_procedure(page)
    phone.bind(handset, exam_day, binding_code(page))
    at_step(page, 5)
    page.get_by_role("button", name=ZH.leave_to_system).click()
    read_attachments(page)
    phone_browser.kill()
    exam_day.at(-700)
    expect(page.get_by_text("手机 20 秒没有消息")).to_be_visible(timeout=30_000)
    press_enter(page)
    confirm_devices(page)
    assert exam_day.row(NAME)["phone"]["state"] == "lost"


def test_a_second_tab_does_not_record_and_says_where_the_exam_runs(exam_day: ExamDay, browser: Browser) -> None:
    page = browser.open()
    _at_entry(page, exam_day)
    press_enter(page)
    at_step(page, 8)
    other = browser.context.new_page()
    other.goto(exam_day.base_url)
    expect(other.get_by_text("考试正在这台电脑的另一个标签页里进行")).to_be_visible(timeout=30_000)
    other.close()
    confirm_devices(page)


def test_camera_and_microphone_are_changed_while_they_are_recorded(
    exam_day: ExamDay, browser: Browser, playwright_driver: Playwright, media: Media
) -> None:
    page = browser.open()
    _at_entry(page, exam_day)
    press_enter(page)
    at_step(page, 8)
    attempt_id = exam_day.row(NAME)["attempt_id"]
    wait_for_recordings(exam_day, attempt_id, "camera", 1)
    browser.close()
    # The same computer with more cameras, which only the browser's own pictures give. The second of them is a depth
    # camera, whose pictures no encoder takes.
    more = "--use-fake-device-for-media-stream=device-count=3"
    richer = Browser(playwright_driver, browser.profile, camera=None, microphone=media.microphone, flags=[more])
    try:
        page = richer.open()
        page.goto(exam_day.base_url)
        at_step(page, 8)
        wait_for_recordings(exam_day, attempt_id, "camera", 2)
        page.get_by_role("combobox", name="摄像头").select_option(label="fake_device_2")
        page.get_by_role("combobox", name="麦克风").select_option(label="Fake Audio Input 2")
        wait_for_recordings(exam_day, attempt_id, "camera", 3)
        confirm_devices(page)
        exam_day.at(-3)
        wait_for_question(page, QUESTION)
        page.wait_for_timeout(3_000)
        end(page)
        wait_for_confirmation(page)
    finally:
        richer.close()
    record = settled_record(exam_day, attempt_id)
    changed = {event["kind"]: event["detail"] for event in record["events"]}
    assert (changed["camera_changed"]["client_from"], changed["camera_changed"]["client_to"]) == (
        "fake_device_0",
        "fake_device_2",
    )
    assert changed["microphone_changed"]["client_to"] == "Fake Audio Input 2"
    camera = track(record, "camera")
    # Before the restart, with one camera, with the other, and after the clock was moved; a microphone begins none.
    assert [one["problem"] for one in camera["recordings"]] == [None] * 4
    assert camera["recordings"][-1]["frames"] > 20


def test_a_second_display_must_be_unplugged_before_entry(exam_day: ExamDay, open_browser: OpenBrowser) -> None:
    page = open_browser("--screen-info={1280x720}{1920x1080}").open()
    _at_entry(page, exam_day)
    expect(page.get_by_text("检测到第二个显示器")).to_be_visible()
    expect(page.get_by_role("button", name=ZH.enter)).to_be_disabled()
    assert exam_day.row(NAME)["entered_ms"] is None


@pytest.mark.parametrize("surface", ["window", "browser"])
def test_a_wrong_surface_is_told_and_can_be_chosen_again(exam_day: ExamDay, browser: Browser, surface: str) -> None:
    # The fake dialog of this browser gives the screen whenever a page prefers it; a person may choose another thing.
    page = browser.open(init_script=_SHARING_ANOTHER.replace("SURFACE", surface))
    _at_entry(page, exam_day)
    press_enter(page)
    expect(page.get_by_text("您选的是一个窗口或标签页，不是整个屏幕")).to_be_visible()
    expect(page.get_by_role("button", name=ZH.enter)).to_be_enabled()
    assert exam_day.row(NAME)["entered_ms"] is None
    page.evaluate("window.shareScreen = true")
    press_enter(page)
    at_step(page, 8)


_SHARING_ANOTHER = """
window.shareScreen = false
const shareReal = navigator.mediaDevices.getDisplayMedia.bind(navigator.mediaDevices)
navigator.mediaDevices.getDisplayMedia = async options => {
  const stream = await shareReal(options)
  const track = stream.getVideoTracks()[0]
  const settings = track.getSettings.bind(track)
  if (!window.shareScreen) track.getSettings = () => ({ ...settings(), displaySurface: 'SURFACE' })
  return stream
}
"""


def test_a_declined_share_is_told_and_can_be_tried_again(exam_day: ExamDay, browser: Browser) -> None:
    # The fake dialog of this browser never says no to a screen alone; what a person's "no" does in the page is this.
    page = browser.open(init_script=_REFUSING_SHARE)
    _at_entry(page, exam_day)
    press_enter(page)
    expect(page.get_by_text("没有共享屏幕")).to_be_visible()
    page.evaluate("window.allowShare = true")
    press_enter(page)
    at_step(page, 8)


_REFUSING_SHARE = """
window.allowShare = false
const share = navigator.mediaDevices.getDisplayMedia.bind(navigator.mediaDevices)
navigator.mediaDevices.getDisplayMedia = (options) =>
  window.allowShare ? share(options) : Promise.reject(new DOMException('denied', 'NotAllowedError'))
"""

_NO_DEVICE = """
const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices)
navigator.mediaDevices.getUserMedia = (wanted) =>
  (DEVICE in wanted && wanted[DEVICE]) ? Promise.reject(new DOMException('test', 'CAUSE')) : ask(wanted)
"""


def test_a_denied_camera_is_told_with_the_way_to_allow_it(exam_day: ExamDay, open_browser: OpenBrowser) -> None:
    exam_day.at(-900)
    page = open_browser("--use-fake-ui-for-media-stream=deny").open()
    page.goto(exam_day.base_url)
    expect(page.get_by_text("浏览器没有得到使用摄像头的允许").first).to_be_visible(timeout=30_000)
    expect(page.get_by_text("请点地址栏左侧的图标").first).to_be_visible()
    page.get_by_role("button", name=ZH.to_login).click()
    expect(page.get_by_role("button", name="刷新设备")).to_be_visible()
    expect(page.get_by_text("400-808-3202").first).to_be_visible()


@pytest.mark.parametrize(
    ("device", "cause", "told"),
    [
        ("video", "NotReadableError", "摄像头被别的程序占用"),
        ("video", "NotFoundError", "没有找到摄像头"),
        ("audio", "NotFoundError", "没有找到"),
    ],
)
def test_a_device_that_cannot_be_had_is_named_with_its_remedy(
    exam_day: ExamDay, browser: Browser, device: str, cause: str, told: str
) -> None:
    exam_day.at(-900)
    # Which program holds a camera cannot be arranged in a browser without a screen: the browser's answer is given.
    page = browser.open(init_script=_NO_DEVICE.replace("DEVICE", f"'{device}'").replace("CAUSE", cause))
    page.goto(exam_day.base_url)
    expect(page.get_by_text(told).first).to_be_visible(timeout=30_000)
    expect(page.get_by_role("button", name=ZH.to_login)).to_be_enabled()


@pytest.mark.parametrize("missing", ["VideoEncoder", "MediaStreamTrackProcessor"])
def test_a_browser_that_cannot_record_is_told_which_one_can(exam_day: ExamDay, browser: Browser, missing: str) -> None:
    exam_day.at(-900)
    page = browser.open(init_script=f"delete globalThis.{missing}")
    page.goto(exam_day.base_url)
    expect(page.get_by_text("这个浏览器不能录制考试").first).to_be_visible(timeout=30_000)
    expect(page.get_by_text("最新版的 Chrome 或 Edge").first).to_be_visible()
    expect(page.get_by_text("400-808-3202").first).to_be_visible()


def test_a_reload_in_any_step_comes_back_to_it_and_help_reaches_staff(exam_day: ExamDay, browser: Browser) -> None:
    exam_day.at(-900)
    page = browser.open()
    log_in(page, exam_day, NAME)
    for step in (3, 4):
        at_step(page, step)
        page.reload()
        at_step(page, step)
        if step == 3:
            read_procedure(page)
    page.get_by_role("button", name=ZH.without_phone).click()
    at_step(page, 5)
    page.reload()
    at_step(page, 5)
    page.get_by_role("button", name=ZH.leave_to_system).click()
    read_attachments(page)
    at_step(page, 7)
    page.reload()
    press_enter(page)
    at_step(page, 8)
    page.reload()
    at_step(page, 8)
    confirm_devices(page)
    exam_day.at(-3)
    wait_for_question(page, QUESTION)
    page.reload()
    wait_for_question(page, QUESTION)
    assert "interrupted" in [event["kind"] for event in exam_day.events(NAME)]


def test_the_same_walk_is_refused_over_http_where_a_step_is_left_out(exam_day: ExamDay, browser: Browser) -> None:
    exam_day.at(-900)
    page = browser.open()
    log_in(page, exam_day, NAME)
    at_step(page, 3)
    answer = page.request.post(
        f"{exam_day.base_url}/api/v1/attempt/entry", data={"displays": 1, "surface": "monitor", "fullscreen": False}
    )
    assert (answer.status, answer.json()["error"]["code"]) == (409, "steps_missing")
    enter(page)
