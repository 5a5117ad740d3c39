"""The deck: what is committed to, and which cards lie on the page (F5)."""

from __future__ import annotations

import hashlib
import json
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from zhishi.day.lots.rules import CARDS_SHOWN, Order, shown_positions

_DECKS = st.integers(1, 60).flatmap(lambda size: st.permutations(range(1, size + 1)))
_SALTS = st.binary(min_size=32, max_size=32).map(bytes.hex)
_ORDERS = st.builds(lambda numbers, salt: Order(tuple(numbers), salt), _DECKS, _SALTS)
_TABLES = st.integers(1, 400).flatmap(lambda size: st.tuples(st.just(size), st.sets(st.integers(0, size - 1))))


def test_the_commitment_is_one_that_anybody_can_compute() -> None:
    """`printf 00ff:3,1,2 | sha256sum`; a change of this form would break every proof that was ever published."""
    expected = hashlib.sha256(b"00ff:3,1,2").hexdigest()
    assert Order((3, 1, 2), "00ff").commitment == expected
    assert expected.startswith("dda0085d")


@given(_ORDERS)
def test_an_order_is_read_as_it_was_written(order: Order) -> None:
    assert Order.from_json(order.to_json()) == order
    assert set(json.loads(order.to_json())) == {"numbers", "salt"}


@given(_ORDERS, st.data())
def test_a_moved_card_is_noticed(order: Order, data: st.DataObject) -> None:
    moved = tuple(data.draw(st.permutations(order.numbers)))
    assert (Order(moved, order.salt).commitment == order.commitment) is (moved == order.numbers)


@given(_ORDERS, _SALTS)
def test_the_same_cards_under_another_salt_look_different(order: Order, salt: str) -> None:
    """Else the orders of a deck of few cards could be tried out against the commitment."""
    assert (Order(order.numbers, salt).commitment == order.commitment) is (salt == order.salt)


def test_numbers_do_not_run_together() -> None:
    assert Order((1, 12), "00").commitment != Order((11, 2), "00").commitment


@given(_TABLES)
def test_a_page_shows_cards_of_the_deck_each_once_and_in_their_order(table: tuple[int, set[int]]) -> None:
    size, taken = table
    shown = shown_positions(size, taken)
    assert shown == sorted(set(shown))
    assert set(shown) <= set(range(size))
    assert len(shown) == min(size, CARDS_SHOWN)


@given(_TABLES)
def test_free_cards_are_shown_before_taken_ones(table: tuple[int, set[int]]) -> None:
    """As long as a card is free, there is one to choose on the page."""
    size, taken = table
    free = set(range(size)) - taken
    assert len(free & set(shown_positions(size, taken))) == (
        len(free) if size <= CARDS_SHOWN else min(len(free), CARDS_SHOWN)
    )


def test_a_small_deck_is_shown_whole_with_its_gaps() -> None:
    assert shown_positions(3, {1}) == [0, 1, 2]
    assert shown_positions(CARDS_SHOWN, set(range(CARDS_SHOWN))) == list(range(CARDS_SHOWN))


@given(st.integers(CARDS_SHOWN + 1, 2000))
def test_a_large_deck_is_shown_evenly(size: int) -> None:
    shown = shown_positions(size, set())
    distances = {later - one for one, later in pairwise([*shown, size])}
    assert shown[0] == 0
    assert distances <= {size // CARDS_SHOWN, size // CARDS_SHOWN + 1}
