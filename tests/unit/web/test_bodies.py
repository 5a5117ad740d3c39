"""Memory for bodies."""

from __future__ import annotations

import pytest

from zhishi.web.bodies import Bodies


@pytest.mark.parametrize("length", [1, 65_535, 65_536, 65_537, 8 * 2**20])
def test_memory_is_long_enough_and_not_much_longer(length: int) -> None:
    body = Bodies().take(length)
    assert (len(body), len(body.view)) == (length, length)
    assert length <= body.room < length + 2**16


def test_two_bodies_at_once_never_share_memory() -> None:
    bodies = Bodies()
    one, other = bodies.take(1000), bodies.take(1000)
    one.view[:], other.view[:] = b"1" * 1000, b"2" * 1000
    assert (bytes(one.view), bytes(other.view)) == (b"1" * 1000, b"2" * 1000)


def test_what_is_given_back_serves_the_next_body_of_about_its_size() -> None:
    bodies = Bodies()
    first = bodies.take(200_000)
    bodies.give_back(first)
    assert bodies.take(70_000) is not first
    assert bodies.take(199_000) is first
    assert bodies.take(200_000) is not first


def test_no_more_is_kept_than_allowed() -> None:
    bodies = Bodies(kept_max=2**17)
    taken = [bodies.take(2**16) for _ in range(4)]
    for body in taken:
        bodies.give_back(body)
    again = [bodies.take(2**16) for _ in range(4)]
    assert sum(any(body is old for old in taken) for body in again) == 2
