"""A candidate who is being recorded, and what the record must say of the faults afterwards."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Page, expect

from tests.e2e.browser import Browser
from tests.e2e.candidate import (
    at_step,
    confirm_devices,
    end,
    fill_in,
    log_in,
    prepare,
    press_enter,
    share_again,
    wait_for_confirmation,
    walk_to_entry,
)
from tests.e2e.exam_day import ExamDay
from tests.e2e.recordings import settled_record, track, wait_for_recordings
from tests.e2e.words import ZH
from zhishi.foundation.kernel.clock import to_ms

NAME = "张泄露"
COMPUTER = ("camera", "screen")
# What happens is dated by the test before or after the browser does it; and a segment of two seconds may be unfinished.
SLACK_MS = 3_500
MENDED_WITHIN_S = 120


@dataclass(frozen=True, slots=True)
class Expected:
    """A gap as the test saw it coming: server time in ms."""

    from_ms: int
    to_ms: int
    cause: str


class Sitting:
    """One candidate at one computer in an exam whose clock runs by itself."""

    def __init__(self, exam: ExamDay, browser: Browser, *, url: str | None = None) -> None:
        self.exam = exam
        self.browser = browser
        self.url = url or exam.base_url
        self.page: Page = browser.open()
        self._attempt_id = ""

    @property
    def now_ms(self) -> int:
        return to_ms(self.exam.clock.now())

    @property
    def attempt_id(self) -> str:
        self._attempt_id = self._attempt_id or self.exam.row(NAME)["attempt_id"]
        return self._attempt_id

    def begin(self) -> None:
        """Walk to the countdown page; both tracks are recorded and on their way."""
        self.come_to_entry()
        self.enter()

    def come_to_entry(self) -> None:
        """Walk to 【进入考试】; nothing is recorded yet."""
        self.exam.at(-900)
        log_in(self.page, self.exam, NAME, url=self.url)
        walk_to_entry(self.page)

    def enter(self) -> None:
        """【进入考试】, until both tracks are recorded and on their way."""
        press_enter(self.page)
        confirm_devices(self.page)
        self.wait_for_recordings(1)

    def wait_for_recordings(self, count: int) -> None:
        for kind in COMPUTER:
            wait_for_recordings(self.exam, self.attempt_id, kind, count)

    def come_back(self) -> None:
        """After a kill: the page again, and the face if the browser had not yet put its login on disk."""
        self.page = self.browser.open()
        self.page.goto(self.url)
        come_back(self.page, self.exam)
        share_again(self.page)

    def start_answering(self) -> None:
        """T0 comes: the exam's clock leaps, and the recorder follows it with new recordings."""
        self.exam.at(-2)
        expect(self.page.get_by_role("button", name="结束考试")).to_be_visible(timeout=60_000)

    def finish(self) -> dict[str, Any]:
        """End, wait until everything is confirmed, and read the record once it is settled."""
        self.start_answering()
        self.page.wait_for_timeout(3_000)
        end(self.page)
        wait_for_confirmation(self.page)
        return self.record()

    def record(self) -> dict[str, Any]:
        return settled_record(self.exam, self.attempt_id)

    def record_when(self, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The record once something holds of it; some faults are found and mended some time after the end."""
        deadline = time.monotonic() + MENDED_WITHIN_S
        while not holds(record := self.record()):
            assert time.monotonic() < deadline, [(one["kind"], one["verdict"], one["gaps"]) for one in record["tracks"]]
            self.page.wait_for_timeout(1_000)
        return record

    def check(self, record: dict[str, Any], *expected: Expected, kinds: tuple[str, ...] = COMPUTER) -> None:
        """The tracks are complete, and lack what is expected and nothing else."""
        for kind in kinds:
            one = track(record, kind)
            assert one["verdict"] == "complete", one["verdict"]
            assert [epoch["problem"] for epoch in one["recordings"]] == [None] * len(one["recordings"])
            # The clock's leap to T0 is of the test's making: nothing could be recorded in the time that it skipped.
            leap = self.exam.starts_ms - 600_000, self.exam.starts_ms - 10_000
            found = [gap for gap in one["gaps"] if gap["cause"] != "starting" and not _is_leap(gap, leap)]
            told = [(gap["from_ms"], gap["to_ms"], gap["cause"]) for gap in found]
            assert [gap["cause"] for gap in found] == [gap.cause for gap in expected], (kind, told, expected)
            for gap, foreseen in zip(found, expected, strict=True):
                assert abs(gap["from_ms"] - foreseen.from_ms) < SLACK_MS, (kind, told, expected)
                assert abs(gap["to_ms"] - foreseen.to_ms) < SLACK_MS, (kind, told, expected)


def come_back(page: Page, exam: ExamDay) -> None:
    """A browser writes down within half a minute what it should know. One killed sooner checks the devices and asks for
    the face again, and goes on."""
    step = page.locator("[aria-current=step]")
    expect(step).to_be_visible(timeout=60_000)
    if ZH.steps[0] in step.inner_text():
        prepare(page)
        at_step(page, 2)
    if ZH.steps[1] in step.inner_text() or page.get_by_label(ZH.ticket).is_visible():
        fill_in(page, exam, NAME)
        page.get_by_role("button", name=ZH.face_login).click()


def _is_leap(gap: dict[str, Any], leap: tuple[int, int]) -> bool:
    return bool(gap["from_ms"] < leap[0] and gap["to_ms"] > leap[0])
