"""Local copies: kept until results are published, sent again on request, saved to a file, then deleted (F10.4)."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browser import Browser
from tests.e2e.candidate import at_step, wait_for_confirmation
from tests.e2e.exam_day import ExamDay
from tests.e2e.holding import attempts_on_disk, open_home, sit_exam
from tests.e2e.packages import HouseKey
from tests.e2e.recordings import settled_record, track
from tests.e2e.words import EN, ZH, Words

SIZES = ((1366, 768), (360, 740), (683, 384))


def test_copies_stay_until_results_are_published_and_then_go(exam_day: ExamDay, browser: Browser) -> None:
    page = browser.open()
    attempt_id = sit_exam(page, exam_day, browser)
    wait_for_confirmation(page)
    open_home(page, exam_day)
    copies = page.get_by_role("region", name="本机录像")
    row = copies.get_by_role("listitem")
    expect(row).to_contain_text("服务器已全部确认")
    expect(row).to_contain_text("MB")
    delete = row.get_by_role("button", name="删除本机副本")
    expect(delete).to_be_disabled()
    expect(delete).to_have_accessible_description("成绩公布后才能删除")
    with page.expect_request(lambda request: f"/tracks/{_track_of(exam_day, attempt_id)}/" in request.url):
        row.get_by_role("button", name="重新上传").click()
    expect(row).to_contain_text("已开始重新上传")
    expect(row).to_contain_text("服务器已全部确认", timeout=30_000)
    assert attempts_on_disk(page) == [attempt_id]
    other = browser.context.new_page()
    open_home(other, exam_day)
    exam_day.publish_results()
    page.reload()
    expect(copies).to_contain_text("已自动删除")
    for tab in (page, other):
        expect(tab.get_by_role("region", name="本机录像")).to_contain_text("这台电脑上没有录像副本")
    assert attempts_on_disk(page) == []


def test_what_the_server_lacks_is_deleted_only_on_request_and_after_a_warning(
    exam_day: ExamDay, browser: Browser
) -> None:
    page = browser.open()
    attempt_id = sit_exam(page, exam_day, browser, held=True)
    expect(page.get_by_text("录到的都在本机")).to_be_visible()
    exam_day.publish_results()
    open_home(page, exam_day)
    copies = page.get_by_role("region", name="本机录像")
    expect(copies).to_contain_text("服务器还在核对，请先保留")
    copies.get_by_role("button", name="删除本机副本").click()
    dialog = page.get_by_role("alertdialog")
    expect(dialog).to_contain_text("服务器还没有全部确认")
    assert attempts_on_disk(page) == [attempt_id]
    dialog.get_by_role("button", name="删除本机副本").click()
    expect(copies).to_contain_text("这台电脑上没有录像副本")
    assert attempts_on_disk(page) == []


def _track_of(exam: ExamDay, attempt_id: str) -> str:
    found: str = track(exam.record(attempt_id), "camera")["track_id"]
    return found


def test_what_the_server_lacks_is_exported_as_a_package_that_only_its_key_opens(
    exam_day: ExamDay, browser: Browser, tmp_path: Path
) -> None:
    page, key = browser.open(), HouseKey()
    browser.context.route("**/api/v1/packages/key", lambda route: route.fulfill(json=key.as_served()))
    attempt_id = sit_exam(page, exam_day, browser, held=True)
    expect(page.get_by_text("网络断开，录像没有丢")).to_be_visible(timeout=60_000)
    assert page.get_by_role("link", name="视频指引").first.get_attribute("href") == "/guide"
    # The key was fetched before; now there is no network, and none is needed.
    browser.context.set_offline(True)
    package = key.open(_download(page, "导出补传包", tmp_path))
    assert (package.header["attempt_id"], package.header["device"]) == (attempt_id, "computer")
    assert package.header["items"] == len(package.items)
    kinds = {said["kind"] for said, _ in package.items}
    assert kinds >= {"init", "segment", "closure"}
    for said, held in package.items:
        assert (hashlib.sha256(held).hexdigest(), len(held)) == (said["sha256"], said["size"])
    assert {said["closure"]["reason"] for said, _ in package.items if said["kind"] == "closure"} <= {
        "ended",
        "replaced",
    }


def test_everything_is_saved_to_a_file_where_the_browser_promises_nothing(
    exam_day: ExamDay, browser: Browser, tmp_path: Path
) -> None:
    page, key = browser.open(), HouseKey()
    browser.context.route("**/api/v1/packages/key", lambda route: route.fulfill(json=key.as_served()))
    sit_exam(page, exam_day, browser)
    wait_for_confirmation(page)
    open_home(page, exam_day)
    expect(page.get_by_text("浏览器没有承诺长期保留本机录像")).to_be_visible()
    package = key.open(_download(page, "保存到文件", tmp_path))
    assert {said["kind"] for said, _ in package.items} == {"init", "segment", "closure", "page"}
    expect(page.get_by_text("只有考试服务器能打开；")).to_be_visible()


def _download(page: Page, button: str, folder: Path) -> bytes:
    with page.expect_download() as started:
        page.get_by_role("button", name=button).click()
    file = folder / started.value.suggested_filename
    started.value.save_as(file)
    return file.read_bytes()


@pytest.mark.parametrize("address", ["/guide", "/home", "/phone"])
def test_any_page_of_the_site_goes_on_uploading_after_the_browser_was_killed(
    exam_day: ExamDay, browser: Browser, address: str
) -> None:
    page = browser.open()
    attempt_id = sit_exam(page, exam_day, browser, held=True)
    expect(page.get_by_text("录到的都在本机")).to_be_visible()
    recordings = [epoch for one in exam_day.record(attempt_id)["tracks"] for epoch in one["recordings"]]
    assert [epoch["held"] for epoch in recordings if epoch["held"] or epoch["init"]] == []
    browser.kill()
    page = browser.open()
    page.goto(f"{exam_day.base_url}{address}")
    record = settled_record(exam_day, attempt_id)
    assert [track(record, kind)["verdict"] for kind in ("camera", "screen")] == ["complete", "complete"]


@pytest.mark.parametrize("words", [ZH, EN], ids=["zh", "en"])
def test_the_guide_is_there_for_everybody_and_can_be_printed(exam_day: ExamDay, browser: Browser, words: Words) -> None:
    page = browser.open()
    page.goto(f"{exam_day.base_url}/guide?lang={words.locale}")
    expect(page.locator("main li")).to_have_count(6)
    expect(page.get_by_text("400-808-3202").last).to_be_visible()
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        room, used = page.evaluate("[innerWidth, document.documentElement.scrollWidth]")
        assert used <= room, width
    page.emulate_media(media="print")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.emulate_media(media="screen")
    page.goto(f"{exam_day.base_url}/?lang={words.locale}")
    at_step(page, 1, words)
    page.emulate_media(media="print")
    expect(page.get_by_role("heading", level=1)).to_be_hidden()


def test_the_check_of_devices_says_that_the_browser_promises_nothing(exam_day: ExamDay, browser: Browser) -> None:
    page = browser.open()
    page.goto(exam_day.base_url)
    expect(page.get_by_role("listitem").filter(has_text="本机空间")).to_contain_text("浏览器没有承诺长期保留")
