"""Devices that go away while they are recorded: told at once, and a gap with its cause and exact length."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.candidate import share_again
from tests.faults.sitting import Expected, Sitting

# A browser's fake devices cannot be unplugged. To the page an unplugged one is a track that ends and says so.
_KEEP_STREAMS = """
window.heldStreams = []
for (const name of ['getUserMedia', 'getDisplayMedia']) {
  const ask = navigator.mediaDevices[name].bind(navigator.mediaDevices)
  navigator.mediaDevices[name] = async (...args) => {
    const stream = await ask(...args)
    window.heldStreams.push([name, stream])
    return stream
  }
}
window.unplug = (name, kind) => {
  for (const [asked, stream] of window.heldStreams) {
    if (asked !== name) continue
    for (const track of stream.getTracks().filter((one) => one.kind === kind && one.readyState === 'live')) {
      track.stop()
      track.dispatchEvent(new Event('ended'))
    }
  }
}
"""


def _unplug(page: Page, how: str, kind: str) -> None:
    page.evaluate("([how, kind]) => window.unplug(how, kind)", [how, kind])


def _begin(sitting: Sitting) -> None:
    sitting.browser.close()
    sitting.page = sitting.browser.open(init_script=_KEEP_STREAMS)
    sitting.begin()


def test_a_camera_that_is_unplugged_and_plugged_in_again(sitting: Sitting) -> None:
    _begin(sitting)
    gone = sitting.now_ms
    _unplug(sitting.page, "getUserMedia", "video")
    expect(sitting.page.get_by_text("摄像头").first).to_be_visible()
    sitting.page.wait_for_timeout(8_000)
    sitting.page.evaluate("navigator.mediaDevices.dispatchEvent(new Event('devicechange'))")
    sitting.wait_for_recordings(1)
    sitting.page.wait_for_timeout(3_000)
    back = sitting.now_ms - 3_000
    record = sitting.finish()
    sitting.check(record, Expected(gone, back, "device_lost"), kinds=("camera",))
    sitting.check(record, kinds=("screen",))


def test_a_share_that_is_stopped_is_asked_for_again(sitting: Sitting) -> None:
    _begin(sitting)
    gone = sitting.now_ms
    _unplug(sitting.page, "getDisplayMedia", "video")
    expect(sitting.page.get_by_text("屏幕共享停了")).to_be_visible(timeout=10_000)
    sitting.page.wait_for_timeout(6_000)
    back = sitting.now_ms
    share_again(sitting.page)
    sitting.page.wait_for_timeout(4_000)
    record = sitting.finish()
    sitting.check(record, Expected(gone, back, "share_stopped"), kinds=("screen",))
    sitting.check(record, kinds=("camera",))


def test_a_dead_microphone_leaves_the_picture_whole(sitting: Sitting) -> None:
    _begin(sitting)
    _unplug(sitting.page, "getUserMedia", "audio")
    sitting.page.wait_for_timeout(8_000)
    record = sitting.finish()
    sitting.check(record)
    assert "track_lost" in [event["kind"] for event in record["events"]]


def test_a_page_that_is_hidden_for_a_minute_goes_on_recording(sitting: Sitting) -> None:
    sitting.begin()
    other = sitting.browser.context.new_page()
    other.bring_to_front()
    other.wait_for_timeout(60_000)
    other.close()
    sitting.page.bring_to_front()
    sitting.check(sitting.finish())


@pytest.mark.parametrize("hours", [1, -1])
def test_a_device_clock_that_is_an_hour_off_and_set_meanwhile_leaves_no_gap(sitting: Sitting, hours: int) -> None:
    browser, page = sitting.browser, sitting.page
    browser.set_device_clock(page, hours * 3600)
    page.goto(sitting.url)
    sitting.begin()
    page.wait_for_timeout(3_000)
    browser.set_device_clock(page, -hours * 3600)
    page.wait_for_timeout(5_000)
    record = sitting.finish()
    assert "clock_stepped" in [event["kind"] for event in record["events"]]
    sitting.check(record)
