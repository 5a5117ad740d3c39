"""What a candidate does at the phone, by the labels that they see."""

from __future__ import annotations

from dataclasses import dataclass

from playwright.sync_api import Page, expect

from tests.e2e.exam import Exam

PATIENCE_MS = 60_000


@dataclass(frozen=True, slots=True)
class PhoneWords:
    """One language of the phone's pages."""

    code: str
    begin: str
    next: str
    recording: str
    stop: str
    confirm: str
    all_confirmed: str


ZH = PhoneWords(
    code="绑定码",
    begin="开始录制",
    next="下一步",
    recording="录制中",
    stop="停止录制",
    confirm="确认停止",
    all_confirmed="全部已确认",
)
EN = PhoneWords(
    code="Binding code",
    begin="Start recording",
    next="Next",
    recording="Recording",
    stop="Stop recording",
    confirm="Yes, stop",
    all_confirmed="All confirmed",
)


def bind(page: Page, exam: Exam, code: str, words: PhoneWords = ZH) -> None:
    """Open the address of the QR code, begin, place the phone."""
    page.goto(f"{exam.base_url}/phone#{code}")
    page.get_by_role("button", name=words.begin).click()
    for _ in range(2):
        page.get_by_role("button", name=words.next).click(timeout=PATIENCE_MS)
    expect(page.get_by_text(words.recording).first).to_be_visible(timeout=PATIENCE_MS)


def stop(page: Page, words: PhoneWords = ZH) -> None:
    """【停止录制】, pressed twice, then until everything is confirmed."""
    page.get_by_role("button", name=words.stop).click(timeout=PATIENCE_MS)
    page.get_by_role("button", name=words.confirm).click()
    expect(page.get_by_text(words.all_confirmed).first).to_be_visible(timeout=90_000)
