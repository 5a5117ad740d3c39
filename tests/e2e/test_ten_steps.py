"""All ten steps at the computer and at the phone, to a recording of three tracks; in Chinese and in English."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e import phone
from tests.e2e.browser import Browser
from tests.e2e.candidate import (
    binding_code,
    confirm_devices,
    draw,
    end,
    log_in,
    press_enter,
    read_attachments,
    read_procedure,
    wait_for_confirmation,
    wait_for_question,
)
from tests.e2e.exam_day import ExamDay
from tests.e2e.recordings import settled_record, track
from tests.e2e.words import EN, ZH, Words
from tests.factories.world import QUESTION, TEXTS

NAME = "张泄露"
# In about ten seconds. A screen on which nothing moves gives a picture a second.
FRAMES_AT_LEAST = {"camera": 20, "screen": 5, "phone": 20}
BOTH = [pytest.param(ZH, phone.ZH, id="zh"), pytest.param(EN, phone.EN, id="en")]


@pytest.mark.parametrize(("words", "phone_words"), BOTH)
def test_ten_steps_lead_to_three_whole_tracks(
    exam_day: ExamDay, browser: Browser, phone_browser: Browser, words: Words, phone_words: phone.PhoneWords
) -> None:
    exam_day.at(-1100)
    page, handset = browser.open(), phone_browser.open()
    for one in (page, handset):
        one.goto(f"{exam_day.base_url}/{'phone' if one is handset else ''}?lang={words.locale}")
    lot = _walk_to_countdown(page, handset, exam_day, words, phone_words)
    exam_day.at(-4)
    wait_for_question(page, QUESTION)
    expect(page.get_by_text(NAME)).to_have_count(0)
    expect(page.get_by_role("complementary")).to_contain_text(lot)
    page.wait_for_timeout(5_000)
    end(page, words)
    wait_for_confirmation(page, words)
    # Who ended early may stop the phone then (F10.3).
    phone.stop(handset, phone_words)
    page.get_by_role("button", name=words.home).click()
    record = settled_record(exam_day, exam_day.row(NAME)["attempt_id"])
    assert [step["state"] for step in record["steps"]] == ["done"] * 10
    assert record["lot"] == lot
    for kind, least in FRAMES_AT_LEAST.items():
        one = track(record, kind)
        assert one["verdict"] == "complete"
        assert [epoch["problem"] for epoch in one["recordings"]] == [None] * len(one["recordings"])
        assert sum(epoch["frames"] for epoch in one["recordings"]) > least
    kinds = [event["kind"] for event in record["events"]]
    steps = ["text_accepted", "phone_bound", "lot_drawn", "entered", "devices_confirmed", "paper_released", "ended"]
    first = [kinds.index(kind) for kind in steps]
    assert first == sorted(first)
    assert "phone_stopped" in kinds


def _walk_to_countdown(page: Page, handset: Page, exam: ExamDay, words: Words, phone_words: phone.PhoneWords) -> str:
    log_in(page, exam, NAME, words=words)
    read_procedure(page, words)
    phone.bind(handset, exam, binding_code(page, words), phone_words)
    # The page moves on by itself once the phone is bound (F4.2).
    lot = draw(page, words)
    assert read_attachments(page, words) == len(TEXTS) - 1
    press_enter(page, words)
    confirm_devices(page, words)
    return lot
