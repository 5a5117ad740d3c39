"""What may be told of an attempt, and by whom."""

from __future__ import annotations

import pytest

from zhishi.day.attempts.models import AttemptEvent
from zhishi.day.attempts.rules import ClientEvent, ServerEvent


def test_a_page_cannot_report_what_only_the_server_notes() -> None:
    """Else a candidate could write "entered" or "binding_waived" into their own record."""
    assert {event.value for event in ClientEvent} & {event.value for event in ServerEvent} == set()


@pytest.mark.parametrize("event", [*ClientEvent, *ServerEvent])
def test_every_event_fits_its_column(event: ClientEvent | ServerEvent) -> None:
    """SQLite would not notice, PostgreSQL would refuse it on the day."""
    column = AttemptEvent.__table__.c.kind.type
    assert len(event) <= getattr(column, "length", 0)
