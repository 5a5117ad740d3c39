"""What a running process holds, given to it at start: clock, settings, keys, stores, engines."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeVar

from fastapi import Request

from zhishi.foundation.adapters.database import Database
from zhishi.foundation.kernel.clock import Clock
from zhishi.foundation.ports import Blobs, Bus, Jobs, PartStore
from zhishi.foundation.settings import Keys, Settings

T = TypeVar("T")


@dataclass
class Services:
    """The process's own things. Rooms add theirs by type (`provide`) when the application is put together."""

    settings: Settings
    clock: Clock
    keys: Keys
    database: Database
    blobs: Blobs
    parts: PartStore
    bus: Bus
    jobs: Jobs
    demo: bool = False
    _provided: dict[type[Any], Any] = field(default_factory=dict)

    def provide(self, thing: object) -> None:
        self._provided[type(thing)] = thing

    def get(self, kind: type[T]) -> T:
        """The one thing of this type that a room provided. KeyError if none did: a mistake in the app factory."""
        found: T = self._provided[kind]
        return found


def address_of(request: Request) -> str:
    """The address that a request came from; behind a trusted proxy, the one that the proxy names."""
    return request.client.host[:64] if request.client is not None else ""


def services_of(request: Request) -> Services:
    """The services behind a request."""
    services: Services = request.app.state.services
    return services
