"""Where a call for help stands (F9.11)."""

from __future__ import annotations

import pytest

from zhishi.day.help.rules import CallState, call_state


@pytest.mark.parametrize(
    ("opened", "taken", "closed", "state"),
    [
        (False, False, False, CallState.NONE),
        (True, False, False, CallState.WAITING),
        (True, True, False, CallState.TAKEN),
        (True, True, True, CallState.CLOSED),
        (True, False, True, CallState.CLOSED),
    ],
)
def test_a_call_waits_is_taken_and_is_closed(opened: bool, taken: bool, closed: bool, state: CallState) -> None:
    assert call_state(opened=opened, taken=taken, closed=closed) is state
