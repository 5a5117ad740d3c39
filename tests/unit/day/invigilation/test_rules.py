"""The filters above the list of candidates."""

from __future__ import annotations

import pytest

from zhishi.day.invigilation.rules import CandidateState as State
from zhishi.day.invigilation.rules import Filter, matches


@pytest.mark.parametrize(
    ("state", "complete", "filters"),
    [
        (State.ABSENT, False, {Filter.ALL, Filter.ABSENT}),
        (State.LOGGED_IN, False, {Filter.ALL, Filter.PRESENT}),
        (State.WAITING, False, {Filter.ALL, Filter.PRESENT}),
        (State.ANSWERING, False, {Filter.ALL, Filter.PRESENT, Filter.ANSWERING}),
        (State.UPLOADING, False, {Filter.ALL, Filter.PRESENT, Filter.ENDED, Filter.INCOMPLETE}),
        (State.FINISHED, True, {Filter.ALL, Filter.PRESENT, Filter.ENDED}),
    ],
)
def test_each_state_is_found_under_its_filters_and_no_others(
    state: State, complete: bool, filters: set[Filter]
) -> None:
    assert {one for one in Filter if matches(state, one, complete=complete)} == filters
