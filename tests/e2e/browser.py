"""Real Chromium with a fake camera that shows a real face, on a profile that survives being killed."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Sequence
from pathlib import Path

import psutil
from playwright.sync_api import BrowserContext, Page, Playwright, Route

CHROMIUM = "/usr/bin/chromium"

# The time of day of a page or worker, `device_offset` ms from the true one; told anew through a channel. Only the time
# of day: the monotonic clock is untouched, as when somebody sets a computer's clock.
DEVICE_CLOCK = """
(() => {
  const TrueDate = Date, trueOrigin = performance.timeOrigin
  let offset = DEVICE_OFFSET
  const origin = trueOrigin + offset
  globalThis.Date = class extends TrueDate {
    constructor(...parts) { parts.length ? super(...parts) : super(TrueDate.now() + offset) }
    static now() { return TrueDate.now() + offset }
  }
  Object.defineProperty(performance, 'timeOrigin', { get: () => origin })
  new BroadcastChannel('device-clock').onmessage = (message) => { offset = message.data }
})();
"""

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--auto-select-desktop-capture-source=Entire screen",
)


class Browser:
    """A browser of one person: a profile of its own, closed or killed and opened again."""

    def __init__(
        self,
        playwright: Playwright,
        profile: Path,
        *,
        camera: Path | None,
        microphone: Path,
        flags: Sequence[str] = (),
        phone: bool = False,
    ) -> None:
        """`flags` replace those of the same name. `camera`: None for the browser's own pictures, with nobody in them.
        `phone`: a small touch screen held upright."""
        self._playwright = playwright
        self.profile = profile
        devices = [f"--use-file-for-fake-audio-capture={microphone}"]
        if camera is not None:
            devices.append(f"--use-file-for-fake-video-capture={camera}")
        chosen = {flag.partition("=")[0]: flag for flag in (*FLAGS, *devices, *flags)}
        self._flags = list(chosen.values())
        self._phone = phone
        self._context: BrowserContext | None = None

    def open(self, *, init_script: str | None = None, locale: str = "zh-CN") -> Page:
        """Open the browser and return its page."""
        self._context = self._playwright.chromium.launch_persistent_context(
            str(self.profile),
            executable_path=CHROMIUM,
            headless=True,
            args=self._flags,
            viewport={"width": 360, "height": 740} if self._phone else {"width": 1366, "height": 768},
            has_touch=self._phone,
            is_mobile=self._phone,
            locale=locale,
        )
        if init_script is not None:
            self._context.add_init_script(init_script)
        page = self._context.pages[0] if self._context.pages else self._context.new_page()
        page.set_default_timeout(30_000)
        return page

    def set_device_clock(self, page: Page, offset_s: int) -> None:
        """Set the time of day that the browser's pages and workers believe in. Before the first page is loaded, then
        at any time."""
        shim = DEVICE_CLOCK.replace("DEVICE_OFFSET", str(offset_s * 1000))
        if page.url == "about:blank":
            self.context.add_init_script(shim)
            self.prepend_to_workers(shim)
        else:
            page.evaluate("offset => new BroadcastChannel('device-clock').postMessage(offset)", offset_s * 1000)
            page.wait_for_function("when => Math.abs(Date.now() - when) < 5000", arg=(time.time() + offset_s) * 1000)

    def prepend_to_workers(self, script: str) -> None:
        """Run a script in every worker of the site before its own. Before the first page is loaded."""
        self.context.route("**/assets/*.worker-*.js", lambda route: _prepend(route, script))

    @property
    def context(self) -> BrowserContext:
        assert self._context is not None
        return self._context

    def kill(self) -> None:
        """End every process of this browser with SIGKILL, as a power cut would."""
        for process in psutil.process_iter(["pid", "cmdline"]):
            command = process.info["cmdline"] or []
            if any(str(self.profile) in part for part in command):
                os.kill(process.info["pid"], signal.SIGKILL)
        self._context = None

    def close(self) -> None:
        if self._context is not None:
            self._context.close()
            self._context = None


def _prepend(route: Route, script: str) -> None:
    answer = route.fetch()
    route.fulfill(response=answer, body=script + answer.text())
