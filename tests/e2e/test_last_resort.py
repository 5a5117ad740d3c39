"""The upload does not get through: it is reported in time, and the recording arrives as a package (F10.5, R9)."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests.e2e.browser import Browser
from tests.e2e.candidate import wait_for_confirmation
from tests.e2e.exam_day import ExamDay
from tests.e2e.holding import sit_exam
from tests.e2e.recordings import settled_record, track
from tests.factories.devices import Candidate
from tests.factories.media import record
from zhishi.day.attempts.access import COOKIE


def test_a_failed_upload_is_reported_and_its_package_is_imported(
    exam_day: ExamDay, browser: Browser, tmp_path: Path
) -> None:
    page = browser.open()
    attempt_id = sit_exam(page, exam_day, browser, held=True)
    page.get_by_role("button", name="报告上传失败").click()
    expect(page.get_by_text("技术服务会联系您")).to_be_visible()
    page.reload()
    expect(page.get_by_text("技术服务会联系您")).to_be_visible()
    expect(page.get_by_role("button", name="报告上传失败")).to_have_count(0)
    with page.expect_download() as started:
        page.get_by_role("button", name="导出补传包").click()
    file = tmp_path / "package"
    started.value.save_as(file)
    with exam_day.client("support") as support:
        (report,) = support.get("/api/v1/upload-reports").json()["rows"]
        assert (report["attempt_id"], report["in_time"]) == (attempt_id, True)
        done = support.post("/api/v1/packages", content=file.read_bytes()).raise_for_status().json()
    assert (done["attempt_id"], done["refused"], done["broken"]) == (attempt_id, [], [])
    wait_for_confirmation(page)
    record = settled_record(exam_day, attempt_id)
    assert [track(record, kind)["verdict"] for kind in ("camera", "screen")] == ["complete", "complete"]


def _all_but_the_phone(exam_day: ExamDay) -> Candidate:
    """A candidate who has ended: the computer's recording is here, of the phone's there is nothing."""
    exam_day.at(0)
    candidate = exam_day.entered()
    exam_day.do(candidate.bind_phone())
    for kind in ("camera", "screen"):
        exam_day.do(candidate.upload(record(exam_day.starts_ms, 5), kind=kind))
    exam_day.at(10)
    exam_day.do(candidate.post("/attempt/end"))
    exam_day.at(60)
    return candidate


def _open_home_by_secret(page: Page, exam_day: ExamDay, candidate: Candidate) -> Locator:
    """The home page on a computer that never saw the exam. Returns the row of the attempt."""
    page.goto(f"{exam_day.base_url}/home")
    page.get_by_label("准考证号").fill(candidate.who.ticket)
    page.get_by_label("证件号码后六位").fill(candidate.who.id_tail)
    page.get_by_label("准考证上的首页口令").fill(candidate.who.home_secret)
    page.get_by_role("button", name="打开首页").click()
    return page.get_by_role("listitem").filter(has_text="正式考试")


def test_a_phone_that_does_not_upload_is_reported_on_any_page_and_the_outcome_is_told_on_all(
    exam_day: ExamDay, browser: Browser, staff_browser: Browser
) -> None:
    candidate = _all_but_the_phone(exam_day)
    page = browser.open()
    browser.context.add_cookies([{"name": COOKIE, "value": candidate.secret, "url": exam_day.base_url}])
    page.goto(exam_day.base_url)
    expect(page.get_by_role("heading", name="这台电脑的录像已全部上传并确认")).to_be_visible()
    button = page.get_by_role("button", name="报告上传失败")
    expect(button).to_be_visible()
    page.get_by_role("button", name="返回首页").click()
    expect(page.get_by_role("heading", name="考试已完成")).to_be_visible()
    expect(button).to_be_visible()

    elsewhere = staff_browser.open()
    row = _open_home_by_secret(elsewhere, exam_day, candidate)
    row.get_by_role("button", name="报告上传失败").click()
    expect(row).to_contain_text("技术服务会联系您")
    page.reload()
    expect(page.get_by_text("技术服务会联系您")).to_be_visible()
    expect(button).to_have_count(0)

    with exam_day.client("support") as support:
        [report] = support.get("/api/v1/upload-reports").json()["rows"]
        assert (report["attempt_id"], report["by"], report["in_time"]) == (candidate.attempt_id, "candidate", True)
        closing = {"outcome": "lost", "note": "手机损坏"}
        support.post(f"/api/v1/upload-reports/{report['report_id']}/close", json=closing).raise_for_status()
    # The time for reports is over by now: what became of this one is still told.
    exam_day.at(900 + 1801)
    for one in (page, elsewhere):
        one.reload()
        expect(one.get_by_text("结果：缺的部分没有取回，已如实记录，由工作人员认定。")).to_be_visible()
        expect(one.get_by_role("button", name="报告上传失败")).to_have_count(0)
        expect(one.get_by_text("手机损坏")).to_have_count(0)
