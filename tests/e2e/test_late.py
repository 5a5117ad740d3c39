"""Late candidates, by the server's clock: entered and marked, refused, and in time because staff were asked in time."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.e2e import staff
from tests.e2e.browser import Browser
from tests.e2e.candidate import (
    at_step,
    fill_in,
    log_in,
    prepare,
    press_enter,
    read_attachments,
    read_procedure,
    wait_for_question,
)
from tests.e2e.conftest import OpenBrowser
from tests.e2e.exam_day import ExamDay
from tests.e2e.words import ZH
from tests.factories.world import QUESTION

NAME = "张泄露"
NO_PHOTO = "王无照"


def test_a_minute_after_the_start_one_enters_and_is_marked_late(exam_day: ExamDay, browser: Browser) -> None:
    exam_day.at(60)
    page = browser.open()
    log_in(page, exam_day, NAME)
    _read_and_enter(page)
    wait_for_question(page, QUESTION)
    expect(page.get_by_text("您在开考后进入")).to_be_visible()
    row = exam_day.row(NAME)
    assert (row["late"], row["state"]) == (True, "answering")


def test_six_minutes_after_the_start_the_door_is_shut_and_says_whom_to_call(
    exam_day: ExamDay, browser: Browser
) -> None:
    exam_day.at(360)
    page = browser.open()
    page.goto(exam_day.base_url)
    prepare(page)
    expect(page.get_by_text("登录已于").first).to_be_visible()
    expect(page.get_by_text("400-808-3202").first).to_be_visible()
    fill_in(page, exam_day, NAME)
    page.get_by_role("button", name="人脸登录").click()
    expect(page.get_by_role("alert").first).to_contain_text("登录已于")
    assert exam_day.row(NAME)["attempt_id"] is None


def test_who_asked_staff_in_time_enters_in_time_however_long_they_took(
    exam_day: ExamDay, browser: Browser, staff_browser: Browser
) -> None:
    exam_day.at(240)
    page = browser.open()
    page.goto(exam_day.base_url)
    prepare(page)
    fill_in(page, exam_day, NO_PHOTO)
    page.get_by_role("button", name="申请人工核验").click()
    expect(page.get_by_role("heading", name="已申请人工核验")).to_be_visible()
    exam_day.at(540)
    _let_in(staff_browser, exam_day)
    _read_and_enter(page)
    wait_for_question(page, QUESTION)
    row = exam_day.row(NO_PHOTO)
    assert (row["late"], row["manual"], row["state"]) == (True, True, "answering")
    assert "verification_granted" in [event["kind"] for event in exam_day.events(NO_PHOTO)]


def _let_in(browser: Browser, exam: ExamDay) -> None:
    """An invigilator compares the pictures and lets the candidate in."""
    page = browser.open()
    staff.log_in(page, exam, "invigilator")
    page.get_by_role("link", name="上午场").click()
    page.get_by_role("link", name="核验").first.click()
    expect(page.get_by_text(NO_PHOTO).first).to_be_visible()
    page.get_by_role("button", name="让其进入").click()
    expect(page.get_by_role("button", name="让其进入")).to_have_count(0)
    browser.close()


def _read_and_enter(page: Page) -> None:
    """After T0 nobody loses time over cards: the lot is assigned at entry (F5.2)."""
    at_step(page, 3)
    read_procedure(page)
    at_step(page, 4)
    page.get_by_role("button", name=ZH.without_phone).click()
    read_attachments(page)
    press_enter(page)


def test_a_second_device_is_refused_or_takes_over_by_the_face(
    exam_day: ExamDay, browser: Browser, open_browser: OpenBrowser
) -> None:
    exam_day.at(-1500)
    page = browser.open()
    log_in(page, exam_day, NAME)
    at_step(page, 3)
    other = open_browser().open()
    log_in(other, exam_day, NAME)
    dialog = other.get_by_role("alertdialog")
    expect(dialog).to_contain_text("换到这台设备登录")
    assert "login_refused" in [event["kind"] for event in exam_day.events(NAME)]
    dialog.get_by_role("button", name="换到这台设备").click()
    at_step(other, 3)
    page.get_by_role("button", name=ZH.have_read).click()
    expect(page.get_by_role("heading", name="人脸登录")).to_be_visible()
    assert "login_ended" in [event["kind"] for event in exam_day.events(NAME)]
