"""R9: when a failed upload can be reported, and where a report stands."""

from __future__ import annotations

import pytest

from zhishi.day.rescue.rules import (
    MOVES,
    ReportState,
    ReportWindow,
    can_have_called,
    is_in_time,
    may_close,
    report_window,
)

END, UNTIL = 1_000_000, 2_800_000


@pytest.mark.parametrize(
    ("ended", "now_ms", "expected"),
    [
        (False, END - 1, ReportWindow.BEFORE),
        (False, UNTIL + 1, ReportWindow.BEFORE),
        (True, END, ReportWindow.OPEN),
        (True, UNTIL - 1, ReportWindow.OPEN),
        (True, UNTIL, ReportWindow.OVER),
    ],
)
def test_a_report_can_be_made_from_the_end_until_the_deadline(ended: bool, now_ms: int, expected: ReportWindow) -> None:
    assert report_window(ended=ended, until_ms=UNTIL, now_ms=now_ms) is expected


def test_a_call_is_in_time_by_the_time_of_the_call() -> None:
    assert is_in_time(UNTIL - 1, until_ms=UNTIL)
    assert not is_in_time(UNTIL, until_ms=UNTIL)


@pytest.mark.parametrize(
    ("called_ms", "possible"), [(0, False), (1, True), (END, True), (UNTIL, True), (UNTIL + 1, False)]
)
def test_a_call_was_neither_before_the_attempt_began_nor_in_the_future(called_ms: int, possible: bool) -> None:
    assert can_have_called(called_ms, began_ms=1, now_ms=UNTIL) is possible


def test_a_report_is_closed_once_and_for_all() -> None:
    assert {state: may_close(state) for state in ReportState} == {ReportState.OPEN: True, ReportState.CLOSED: False}
    assert set(MOVES) == set(ReportState)
