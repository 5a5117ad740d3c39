"""Every page in every size: nothing runs out of the window, and the step stays told (also at 200 % zoom)."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browser import Browser
from tests.e2e.candidate import (
    at_step,
    confirm_devices,
    end,
    fill_in,
    go_without_phone,
    press_enter,
    read_attachments,
    read_procedure,
    wait_for_confirmation,
    wait_for_question,
)
from tests.e2e.exam_day import ExamDay
from tests.e2e.words import EN, ZH, Words
from tests.factories.world import QUESTION

NAME = "张泄露"
# The last one is 1366×768 at 200 %: half as many CSS pixels each way.
SIZES = ((1366, 768), (1920, 1080), (360, 740), (683, 384))


def _fits(page: Page, step: int, words: Words) -> None:
    for width, height in SIZES:
        _fits_into(page, width, height)
        at_step(page, step, words)
    page.set_viewport_size({"width": 1366, "height": 768})


def _fits_into(page: Page, width: int, height: int) -> None:
    page.set_viewport_size({"width": width, "height": height})
    room, used = page.evaluate("[innerWidth, document.documentElement.scrollWidth]")
    assert used <= room, (page.url, width)


@pytest.mark.parametrize("words", [ZH, EN], ids=["zh", "en"])
def test_no_page_runs_out_of_its_window(exam_day: ExamDay, browser: Browser, words: Words) -> None:
    exam_day.at(-900)
    page = browser.open()
    page.goto(f"{exam_day.base_url}/?lang={words.locale}")
    _fits(page, 1, words)
    page.get_by_role("button", name=words.to_login).click()
    _fits(page, 2, words)
    fill_in(page, exam_day, NAME, words)
    page.get_by_role("button", name=words.face_login).click()
    at_step(page, 3, words)
    _fits(page, 3, words)
    read_procedure(page, words)
    at_step(page, 4, words)
    _fits(page, 4, words)
    go_without_phone(page, words)
    at_step(page, 5, words)
    _fits(page, 5, words)
    page.get_by_role("button", name=words.leave_to_system).click()
    at_step(page, 6, words)
    _fits(page, 6, words)
    read_attachments(page, words)
    at_step(page, 7, words)
    _fits(page, 7, words)
    press_enter(page, words)
    at_step(page, 8, words)
    _fits(page, 8, words)
    confirm_devices(page, words)
    exam_day.at(-3)
    wait_for_question(page, QUESTION)
    end(page, words)
    wait_for_confirmation(page, words)
    _fits(page, 10, words)
    page.get_by_role("button", name=words.home).click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()


@pytest.mark.parametrize("locale", ["zh", "en"])
def test_no_page_of_the_console_runs_out_of_its_window(exam_day: ExamDay, browser: Browser, locale: str) -> None:
    exam_day.at(10)
    candidate = exam_day.entered()
    page, who = browser.open(), exam_day.staff("officer")
    page.goto(f"{exam_day.base_url}/console?lang={locale}")
    form = page.locator("form")
    expect(form).to_be_visible()
    for size in SIZES:
        _fits_into(page, *size)
    form.locator("[name=username]").fill(who["username"])
    form.locator("[autocomplete=current-password]").fill(who["password"])
    form.locator("[type=submit]").click()
    expect(page.get_by_role("navigation").first).to_be_visible()
    for path in (f"sittings/{exam_day.sitting_id()}", f"attempts/{candidate.attempt_id}", "uploads"):
        page.goto(f"{exam_day.base_url}/console/{path}")
        expect(page.get_by_role("heading").first).to_be_visible()
        for size in SIZES:
            _fits_into(page, *size)
