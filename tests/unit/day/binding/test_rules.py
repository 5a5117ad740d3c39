"""Codes as they are shown, and the state of a phone by the second (F4.1, F4.6)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from zhishi.day.binding.rules import (
    CODE_LENGTH,
    LOST_AFTER,
    BindingFacts,
    PhoneStatus,
    in_groups,
    status_of,
)
from zhishi.foundation.kernel.ids import as_made, readable_code

BOUND = datetime(2026, 5, 16, 5, 45, tzinfo=UTC)
MS = timedelta(milliseconds=1)
SECOND = timedelta(seconds=1)


def test_a_code_as_it_is_shown_is_the_code_as_it_was_made() -> None:
    for code in (readable_code(CODE_LENGTH) for _ in range(200)):
        assert as_made(in_groups(code)) == as_made(in_groups(code).lower()) == code


@pytest.mark.parametrize(
    ("code", "shown"),
    [("ABCD2345", "ABCD-2345"), ("ABCD", "ABCD"), ("ABCDE", "ABCD-E"), ("ABCDEFGHJKMN", "ABCD-EFGH-JKMN"), ("", "")],
)
def test_a_code_is_shown_in_groups_of_four(code: str, shown: str) -> None:
    assert in_groups(code) == shown


@pytest.mark.parametrize(
    ("since_word", "state"),
    [
        (timedelta(0), PhoneStatus.RECORDING),
        (4 * SECOND, PhoneStatus.RECORDING),
        (LOST_AFTER - MS, PhoneStatus.RECORDING),
        (LOST_AFTER, PhoneStatus.LOST),
        (LOST_AFTER + MS, PhoneStatus.LOST),
        (timedelta(hours=3), PhoneStatus.LOST),
    ],
)
@pytest.mark.parametrize("heard_after", [None, timedelta(0), 90 * SECOND])
def test_a_phone_is_lost_twenty_seconds_after_its_last_word(
    heard_after: timedelta | None, since_word: timedelta, state: PhoneStatus
) -> None:
    """Binding is a word, too: a phone that never says another is lost twenty seconds after it."""
    heard = None if heard_after is None else BOUND + heard_after
    word = heard or BOUND
    assert status_of(BindingFacts(BOUND, heard, None, ended=False), word + since_word) is state
    assert timedelta(seconds=20) == LOST_AFTER


def test_a_word_from_before_this_binding_does_not_make_it_look_lost() -> None:
    facts = BindingFacts(BOUND, BOUND - timedelta(minutes=5), None, ended=False)
    assert status_of(facts, BOUND + SECOND) is PhoneStatus.RECORDING


@pytest.mark.parametrize("later", [timedelta(0), LOST_AFTER, timedelta(hours=1)])
def test_a_phone_that_was_stopped_by_hand_is_stopped_and_never_lost(later: timedelta) -> None:
    stopped = BOUND + timedelta(minutes=30)
    assert status_of(BindingFacts(BOUND, stopped, stopped, ended=False), stopped + later) is PhoneStatus.STOPPED


@pytest.mark.parametrize(
    "facts",
    [
        None,
        BindingFacts(None, None, None, ended=False),
        BindingFacts(BOUND, BOUND, None, ended=True),
        BindingFacts(BOUND, BOUND, BOUND, ended=True),
    ],
)
def test_without_a_bound_phone_there_is_none(facts: BindingFacts | None) -> None:
    assert status_of(facts, BOUND + SECOND) is PhoneStatus.NONE
