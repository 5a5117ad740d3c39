"""The upload does not get through: it is reported in time, and the recording arrives as a package (F10.5, R9)."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import expect

from tests.e2e.browser import Browser
from tests.e2e.candidate import wait_for_confirmation
from tests.e2e.exam_day import ExamDay
from tests.e2e.holding import sit_exam
from tests.e2e.recordings import settled_record, track


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
