"""Running the server: uvicorn over an open house, and the recorder's way in before it."""

from __future__ import annotations

import asyncio
import functools
import socket
from collections.abc import Callable
from typing import cast

import uvicorn

from zhishi.web.application import House, create_app
from zhishi.web.intake import Intake
from zhishi.web.lane import PATIENCE_S, Lane

# Open streams hold up a graceful stop; what was acknowledged is durable whatever happens then.
STOP_WITHIN_S = 10


class AnnouncingServer(uvicorn.Server):
    """A server that says when it accepts connections, and on which port."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[int], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started and not self.should_exit:
            self._on_ready(self.servers[0].sockets[0].getsockname()[1])


def make_server(
    house: House,
    *,
    host: str,
    port: int,
    on_ready: Callable[[int], None] = lambda port: None,
    patience_s: float = PATIENCE_S,
) -> AnnouncingServer:
    """A server over an open house; port 0 takes any free one. `patience_s` is for segments that stop on their way."""
    settings = house.services.settings
    config = uvicorn.Config(
        create_app(house),
        # uvicorn's type has no room for protocols with buffers of their own; it only ever calls this.
        http=cast(type[asyncio.Protocol], functools.partial(Intake, Lane(house.services, patience_s=patience_s))),
        ws="none",
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=True,
        forwarded_allow_ips=settings.trusted_proxy,
        timeout_graceful_shutdown=STOP_WITHIN_S,
    )
    return AnnouncingServer(config, on_ready)
