"""Real Chromium with a fake camera that shows a real face, on a profile that survives being killed."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import psutil
from playwright.sync_api import BrowserContext, Page, Playwright

CHROMIUM = "/usr/bin/chromium"

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

    def __init__(self, playwright: Playwright, profile: Path, *, camera: Path, microphone: Path) -> None:
        self._playwright = playwright
        self._profile = profile
        self._flags = [
            *FLAGS,
            f"--use-file-for-fake-video-capture={camera}",
            f"--use-file-for-fake-audio-capture={microphone}",
        ]
        self._context: BrowserContext | None = None

    def open(self, *, init_script: str | None = None, locale: str = "zh-CN") -> Page:
        """Open the browser and return its page."""
        self._context = self._playwright.chromium.launch_persistent_context(
            str(self._profile),
            executable_path=CHROMIUM,
            headless=True,
            args=self._flags,
            viewport={"width": 1366, "height": 768},
            locale=locale,
        )
        if init_script is not None:
            self._context.add_init_script(init_script)
        page = self._context.pages[0] if self._context.pages else self._context.new_page()
        page.set_default_timeout(30_000)
        return page

    @property
    def context(self) -> BrowserContext:
        assert self._context is not None
        return self._context

    def kill(self) -> None:
        """End every process of this browser with SIGKILL, as a power cut would."""
        for process in psutil.process_iter(["pid", "cmdline"]):
            command = process.info["cmdline"] or []
            if any(str(self._profile) in part for part in command):
                os.kill(process.info["pid"], signal.SIGKILL)
        self._context = None

    def close(self) -> None:
        if self._context is not None:
            self._context.close()
            self._context = None
