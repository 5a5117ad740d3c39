"""The page is loaded again, the browser is killed, in every step: back in place, with an exact gap or none."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browser import Browser
from tests.e2e.candidate import (
    at_step,
    confirm_devices,
    end,
    go_without_phone,
    log_in,
    press_enter,
    read_attachments,
    read_procedure,
    share_again,
)
from tests.e2e.exam_day import ExamDay
from tests.e2e.words import ZH
from tests.faults.sitting import NAME, Sitting, come_back


@pytest.mark.short
def test_a_page_that_is_loaded_again_leaves_a_gap_as_long_as_it_was_away(sitting: Sitting) -> None:
    sitting.begin()
    away = sitting.now_ms
    sitting.page.reload()
    share_again(sitting.page)
    sitting.wait_for_recordings(2)
    back = sitting.now_ms
    record = sitting.finish()
    # How long a page is away is the browser's matter: what counts is that the gap is no longer than that.
    for track in (one for one in record["tracks"] if one["kind"] in ("camera", "screen")):
        [gap] = [one for one in track["gaps"] if one["cause"] == "page_closed"]
        assert away - 3_000 < gap["from_ms"] < gap["to_ms"] < back


def test_a_browser_killed_while_it_records_loses_one_unfinished_segment_at_most(sitting: Sitting) -> None:
    sitting.begin()
    killed = sitting.now_ms
    sitting.browser.kill()
    sitting.come_back()
    sitting.wait_for_recordings(2)
    back = sitting.now_ms
    record = sitting.finish()
    for track in (one for one in record["tracks"] if one["kind"] in ("camera", "screen")):
        [gap] = [one for one in track["gaps"] if one["cause"] == "crashed"]
        assert killed - 3_000 < gap["from_ms"] < gap["to_ms"] < back


def test_a_browser_killed_in_every_step_before_entry_comes_back_to_it(exam_day: ExamDay, browser: Browser) -> None:
    exam_day.at(-900)
    page = browser.open()
    log_in(page, exam_day, NAME)
    steps = {3: read_procedure, 4: go_without_phone, 5: _leave_to_system, 6: read_attachments}
    for number, do in steps.items():
        at_step(page, number)
        browser.kill()
        page = browser.open()
        page.goto(exam_day.base_url)
        come_back(page, exam_day)
        at_step(page, number)
        do(page)
    at_step(page, 7)
    browser.kill()
    page = browser.open()
    page.goto(exam_day.base_url)
    come_back(page, exam_day)
    press_enter(page)
    confirm_devices(page)
    assert exam_day.row(NAME)["step"]["number"] == 9


def _leave_to_system(page: Page) -> None:
    page.get_by_role("button", name=ZH.leave_to_system).click()


def test_a_browser_killed_on_the_upload_page_goes_on_uploading_from_any_page(sitting: Sitting) -> None:
    sitting.begin()
    sitting.start_answering()
    sitting.page.wait_for_timeout(3_000)
    # Nothing gets through any more, so that something is left to send after the end.
    sitting.browser.context.route("**/api/v1/tracks/**", lambda route: route.abort())
    sitting.page.wait_for_timeout(6_000)
    end(sitting.page)
    expect(sitting.page.get_by_text("已安全保存").first).to_be_visible(timeout=60_000)
    sitting.browser.kill()
    sitting.page = sitting.browser.open()
    sitting.page.goto(f"{sitting.url}/home")
    record = sitting.record()
    assert all(one["verdict"] == "complete" for one in record["tracks"])
