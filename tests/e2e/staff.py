"""What staff do in the console, by the labels that they see."""

from __future__ import annotations

import base64
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from playwright.sync_api import Locator, Page, expect

from tests.e2e.exam import Exam

_LOOK = """
(video) => {
  const canvas = new OffscreenCanvas(video.videoWidth, video.videoHeight)
  const context = canvas.getContext('2d')
  context.drawImage(video, 0, 0)
  const pixels = context.getImageData(0, 0, canvas.width, canvas.height).data
  let text = ''
  for (let i = 0; i < pixels.length; i += 8192) text += String.fromCharCode(...pixels.subarray(i, i + 8192))
  return [canvas.width, canvas.height, btoa(text)]
}
"""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a player shows: its clock in seconds from the beginning, and the picture (RGB)."""

    clock_s: int
    picture: npt.NDArray[np.uint8]


def log_in(page: Page, exam: Exam, role: str) -> None:
    """Log in to the console, as somebody new at this browser."""
    page.context.clear_cookies()
    who = exam.staff(role)
    page.goto(f"{exam.base_url}/console")
    page.get_by_label("用户名").fill(who["username"])
    page.get_by_label("密码", exact=True).fill(who["password"])
    page.get_by_role("button", name="登录", exact=True).click()


def look_at_player(page: Page) -> Shown:
    """The frame that the camera's picture shows now, and the player's clock beside it."""
    width, height, data = page.locator("figure[data-kind=camera] video").evaluate(_LOOK)
    pixels = np.frombuffer(base64.b64decode(data), np.uint8).reshape(height, width, 4)
    minutes, seconds = _clock(page).inner_text().split(":")[-2:]
    return Shown(int(minutes) * 60 + int(seconds), np.ascontiguousarray(pixels[:, :, :3]))


def _clock(page: Page) -> Locator:
    return page.get_by_label("播放控制").locator(".time b")


def play_until(page: Page, seconds: int) -> None:
    """Play until the player's clock shows so many seconds, then pause."""
    page.get_by_role("button", name="播放", exact=True).click()
    expect(_clock(page)).to_have_text(f"00:{seconds:02d}", timeout=60_000)
    page.get_by_role("button", name="暂停", exact=True).click()
