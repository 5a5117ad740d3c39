"""The recorder in a real browser: processor time against MediaRecorder, and memory over minutes of recording.

Both record the same fake camera with sound and the same screen at the same sizes and bit rates, and send every two
seconds of it to the same server over HTTP. What is compared is the processor time of all processes of the browser. The
peer keeps nothing on disk, knows no gap and asks nobody for a receipt: it is what a page has for nothing.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
from playwright.sync_api import Page, sync_playwright
from tests.e2e.browser import Browser
from tests.e2e.exam_day import ExamDay
from tests.factories import faces
from tests.factories.fake_camera import make_fake_camera, make_fake_microphone
from tests.faults.sitting import Sitting

from bench.figures import Figure
from bench.heaps import Heaps

CPU_SECONDS = 40
SETTLE_SECONDS = 15
HEAP_MINUTES = 6
SAMPLE_SECONDS = 5

_PEER = """
async () => {
  const camera = await navigator.mediaDevices.getUserMedia({
    video: { width: 640, height: 480, frameRate: 15 },
    audio: { echoCancellation: false, noiseSuppression: false },
  })
  const screen = await navigator.mediaDevices.getDisplayMedia({
    video: { width: { max: 1280 }, height: { max: 720 }, frameRate: 5, displaySurface: 'monitor' },
  })
  const mimeType = ['video/mp4;codecs=avc1,opus', 'video/mp4', 'video/webm'].find(MediaRecorder.isTypeSupported)
  for (const [stream, bits] of [[camera, 450_000], [screen, 350_000]]) {
    const recorder = new MediaRecorder(stream, { mimeType, videoBitsPerSecond: bits, audioBitsPerSecond: 32_000 })
    recorder.ondataavailable = ({ data }) => fetch('/api/v1/speed-test', { method: 'PUT', body: data })
    recorder.start(2_000)
  }
  const video = document.createElement('video')
  video.muted = true
  video.srcObject = camera
  document.body.replaceChildren(video)
  await video.play()
  return mimeType
}
"""


def run() -> Iterator[Figure]:
    """The figures."""
    with tempfile.TemporaryDirectory(prefix="zhishi-bench-") as name, sync_playwright() as playwright:
        folder = Path(name)
        camera = make_fake_camera(faces.obama_other(), folder / "camera.mjpeg")
        microphone = make_fake_microphone(folder / "microphone.wav")

        def browser(profile: str) -> Browser:
            return Browser(playwright, folder / profile, camera=camera, microphone=microphone)

        ours, memory = _ours(folder / "ours", browser("profile"))
        peer, codec = _peer(folder / "peer", browser("peer-profile"))
    detail = {
        "seconds": CPU_SECONDS,
        "cores_ours": round(ours, 3),
        "cores_mediarecorder": round(peer, 3),
        "peer": codec,
    }
    yield Figure("recorder.cpu_vs_mediarecorder", ours / peer, "ratio", "lower", detail)
    slope = _slope([(sample.at, sample.heaps) for sample in memory])
    growth = {
        "minutes": HEAP_MINUTES,
        "heaps_mb": [round(sample.heaps, 1) for sample in memory],
        "process_mb": [round(sample.process, 1) for sample in memory],
    }
    yield Figure("recorder.heap_growth_mb_per_hour", slope * 3600, "MB/h", "lower", growth)


@dataclass(frozen=True, slots=True)
class Sample:
    """Megabytes after so many seconds: of the heaps of page and workers, and of the whole process that has them.

    The process grows by about what is uploaded, as the tools that drive it keep the requests that they show; left alone
    it was measured to stay within its ups and downs of 130 to 150 MB.
    """

    at: float
    heaps: float
    process: float


def _ours(folder: Path, browser: Browser) -> tuple[float, list[Sample]]:
    """(cores used, memory)."""
    folder.mkdir()
    exam = ExamDay(folder)
    exam.start()
    try:
        sitting = Sitting(exam, browser)
        sitting.begin()
        time.sleep(SETTLE_SECONDS)
        cores = _cores(browser, CPU_SECONDS)
        return cores, _memory(browser, sitting.page)
    finally:
        browser.close()
        exam.stop()


def _peer(folder: Path, browser: Browser) -> tuple[float, str]:
    folder.mkdir()
    exam = ExamDay(folder)
    exam.start()
    try:
        page = browser.open()
        page.goto(exam.base_url)
        codec = str(page.evaluate(_PEER))
        time.sleep(SETTLE_SECONDS)
        return _cores(browser, CPU_SECONDS), codec
    finally:
        browser.close()
        exam.stop()


def _processes(browser: Browser) -> list[psutil.Process]:
    profile = str(browser.profile)
    return [one for one in psutil.process_iter() if any(profile in part for part in _command(one))]


def _command(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def _cores(browser: Browser, seconds: float) -> float:
    """Processor time of all processes of a browser over a while, in cores."""
    # A renderer's command line names no profile; it is a child of the browser that does.
    family = {one.pid: one for found in _processes(browser) for one in (found, *found.children(recursive=True))}
    before = {pid: _busy(one) for pid, one in family.items()}
    began = time.monotonic()
    time.sleep(seconds)
    used = sum(max(0.0, _busy(one) - before[pid]) for pid, one in family.items())
    return used / (time.monotonic() - began)


def _busy(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.Error:
        return 0.0
    return float(times.user + times.system)


def _memory(browser: Browser, page: Page) -> list[Sample]:
    """The memory of the recorder's page and workers, after collecting garbage, every few seconds."""
    heaps = Heaps(page)
    family = {one.pid: one for found in _processes(browser) for one in found.children(recursive=True)}
    renderers = [one for one in family.values() if "--type=renderer" in _command(one)]
    recorder = max(renderers, key=_busy)
    began, samples = time.monotonic(), []
    while (passed := time.monotonic() - began) < HEAP_MINUTES * 60:
        samples.append(Sample(passed, heaps.collect(), recorder.memory_full_info().uss / 1e6))
        page.wait_for_timeout(SAMPLE_SECONDS * 1000)
    return samples


def _slope(samples: list[tuple[float, float]]) -> float:
    """Megabytes a second, by least squares, from the second minute on."""
    later = [(at, value) for at, value in samples if at > 60]
    mean_at = sum(at for at, _ in later) / len(later)
    mean = sum(value for _, value in later) / len(later)
    spread = sum((at - mean_at) ** 2 for at, _ in later)
    return sum((at - mean_at) * (value - mean) for at, value in later) / spread
