"""The network goes away, for a moment, for long, past the end, and in parts."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.e2e.browser import Browser
from tests.e2e.candidate import wait_for_confirmation
from tests.e2e.exam_day import ExamDay
from tests.e2e.recordings import track
from tests.e2e.wire import wire_to
from tests.faults.faulty_wire import faulty_wire_to
from tests.faults.sitting import Sitting


@pytest.mark.parametrize("seconds", [pytest.param(5, marks=pytest.mark.short), 120])
def test_a_network_that_comes_back_leaves_no_gap(exam_day: ExamDay, browser: Browser, seconds: int) -> None:
    with wire_to(exam_day.base_url) as wire:
        sitting = Sitting(exam_day, browser, url=wire.url)
        sitting.begin()
        wire.cut()
        sitting.page.wait_for_timeout(seconds * 1000)
        wire.mend()
        expect(sitting.page.get_by_text("网络断了")).to_be_hidden(timeout=60_000)
        # A line that came back is on record once it has held for a moment.
        sitting.page.wait_for_timeout(5_000)
        record = sitting.finish()
    sitting.check(record)
    # What was so short that nobody need hear of it is not on record.
    told = [event for event in record["events"] if event["kind"] in ("offline", "online")]
    assert [event["kind"] for event in told] == (["offline", "online"] if seconds > 20 else [])
    assert all(on["at_ms"] - off["at_ms"] > (seconds - 5) * 1000 for off, on in zip(told[::2], told[1::2], strict=True))


def test_a_network_that_is_away_past_the_end_leaves_no_gap(exam_day: ExamDay, browser: Browser) -> None:
    with wire_to(exam_day.base_url) as wire:
        sitting = Sitting(exam_day, browser, url=wire.url)
        sitting.begin()
        sitting.start_answering()
        wire.cut()
        page = sitting.page
        expect(page.get_by_text("网络断了，请继续作答")).to_be_visible(timeout=30_000)
        # Ending cannot be told to anybody now; the time ends by the page's own clock, at the same moment for all.
        page.wait_for_timeout(10_000)
        exam_day.at(920)
        wire.mend()
        wait_for_confirmation(page)
        record = sitting.record()
    for kind in ("camera", "screen"):
        one = track(record, kind)
        assert one["verdict"] == "complete"
        gaps = [gap for gap in one["gaps"] if gap["cause"] != "starting"]
        # Nothing but the two leaps of the test's clock, to T0 and to the end, was not recorded.
        assert [gap["to_ms"] - gap["from_ms"] > 600_000 for gap in gaps] == [True] * 2, gaps


def test_a_third_of_all_requests_lost_leaves_no_gap(exam_day: ExamDay, browser: Browser) -> None:
    with faulty_wire_to(exam_day.base_url, lost=0.3, seed=7) as wire:
        sitting = Sitting(exam_day, browser, url=wire.url)
        sitting.begin()
        sitting.page.wait_for_timeout(40_000)
        sitting.check(sitting.finish())
        assert min(wire.faults[fault] for fault in ("busy", "reset", "unanswered")) > 0, wire.faults
