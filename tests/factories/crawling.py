"""Asking every GET address that exists, as somebody."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence

from fastapi import FastAPI
from fastapi.routing import APIRoute
from httpx import AsyncClient

from zhishi.foundation.edge.doors import RawRoute


def addresses_of(app: FastAPI, ids: Mapping[str, Sequence[str]]) -> list[str]:
    """Every GET route with every combination of the ids given for its parameters."""
    found = []
    for route in app.routes:
        if not isinstance(route, (APIRoute, RawRoute)) or "GET" not in (route.methods or ()):
            continue
        names = re.findall(r"\{(\w+)(?::path)?\}", route.path)
        for values in itertools.product(*(ids[name] for name in names)):
            address = route.path
            for name, value in zip(names, values, strict=True):
                address = re.sub(rf"\{{{name}(:path)?\}}", value, address)
            found.append(address)
    return found


async def crawl(client: AsyncClient, addresses: Sequence[str]) -> dict[str, tuple[int, bytes]]:
    """Status, and headers and body together, of each address."""
    found = {}
    for address in addresses:
        answer = await client.get(address)
        head = "\n".join(f"{name}: {value}" for name, value in answer.headers.items())
        found[address] = (answer.status_code, head.encode() + b"\n\n" + answer.content)
    return found


def leaks(pages: Mapping[str, tuple[int, bytes]], secrets: Sequence[str]) -> list[tuple[str, str]]:
    """(address, secret) wherever one shows."""
    return [
        (address, secret) for address, (_, content) in pages.items() for secret in secrets if secret.encode() in content
    ]
