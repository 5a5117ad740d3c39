"""Publishing results: not while recordings may come, not unawares of what is lacking, and by officers only (F10.4)."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

from tests.e2e import staff
from tests.e2e.browser import Browser
from tests.e2e.exam_day import ExamDay
from tests.factories.answers import given
from tests.factories.media import record
from tests.factories.world import TIMINGS
from zhishi.foundation.kernel.clock import to_ms

OVER_S = TIMINGS.answer_s + TIMINGS.phone_within_s


def _at_the_sitting(page: Page, exam_day: ExamDay, role: str) -> None:
    staff.log_in(page, exam_day, role)
    page.get_by_role("link", name="上午场").click()
    expect(page.get_by_text("还没有公布")).to_be_visible()


def _dialog(page: Page) -> Locator:
    page.get_by_role("button", name="公布成绩").click()
    return page.get_by_role("alertdialog")


def _half_uploaded(exam_day: ExamDay) -> None:
    """A candidate of whom half a recording came, and who reported it."""
    exam_day.at(0)
    candidate = exam_day.entered()
    exam_day.do(candidate.upload(record(exam_day.starts_ms, 5), skip=(1, 2)))
    exam_day.at(10)
    exam_day.do(candidate.post("/attempt/end"))
    given(exam_day.do(candidate.post("/attempt/upload-report", {"note": ""})))


def test_results_wait_for_the_time_of_uploads(exam_day: ExamDay, staff_browser: Browser) -> None:
    page = staff_browser.open()
    _at_the_sitting(page, exam_day, "officer")
    dialog = _dialog(page)
    until = exam_day.local(OVER_S)
    expect(dialog).to_contain_text("现在还不能公布")
    expect(dialog).to_contain_text(f"上午场：到 {until:%m-%d %H:%M} 为止")
    expect(dialog.get_by_role("button", name="公布成绩")).to_have_count(0)
    expect(dialog.get_by_role("button", name="关闭")).to_be_focused()


def test_what_is_lacking_is_told_and_confirmed(exam_day: ExamDay, staff_browser: Browser) -> None:
    _half_uploaded(exam_day)
    exam_day.at(OVER_S)
    page = staff_browser.open()
    _at_the_sitting(page, exam_day, "officer")
    dialog = _dialog(page)
    expect(dialog).to_contain_text("1 人的录像不完整")
    expect(dialog).to_contain_text("1 条上传失败报告没有办结")
    dialog.get_by_role("button", name="公布成绩").click()
    expect(dialog.get_by_role("alert")).to_have_text("请先勾选上面一项，再公布。")
    dialog.get_by_role("checkbox", name="缺的录像不再等").check()
    before = to_ms(exam_day.clock.now())
    dialog.get_by_role("button", name="公布成绩").click()
    expect(dialog.get_by_text("副本可以删除")).to_be_visible()
    page.get_by_role("button", name="关闭").click()
    expect(page.get_by_text("考生可以删除录像副本")).to_be_visible()
    expect(page.get_by_role("button", name="公布成绩")).to_have_count(0)
    with exam_day.client("officer") as officer:
        view = given(officer.get(f"/api/v1/sittings/{exam_day.sitting_id()}"))
    assert view["results_published_ms"] >= before


def test_where_nothing_is_lacking_nothing_has_to_be_confirmed(exam_day: ExamDay, staff_browser: Browser) -> None:
    exam_day.at(OVER_S)
    page = staff_browser.open()
    _at_the_sitting(page, exam_day, "officer")
    dialog = _dialog(page)
    expect(dialog).to_contain_text("全部场次的录像都已收齐并复核")
    expect(dialog.get_by_role("checkbox")).to_have_count(0)
    dialog.get_by_role("button", name="公布成绩").click()
    expect(dialog.get_by_text("副本可以删除")).to_be_visible()


def test_support_cannot_publish(exam_day: ExamDay, staff_browser: Browser) -> None:
    page = staff_browser.open()
    _at_the_sitting(page, exam_day, "support")
    expect(page.get_by_role("button", name="公布成绩")).to_have_count(0)
