"""The support desk: calls, footage on a stick, reports that are settled, and what the record shows (R9, F10.5)."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from tests.e2e import staff
from tests.e2e.browser import Browser
from tests.e2e.exam_day import ExamDay
from tests.factories.answers import given
from tests.factories.devices import Candidate
from tests.factories.media import Recording, record
from tests.factories.packages import HouseKey, items_of, package
from zhishi.day.receipts.manifests import read_receipt

NAME = "张泄露"
ENDED_S, CALLED_S = 10, 60


def _half_uploaded(exam_day: ExamDay) -> tuple[Candidate, dict[str, Recording]]:
    """A candidate who ended after ten seconds; of the camera the middle is missing, the screen is here."""
    exam_day.at(0)
    candidate = exam_day.entered()
    recordings = {kind: record(exam_day.starts_ms, 5, shade=n) for n, kind in enumerate(("camera", "screen"))}
    exam_day.do(candidate.upload(recordings["camera"], skip=(1, 2)))
    exam_day.do(candidate.upload(recordings["screen"], kind="screen"))
    exam_day.at(ENDED_S)
    exam_day.do(candidate.post("/attempt/end"))
    exam_day.at(CALLED_S + 60)
    return candidate, recordings


def _packed(exam_day: ExamDay, candidate: Candidate, recording: Recording, folder: Path) -> Path:
    """What the candidate's page exports, on a stick."""
    key = given(exam_day.do(exam_day.nobody.get("/api/v1/packages/key")))
    house = HouseKey(key["id"], base64.b64decode(key["public"]))
    items = items_of(candidate.tracks["camera"], recording)
    file = folder / "zhang.zhishi"
    file.write_bytes(package(house, items, token=candidate.token, attempt_id=candidate.attempt_id))
    return file


def _read(exam_day: ExamDay, role: str, path: str) -> dict[str, Any]:
    """What the server tells somebody in a role."""
    with exam_day.client(role) as client:
        return given(client.get(f"/api/v1{path}"))


def _at_the_desk(page: Page, exam_day: ExamDay) -> None:
    staff.log_in(page, exam_day, "support")
    page.get_by_role("link", name="补传与报告").click()
    expect(page.get_by_text("没有待办的报告")).to_be_visible()


def _in_zone(exam_day: ExamDay, seconds: int) -> str:
    """A moment as somebody in Shanghai, where the exam is, types it."""
    return exam_day.local(seconds).strftime("%Y-%m-%dT%H:%M:%S")


def test_a_call_is_logged_a_package_imported_and_the_report_settled(
    exam_day: ExamDay, staff_browser: Browser, tmp_path: Path
) -> None:
    candidate, recordings = _half_uploaded(exam_day)
    page = staff_browser.open()
    _at_the_desk(page, exam_day)

    page.get_by_role("button", name="登记来电").click()
    page.get_by_label("准考证号").fill(candidate.who.ticket)
    page.get_by_role("button", name="查找").click()
    page.get_by_role("button", name="登记这一次的来电").click()
    page.get_by_label("来电时间").fill(_in_zone(exam_day, CALLED_S))
    page.get_by_role("button", name="停电，没法开机").click()
    page.get_by_role("alertdialog").get_by_role("button", name="登记来电").click()
    expect(page.get_by_text("在报告期限之内")).to_be_visible()
    page.get_by_role("button", name="关闭").click()

    desk = page.get_by_role("region", name=NAME)
    expect(desk).to_contain_text("按时")
    expect(desk).to_contain_text("停电，没法开机")
    expect(desk).to_contain_text("当时缺 4 秒")
    expect(desk.get_by_role("img", name=re.compile("摄像头：1 处缺口，共 4 秒"))).to_be_visible()
    [report] = _read(exam_day, "support", "/upload-reports")["rows"]
    assert report["called_at_ms"] == exam_day.starts_ms + CALLED_S * 1000

    page.get_by_label("选择文件").set_input_files(_packed(exam_day, candidate, recordings["camera"], tmp_path))
    # Of the camera two segments are new; its init, the other three and the closure are here.
    expect(page.get_by_text("新收到 2 项，已有 5 项")).to_be_visible()

    desk.get_by_role("button", name="办结这条报告").click()
    page.get_by_role("alertdialog").get_by_role("button", name="办结").click()
    expect(page.get_by_text("请选择结果")).to_be_visible()
    page.get_by_role("radio", name="用补传包补上").check()
    page.get_by_label("说明（选填").fill("U盘已导入")
    page.get_by_role("alertdialog").get_by_role("button", name="办结").click()
    expect(page.get_by_text("已办结：用补传包补上")).to_be_visible()
    page.get_by_role("button", name="关闭").click()
    expect(desk).to_contain_text("用补传包补上（工作人员 support")
    expect(desk.get_by_role("button", name="办结这条报告")).to_have_count(0)
    expect(page.get_by_text("上传失败报告：待办 0，共 1")).to_be_visible()


def test_who_looks_for_a_report_that_is_not_on_the_page_finds_the_one_that_waits_longest(
    exam_day: ExamDay, staff_browser: Browser
) -> None:
    candidate, _ = _half_uploaded(exam_day)
    given(exam_day.do(candidate.post("/attempt/upload-report")))
    page = staff_browser.open()
    staff.log_in(page, exam_day, "support")
    expect(page.get_by_role("link", name="上午场")).to_be_visible()
    page.goto(f"{exam_day.base_url}/console/uploads?report=0198c0de-0000-7000-8000-000000000009")
    expect(page.get_by_role("region", name=NAME)).to_be_visible()
    expect(page.get_by_text("没有待办的报告")).to_have_count(0)


def test_a_file_that_is_no_package_is_refused_with_what_to_do(
    exam_day: ExamDay, staff_browser: Browser, tmp_path: Path
) -> None:
    page = staff_browser.open()
    _at_the_desk(page, exam_day)
    file = tmp_path / "holiday.zip"
    file.write_bytes(b"PK\x03\x04 pictures")
    page.get_by_label("选择文件").set_input_files(file)
    failed = page.get_by_role("alert")
    expect(failed).to_contain_text("holiday.zip 没有导入")
    expect(failed).to_contain_text("这个文件不是智试的补传包")


def test_the_record_shows_what_was_interrupted_and_gives_the_receipt(exam_day: ExamDay, staff_browser: Browser) -> None:
    candidate, _ = _half_uploaded(exam_day)
    page = staff_browser.open()
    staff.log_in(page, exam_day, "support")
    expect(page.get_by_role("link", name="上午场")).to_be_visible()
    page.goto(f"{exam_day.base_url}/console/attempts/{candidate.attempt_id}")
    ledger = page.locator("section").filter(has=page.get_by_role("heading", name="中断记录"))
    row = ledger.get_by_role("listitem").filter(has_text="缺口：")
    first, last = (exam_day.local(seconds).strftime("%H:%M:%S") for seconds in (2, 6))
    expect(row).to_contain_text(f"{first}–{last}")
    expect(row).to_contain_text("还没有上传到服务器")
    # Nobody knows yet on whose side it lies, so no rule is named.
    expect(row).to_contain_text("交考务认定")
    with page.expect_download() as downloading:
        page.get_by_role("button", name="下载回执（JSON）").click()
    manifest = read_receipt(Path(downloading.value.path()).read_bytes())
    assert manifest["attempt"] == candidate.attempt_id
    with page.expect_download() as downloading:
        page.get_by_role("button", name="下载回执（PDF）").click()
    assert Path(downloading.value.path()).read_bytes().startswith(b"%PDF-")
    page.get_by_text("已签发的回执（1）").click()
    with page.expect_download() as downloading:
        page.get_by_role("button", name="下载第 1 号回执（JSON）").click()
    assert read_receipt(Path(downloading.value.path()).read_bytes()) == manifest
