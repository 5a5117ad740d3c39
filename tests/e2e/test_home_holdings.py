"""The home page knows both sides: what the server holds, and what lies on this computer alone."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Page, Route, expect

from tests.e2e.browser import Browser
from tests.e2e.candidate import end, enter, log_in, share_again, wait_for_confirmation, wait_for_question
from tests.e2e.exam_day import ExamDay
from tests.e2e.holding import ANSWERED_MS, MEDIA, NAME, open_home, sit_exam
from tests.e2e.recordings import settled_record, track, wait_for_recordings
from tests.factories.disks import flip_journals
from tests.factories.world import QUESTION
from zhishi.day.receipts.manifests import read_receipt
from zhishi.foundation.kernel.clock import to_ms

WHOLE = "录像完整，服务器已全部确认"
HEARTBEATS = "**/api/v1/heartbeats"
# How long a lost segment is waited for before it is asked for again, and the time until the home page looks again.
ASKED_AGAIN_S = 60
HOME_LOOKS_MS = 90_000


def test_a_start_that_the_server_never_heard_of_is_not_called_complete(exam_day: ExamDay, browser: Browser) -> None:
    exam_day.at(-900)
    page = browser.open()
    log_in(page, exam_day, NAME)
    enter(page)
    exam_day.at(-3)
    wait_for_question(page, QUESTION)
    attempt_id: str = exam_day.row(NAME)["attempt_id"]
    wait_for_recordings(exam_day, attempt_id, "screen", 1)
    reloaded_ms = to_ms(exam_day.clock.now())

    def hold_what_is_new(route: Route) -> None:
        started = int(re.search(r"/epochs/(\d+)/", route.request.url)[1])  # type: ignore[index]
        route.abort() if started >= reloaded_ms else route.continue_()

    browser.context.route(MEDIA, hold_what_is_new)
    browser.context.route(HEARTBEATS, lambda route: route.abort())
    page.reload()
    share_again(page)
    page.wait_for_timeout(ANSWERED_MS)
    end(page)
    record = settled_record(exam_day, attempt_id)
    assert [track(record, kind)["verdict"] for kind in ("camera", "screen")] == ["complete", "complete"]
    expect(page.get_by_text("录像已全部上传并确认")).to_have_count(0)
    open_home(page, exam_day)
    expect(page.get_by_text(re.compile("这台电脑还有 .* 没有传完"))).to_be_visible()
    expect(page.get_by_text(WHOLE)).to_have_count(0)
    browser.context.unroute(MEDIA)
    browser.context.unroute(HEARTBEATS)
    expect(page.get_by_text(WHOLE)).to_be_visible(timeout=HOME_LOOKS_MS)
    record = settled_record(exam_day, attempt_id)
    assert [len(track(record, kind)["recordings"]) for kind in ("camera", "screen")] == [2, 2]


def test_what_the_server_finds_damaged_is_sent_again_from_the_home_page(exam_day: ExamDay, browser: Browser) -> None:
    page = browser.open()
    held_back = re.compile(r"/segments/1$")
    browser.context.route(held_back, lambda route: route.abort())
    attempt_id = sit_exam(page, exam_day, browser)
    expect(page.get_by_text("正在上传录像")).to_be_visible()
    wait_for_recordings(exam_day, attempt_id, "screen", 1)
    open_home(page, exam_day)
    assert flip_journals(exam_day.folder / "journal") > 0
    browser.context.unroute(held_back)
    # The finaliser reads what came before, and misses what was flipped.
    expect(page.get_by_text("服务器还缺一些")).to_be_visible(timeout=HOME_LOOKS_MS)
    exam_day.clock.move_to(exam_day.local(ASKED_AGAIN_S))
    expect(page.get_by_text(WHOLE)).to_be_visible(timeout=HOME_LOOKS_MS)
    record = settled_record(exam_day, attempt_id)
    assert [track(record, kind)["verdict"] for kind in ("camera", "screen")] == ["complete", "complete"]


def _papers(page: Page) -> None:
    page.get_by_text("回执与中断记录").click()


def test_a_receipt_that_is_not_downloaded_is_told_with_what_to_do(
    exam_day: ExamDay, browser: Browser, tmp_path: Path
) -> None:
    page = browser.open()
    attempt_id = sit_exam(page, exam_day, browser)
    wait_for_confirmation(page)
    open_home(page, exam_day)
    _papers(page)
    with page.expect_download() as started:
        page.get_by_role("button", name="下载回执（JSON）").click()
    started.value.save_as(tmp_path / "receipt.json")
    assert read_receipt((tmp_path / "receipt.json").read_bytes())["attempt"] == attempt_id
    expect(page.get_by_text("已签发的回执（1）")).to_be_visible()
    browser.context.clear_cookies()
    page.get_by_role("button", name="下载回执（PDF）").click()
    failed = page.get_by_role("alert")
    expect(failed).to_contain_text("回执没有下载下来")
    expect(failed).to_contain_text("请先登录考生首页")
