"""The format of a package: read as it was written, and nothing of it that was changed."""

from __future__ import annotations

import io
import itertools
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.factories.packages import MAGIC, HouseKey, Item, borders, flipped, header, item, package
from zhishi.day.rescue.packages import (
    ItemHeader,
    PackageAltered,
    PackageCutShort,
    PackageForeign,
    PackageInvalid,
    PackageReader,
    PackageTokenInvalid,
    Record,
)
from zhishi.foundation.kernel.agreement import Recipient

HOUSE, OTHER = Recipient(b"h" * 32), Recipient(b"o" * 32)
KEY = HouseKey(HOUSE.id, HOUSE.public)
EPOCH = 1_778_911_200_000
ITEMS = [
    item("init", "track", EPOCH, b"init"),
    item("segment", "track", EPOCH, b"segment " * 3, seq=0, duration_ms=2000),
    item("page", "logbook", EPOCH, b"page", seq=0),
    item("closure", "track", EPOCH, closure={"segments": 1, "reason": "ended"}),
]
PACKAGE = package(KEY, ITEMS, token="token")


@dataclass
class Reading:
    """What was read of a package, and where it was broken."""

    token: str
    records: list[Record] = field(default_factory=list)
    broken: list[tuple[str, int]] = field(default_factory=list)

    @property
    def items(self) -> list[tuple[dict[str, object], bytes]]:
        return [(json.loads(one.description), one.data) for one in self.records]


def read(data: bytes, *, house: Recipient = HOUSE) -> Reading:
    """Everything that can be read. Raises what the header and the token are refused with."""
    reader = PackageReader(io.BytesIO(data), house)
    reading = Reading(reader.read_token())
    while len(reading.broken) < 20:
        try:
            record = reader.next_item()
        except (PackageAltered, PackageCutShort) as broken:
            reading.broken.append((broken.code, (broken.detail or {})["record"]))
            continue
        if record is None:
            break
        reading.records.append(record)
    return reading


def written(items: Sequence[Item]) -> list[tuple[dict[str, object], bytes]]:
    return [(one.said, one.data) for one in items]


@given(st.lists(st.binary(max_size=300), max_size=20), st.text(max_size=50))
def test_a_package_is_read_as_it_was_written(bodies: list[bytes], token: str) -> None:
    items = [item("segment", "track", EPOCH, body, seq=seq) for seq, body in enumerate(bodies)]
    reading = read(package(KEY, items, token=token))
    assert (reading.token, reading.items, reading.broken) == (token, written(items), [])
    assert [one.number for one in reading.records] == list(range(1, len(items) + 1))


def test_the_header_says_whose_it_is_and_when_it_was_made() -> None:
    found = PackageReader(io.BytesIO(PACKAGE), HOUSE).header
    assert (found.device, found.items, found.size) == ("computer", 4, sum(len(one.data) for one in ITEMS))


@pytest.mark.parametrize("bits", [1 << n for n in range(8)])
def test_whichever_byte_is_changed_it_is_found_out(bits: int) -> None:
    first_item = borders(PACKAGE)[1]
    for at in range(len(PACKAGE)):
        changed = flipped(PACKAGE, at, bits)
        if at < first_item:
            with pytest.raises((PackageInvalid, PackageForeign, PackageAltered, PackageCutShort)):
                read(changed)
            continue
        reading = read(changed)
        assert reading.broken, at
        assert [one for one in reading.items if one not in written(ITEMS)] == [], at


def test_a_damaged_item_takes_no_other_with_it() -> None:
    starts = borders(PACKAGE)
    for number in range(1, 5):
        reading = read(flipped(PACKAGE, starts[number] + 10))
        assert reading.broken == [("package_altered", number)]
        assert reading.items == written(ITEMS[: number - 1] + ITEMS[number:])


def test_a_package_that_is_cut_anywhere_is_found_out_and_what_is_before_is_read() -> None:
    starts = borders(PACKAGE)
    for length in range(len(PACKAGE)):
        if length < starts[1]:
            with pytest.raises((PackageInvalid, PackageCutShort)):
                read(PACKAGE[:length])
            continue
        whole = sum(end <= length for end in starts[2:])
        reading = read(PACKAGE[:length])
        assert reading.broken == [("package_cut_short", whole + 1)], length
        assert reading.items == written(ITEMS[:whole]), length


def test_what_is_appended_is_found_out() -> None:
    reading = read(PACKAGE + b"\x00")
    assert (reading.items, reading.broken) == (written(ITEMS), [("package_altered", 5)])


def test_items_cannot_change_places_be_left_out_or_come_twice() -> None:
    starts = borders(PACKAGE)
    parts = [PACKAGE[low:high] for low, high in itertools.pairwise(starts)]
    head = PACKAGE[: starts[0]]
    for order in ([0, 2, 1, 3, 4, 5], [0, 2, 3, 4, 5], [0, 1, 1, 2, 3, 4, 5], [0, 1, 5], [0, 5]):
        reading = read(head + b"".join(parts[n] for n in order))
        assert reading.broken != [], order
        assert [one for one in reading.items if one not in written(ITEMS)] == [], order


def test_records_of_two_packages_cannot_be_mixed() -> None:
    other = package(KEY, ITEMS, token="token")
    starts, others = borders(PACKAGE), borders(other)
    mixed = PACKAGE[: starts[1]] + other[others[1] :]
    assert (read(mixed).items, read(mixed).broken[0]) == ([], ("package_altered", 1))


def test_a_package_for_another_house_is_refused_by_its_key() -> None:
    with pytest.raises(PackageForeign) as refused:
        read(PACKAGE, house=OTHER)
    assert refused.value.detail == {"key_id": HOUSE.id}


def test_a_package_under_this_houses_name_with_another_houses_key_is_refused() -> None:
    with pytest.raises(PackageAltered):
        read(package(HouseKey(HOUSE.id, OTHER.public), ITEMS))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"PK\x03\x04",
        MAGIC,
        MAGIC + b"\x00\x00",
        MAGIC + bytes(4),
        MAGIC + b"\xff" * 4 + b"{}",
        MAGIC + b"\x00\x00\x00\x02{}",
        MAGIC + b"\x00\x00\x00\x02\xff\xfe",
        MAGIC[:-1] + b"\r\n" + PACKAGE[len(MAGIC) :],
    ],
)
def test_what_is_no_package_is_refused(data: bytes) -> None:
    with pytest.raises(PackageInvalid):
        read(data)


@pytest.mark.parametrize(
    "said",
    [
        {"format": "zhishi package 2"},
        {"device": "fridge"},
        {"ephemeral": "no base64"},
        {"ephemeral": "点"},
        {"ephemeral": "BAAA"},
        {"items": -1},
        {"items": 200_001},
        {"attempt_id": "x" * 37},
        {"made_ms": None},
    ],
)
def test_a_header_that_says_nonsense_is_refused(said: dict[str, Any]) -> None:
    with pytest.raises(PackageInvalid):
        read(package(KEY, ITEMS, **said))


@pytest.mark.parametrize("first", [b"", b"token", b"{}", b'{"upload_token": 1}', b"\xff"])
def test_a_package_without_a_token_is_refused(first: bytes) -> None:
    with pytest.raises(PackageTokenInvalid):
        read(package(KEY, ITEMS, first=first))


@pytest.mark.parametrize("last", [{}, {"items": 3}, {"items": 5}, [], "end"])
def test_an_end_that_does_not_fit_is_found_out(last: object) -> None:
    reading = read(package(KEY, ITEMS, last=last))
    assert (reading.items, reading.broken) == (written(ITEMS), [("package_altered", 5)])


def test_a_package_without_an_end_is_found_out_whatever_its_last_record_claims() -> None:
    with pytest.raises(PackageCutShort):
        read(package(KEY, [], ended=False))
    reading = read(package(KEY, ITEMS, ended=False))
    assert (reading.items, reading.broken) == (written(ITEMS[:3]), [("package_altered", 4)])


def test_more_items_than_the_header_says_are_not_taken() -> None:
    reading = read(package(KEY, ITEMS, items=2))
    assert reading.items == written(ITEMS[:2])
    assert [record for _, record in reading.broken] == [3, 4, 5]


def test_no_more_records_are_read_than_a_package_can_have() -> None:
    # The smallest there are, none of which can be opened: a stick full of them keeps nobody busy for hours.
    empty = (16).to_bytes(4) + bytes(16)
    file = io.BytesIO(PACKAGE[: borders(PACKAGE)[5]] + empty * 200_100)
    reader, tried = PackageReader(file, HOUSE), 0
    reader.read_token()
    while True:
        try:
            if reader.next_item() is None:
                break
        except PackageAltered:
            tried += 1
    # So many items and one end; the first record beyond them is the last that is looked at.
    assert tried == 200_002 - len(ITEMS)


def test_a_header_is_made_of_what_the_format_names() -> None:
    assert set(header(KEY, HOUSE.public, ITEMS)) == set(PackageReader(io.BytesIO(PACKAGE), HOUSE).header.model_dump())


def test_an_item_is_described_by_all_and_only_what_its_kind_has() -> None:
    for one in ITEMS:
        assert ItemHeader.model_validate(one.said).model_dump() == one.said
    init, segment, page, closure = ITEMS
    wrong = [
        init.saying(seq=0),
        segment.saying(seq=-1),
        page.saying(seq=-1),
        closure.saying(closure=None),
        init.saying(closure={"segments": 1, "reason": "ended"}),
        closure.saying(closure={"segments": 1, "reason": "boredom"}),
        segment.saying(kind="film"),
        segment.saying(track_id="../x"),
        segment.saying(track_id="x\x00"),
        segment.saying(duration_ms=60_001),
        segment.saying(epoch=-1),
        segment.saying(sha256="x" * 64),
    ]
    for bad in wrong:
        with pytest.raises(ValueError, match="validation error"):
            ItemHeader.model_validate(bad.said)
