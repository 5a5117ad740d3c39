"""The deck of cards: shuffled once, committed to, drawn from. Pure, but for the chance that is handed in."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

# As many cards as lie well on one page; with more registered, cards are taken evenly from the whole deck.
CARDS_SHOWN = 24


class DrawnBy(StrEnum):
    CANDIDATE = "candidate"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Order:
    """The numbers in the order in which their cards lie, and the salt of the commitment (hex)."""

    numbers: tuple[int, ...]
    salt: str

    def to_json(self) -> bytes:
        return json.dumps({"numbers": self.numbers, "salt": self.salt}, separators=(",", ":")).encode()

    @classmethod
    def from_json(cls, data: bytes) -> Order:
        found = json.loads(data)
        return cls(tuple(found["numbers"]), found["salt"])

    @property
    def commitment(self) -> str:
        """Hex SHA-256 of `salt:n1,n2,…`; without the salt a deck of few cards could be guessed."""
        return hashlib.sha256(f"{self.salt}:{','.join(map(str, self.numbers))}".encode()).hexdigest()


def shown_positions(size: int, taken: Collection[int]) -> list[int]:
    """Which cards a page shows: all, or evenly chosen ones that are free before any that are taken."""
    if size <= CARDS_SHOWN:
        return list(range(size))
    free = [position for position in range(size) if position not in taken]
    chosen = _evenly(free, CARDS_SHOWN)
    return sorted(chosen + _evenly(sorted(taken), CARDS_SHOWN - len(chosen)))


def _evenly(positions: Sequence[int], most: int) -> list[int]:
    if len(positions) <= most:
        return list(positions)
    return [positions[index * len(positions) // most] for index in range(most)]
