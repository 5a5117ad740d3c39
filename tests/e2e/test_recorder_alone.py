"""The whole recorder with a fake camera and its real workers, on a page without anything else and without a server."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, Playwright, Route

from tests.e2e.browser import CHROMIUM
from tests.e2e.parts import ADDRESS, Parts, open_page
from tests.factories.scripts import bundle

FLAGS = ("--no-sandbox", "--disable-gpu", "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream")

_OPEN = """async (it) => {
  it.files = new it.SpoolFiles()
  const { Recorder } = await import('/recorder.js')
  const tracks = [{ track_id: 'one', kind: 'camera' }, { track_id: 'two', kind: 'screen' }]
  const clock = await it.ServerClock.start()
  it.recorderOf = (camera) => new Recorder({ attemptId: 'a', uploadToken: 't', tracks, clock, camera, screen: null })
  it.openCamera = () => navigator.mediaDevices.getUserMedia({ video: { width: 640, height: 480 }, audio: true })
  it.until = async (holds) => {
    for (let tries = 0; tries < 300; tries += 1) {
      if (await holds()) return
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    throw new Error(`never: ${holds}`)
  }
  it.onDisk = async () => {
    const found = []
    for await (const { where, item } of it.files.items('a')) found.push([where, item])
    return found
  }
  it.closures = async () => (await it.onDisk()).flatMap(([, { closure }]) => (closure ? [closure.reason] : []))
  it.lines = async () => {
    const pages = (await it.onDisk()).filter(([, item]) => item.kind === 'page').sort(([, a], [, b]) => a.seq - b.seq)
    const read = await Promise.all(pages.map(([where, item]) => it.files.read(where, item)))
    return read.flatMap(({ bytes }) => JSON.parse(new TextDecoder().decode(bytes)).lines)
  }
}"""


@pytest.fixture
def recorder(playwright_driver: Playwright) -> Iterator[Parts]:
    browser = playwright_driver.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
    page = open_page(browser.new_context())
    _serve(page)
    parts = Parts(page, "clock", "spool_files")
    parts.ask(_OPEN)
    yield parts
    browser.close()


def _serve(page: Page) -> None:
    """The recorder's scripts and the time; everything else that it asks for finds nobody."""
    page.context.route(f"{ADDRESS}api/**", lambda route: route.abort())
    page.context.route(f"{ADDRESS}api/v1/clock", lambda route: route.fulfill(json={"now_ms": time.time() * 1000}))
    scripts = {"recorder.js": "recorder", "spool.worker.ts": "spool.worker", "track.worker.ts": "track.worker"}
    for name, module in scripts.items():
        page.context.route(f"{ADDRESS}{name}", _script(bundle(f"shared/recorder/{module}.ts")))


def _script(code: str) -> Callable[[Route], None]:
    return lambda route: route.fulfill(body=code, content_type="text/javascript")


def _kinds(recorder: Parts) -> list[str]:
    lines: list[dict[str, Any]] = recorder.ask("(it) => it.lines()")
    return [line["kind"] for line in lines]


def test_a_recorder_that_is_stopped_while_it_starts_writes_no_logbook_without_a_name(recorder: Parts) -> None:
    runs = """async (it) => {
      const early = it.recorderOf(null), starting = early.start()
      await early.stop('candidate')
      await starting
      const later = it.recorderOf(null)
      await later.start()
      await it.until(async () => (await it.onDisk()).length > 0)
      return (await it.onDisk()).map(([{ epoch }]) => epoch > 0)
    }"""
    found = recorder.ask(runs)
    assert set(found) == {True}


def test_a_camera_that_the_page_opens_anew_was_never_lost(recorder: Parts) -> None:
    again = """async (it) => {
      const first = await it.openCamera(), recorder = it.recorderOf(first)
      await recorder.start()
      const recorded = () => recorder.state.tracks.camera.lastSegmentAt
      await it.until(recorded)
      await recorder.releaseCamera()
      first.getTracks().forEach((track) => track.stop())
      const before = recorded()
      await recorder.replaceCamera(await it.openCamera())
      await it.until(() => recorded() > before)
      await recorder.stop('candidate')
      await it.until(async () => (await it.lines()).some(({ kind }) => kind === 'recorder_stopped'))
      return it.closures()
    }"""
    assert sorted(recorder.ask(again)) == ["ended", "replaced"]
    kinds = _kinds(recorder)
    assert kinds.count("epoch_started") == 2
    assert "track_lost" not in kinds


def test_a_camera_that_the_page_lets_go_of_and_does_not_get_back_is_lost(recorder: Parts) -> None:
    never = """async (it) => {
      const stream = await it.openCamera(), recorder = it.recorderOf(stream)
      await recorder.start()
      await it.until(() => recorder.state.tracks.camera.lastSegmentAt)
      await recorder.releaseCamera()
      stream.getVideoTracks().forEach((track) => track.stop())
      const released = recorder.state.tracks.camera.state
      await it.until(() => recorder.state.tracks.camera.state === 'lost')
      await it.until(async () => (await it.lines()).some(({ kind }) => kind === 'track_lost'))
      return released
    }"""
    assert recorder.ask(never) == "starting"
    [lost] = [line for line in recorder.ask("(it) => it.lines()") if line["kind"] == "track_lost"]
    assert (lost["track"], lost["detail"]) == ("camera", {"device": "camera", "cause": "absent"})


def test_a_camera_whose_pictures_stop_coming_is_frozen_and_not_unplugged(recorder: Parts) -> None:
    frozen = """async (it) => {
      const canvas = document.createElement('canvas'), drawing = canvas.getContext('2d')
      const draw = () => {
        drawing.fillStyle = `hsl(${performance.now() % 360} 50% 50%)`
        drawing.fillRect(0, 0, canvas.width, canvas.height)
      }
      let pencil = setInterval(draw, 50)
      const recorder = it.recorderOf(canvas.captureStream(15)), camera = () => recorder.state.tracks.camera
      await recorder.start()
      await it.until(() => camera().lastSegmentAt)
      clearInterval(pencil)
      await it.until(() => camera().state === 'lost')
      pencil = setInterval(draw, 50)
      await it.until(() => camera().state === 'recording')
      const before = camera().lastSegmentAt
      await it.until(() => camera().lastSegmentAt > before)
      await recorder.stop('candidate')
      return it.closures()
    }"""
    assert sorted(recorder.ask(frozen)) == ["ended", "frozen"]
    [lost] = [line for line in recorder.ask("(it) => it.lines()") if line["kind"] == "track_lost"]
    assert lost["detail"]["cause"] == "frozen"
    assert "track_restored" in _kinds(recorder)
