"""What of a microphone goes on record, heard by a real sound graph that the browser may hold back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, Playwright

from tests.e2e.browser import CHROMIUM
from tests.e2e.parts import Parts, open_page

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--autoplay-policy=document-user-activation-required",
)

_OPEN = """(it) => {
  it.lines = []
  const emit = (kind, { lost, cause }) => it.lines.push([kind, lost ?? cause].filter((one) => one !== undefined))
  it.sound = new it.RecordedSound({ track: 'camera', emit, changed: () => {} })
  setInterval(() => it.sound.measure(), 100)
}"""
_BEGIN = "async (it) => { await it.sound.begun(); it.sound.measure(); it.sound.begin() }"
# The lines on record once there are so many, five seconds at most, and what comes within half a second more.
_LINES = """async (it, count) => {
  const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
  for (let tries = 0; it.lines.length < count && tries < 100; tries++) await pause(50)
  await pause(500)
  return it.lines
}"""
_PLUG = """async (it) => {
  it.stream = await navigator.mediaDevices.getUserMedia({ audio: true })
  it.sound.plug(it.stream)
  return it.sound.state.live
}"""
# A fake microphone cannot be pulled out. To the page that is a track which ends and says so.
_PULL = """(it) => {
  const [track] = it.stream.getAudioTracks()
  track.stop()
  track.dispatchEvent(new Event('ended'))
}"""


@pytest.fixture
def page(playwright_driver: Playwright) -> Iterator[Page]:
    browser = playwright_driver.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
    yield open_page(browser.new_context())
    browser.close()


@pytest.fixture
def sound(page: Page) -> Parts:
    parts = Parts(page, "recorded_sound")
    parts.ask(_OPEN)
    return parts


def _lines(sound: Parts, count: int) -> list[list[Any]]:
    found: list[list[Any]] = sound.ask(_LINES, count)
    return found


def test_a_recording_that_begins_without_a_microphone_says_so_and_when_there_is_one(sound: Parts) -> None:
    sound.page.mouse.click(5, 5)
    sound.ask(_BEGIN)
    assert _lines(sound, 1) == [["sound_silent", True]]
    sound.ask(_PLUG)
    assert _lines(sound, 3) == [["sound_silent", True], ["track_restored"], ["sound_back"]]


def test_a_microphone_whose_sound_the_browser_lets_through_only_later_is_back_then(sound: Parts) -> None:
    sound.ask(_BEGIN)
    assert sound.ask("(it) => it.sound.state.held") is True
    # A page that has the microphone may play and hear, but not yet in the moment in which it is plugged in.
    assert sound.ask(_PLUG) is False
    assert _lines(sound, 3) == [["sound_silent", True], ["track_restored"], ["sound_back"]]
    assert sound.ask("(it) => it.sound.state") == {"live": True, "state": "live", "held": False}


def test_a_good_microphone_is_no_news_and_one_that_is_pulled_out_and_in_again_is(sound: Parts) -> None:
    sound.page.mouse.click(5, 5)
    sound.ask(_PLUG)
    sound.ask(_BEGIN)
    assert _lines(sound, 0) == []
    sound.ask(_PULL)
    assert _lines(sound, 2) == [["track_lost", "ended"], ["sound_silent", True]]
    sound.ask(_PLUG)
    assert _lines(sound, 4)[2:] == [["track_restored"], ["sound_back"]]
