"""The filters above the list of candidates, and what counts as trouble with a device."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from zhishi.day.invigilation.rules import PENDING_MANY, SILENT_AFTER_MS, Filter, Signs, Trouble, matches, troubles_of
from zhishi.day.invigilation.rules import CandidateState as State

QUIET = Signs(quiet_ms=4000, tracks=("recording", "recording"), pictures=("good",), microphone="live", pending=2)
NOTHING_WORKS = Signs(
    quiet_ms=60_000,
    tracks=("lost",),
    pictures=("black",),
    microphone="lost",
    visible=False,
    pending=500,
    phone_lost=True,
)
# A microphone that is lost gives no sound to complain of.
SOUNDS = {Trouble.MICROPHONE_SILENT, Trouble.MICROPHONE_CLIPPED}


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


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize(
    ("trait", "added"),
    [("calling", Filter.CALLING), ("verifying", Filter.VERIFYING), ("troubled", Filter.TROUBLE)],
)
def test_what_needs_somebody_adds_one_filter_in_every_state(state: State, trait: str, added: Filter) -> None:
    def filters(**traits: Any) -> set[Filter]:
        return {one for one in Filter if matches(state, one, complete=False, **traits)}

    assert filters(**{trait: True}) - filters() == {added}


@pytest.mark.parametrize("state", [State.WAITING, State.ANSWERING])
@pytest.mark.parametrize(
    ("signs", "troubles"),
    [
        (QUIET, []),
        (replace(QUIET, quiet_ms=SILENT_AFTER_MS), []),
        (replace(QUIET, quiet_ms=SILENT_AFTER_MS + 1), [Trouble.SILENT]),
        (replace(QUIET, tracks=("recording", "lost")), [Trouble.TRACK_LOST]),
        (replace(QUIET, tracks=("starting", "stopped")), []),
        (replace(QUIET, microphone="lost"), [Trouble.MICROPHONE_LOST]),
        (replace(QUIET, microphone="silent"), [Trouble.MICROPHONE_SILENT]),
        (replace(QUIET, microphone="clipped"), [Trouble.MICROPHONE_CLIPPED]),
        (replace(QUIET, pictures=()), []),
        (replace(QUIET, pictures=("good", "still")), [Trouble.PICTURE_BAD]),
        (replace(QUIET, microphone=None), []),
        (replace(QUIET, visible=False), [Trouble.PAGE_HIDDEN]),
        (replace(QUIET, phone_lost=True), [Trouble.PHONE_LOST]),
        (replace(QUIET, pending=PENDING_MANY - 1), []),
        (replace(QUIET, pending=PENDING_MANY), [Trouble.UPLOAD_BEHIND]),
        (NOTHING_WORKS, [one for one in Trouble if one not in SOUNDS]),
    ],
)
def test_trouble_is_whatever_keeps_a_running_exam_from_being_recorded(
    state: State, signs: Signs, troubles: list[Trouble]
) -> None:
    assert troubles_of(state, signs) == troubles


@pytest.mark.parametrize("state", [State.ABSENT, State.LOGGED_IN, State.UPLOADING, State.FINISHED])
def test_nobody_is_in_trouble_while_nothing_has_to_be_recorded(state: State) -> None:
    assert troubles_of(state, NOTHING_WORKS) == []
