"""Packages on their way on a stick: exported for a house, and brought to its support desk."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

from httpx import Response

from tests.factories.answers import given
from tests.factories.day import API, Candidate, Day
from tests.factories.packages import HouseKey, Item, package


async def key_of(day: Day) -> HouseKey:
    """The house's public key as a browser gets it."""
    found = given(await day.nobody.get(f"{API}/packages/key"))
    return HouseKey(found["id"], base64.b64decode(found["public"]))


async def packed(day: Day, candidate: Candidate, items: Sequence[Item], **said: Any) -> bytes:
    """A package of a candidate's computer, unless something else is said."""
    return package(await key_of(day), items, **{"token": candidate.token, "attempt_id": candidate.attempt_id, **said})


async def bring(day: Day, data: Any, *, username: str = "support") -> Response:
    """Import a package; `data` is what httpx takes as content."""
    return await day.staff(username).post(f"{API}/packages", content=data)
