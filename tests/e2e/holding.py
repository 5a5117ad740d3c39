"""An exam whose recording stays on the computer: uploads that do not get through, and what lies on its disk."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.e2e.browser import Browser
from tests.e2e.candidate import end, enter, log_in, wait_for_question
from tests.e2e.exam_day import ExamDay
from tests.factories.world import QUESTION

NAME = "张泄露"
MEDIA = "**/api/v1/tracks/**"
# Enough for a few segments of each track.
ANSWERED_MS = 5_000

_ATTEMPTS_ON_DISK = """
async () => {
  const root = await navigator.storage.getDirectory()
  const names = []
  for await (const [name] of await root.getDirectoryHandle('zhishi-spool')) names.push(name)
  return names
}
"""


def sit_exam(page: Page, exam: ExamDay, browser: Browser, *, held: bool = False) -> str:
    """From login to 【结束考试】; `held`: nothing that is recorded gets to the server. Returns the attempt's id."""
    exam.at(-900)
    log_in(page, exam, NAME)
    if held:
        hold(browser)
    enter(page)
    exam.at(-3)
    wait_for_question(page, QUESTION)
    page.wait_for_timeout(ANSWERED_MS)
    end(page)
    attempt_id: str = exam.row(NAME)["attempt_id"]
    return attempt_id


def hold(browser: Browser) -> None:
    """What is recorded does not get through until the browser is closed; everything else does."""
    browser.context.route(MEDIA, lambda route: route.abort())


def open_home(page: Page, exam: ExamDay) -> None:
    """The home page, which an attempt that is logged in opens."""
    page.goto(f"{exam.base_url}/home")
    expect(page.get_by_role("heading", name="本机录像")).to_be_visible()


def attempts_on_disk(page: Page) -> list[str]:
    """The folders of the spool."""
    found: list[str] = page.evaluate(_ATTEMPTS_ON_DISK)
    return found
