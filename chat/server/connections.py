"""Connections on which nothing comes on are closed, and who is at their other end is known.

A server waits for ever for the end of a request that was begun; its own idea of who asks is what
the request says of itself, if it comes through this computer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Self

from starlette.types import Scope

SECONDS = 30.0
"""Until the head of a request has to be there, and the next piece of its body."""
_STATE = "parley.connection"


class ClientConnection:
    """What is known of one; requests on it say when they begin and end."""

    def __init__(self, seconds: float) -> None:
        self.peer: str | None = None
        self._seconds = seconds
        self._transport: asyncio.BaseTransport | None = None
        self._requests = 0
        self._timer: asyncio.TimerHandle | None = None

    @classmethod
    def of(cls, scope: Scope) -> ClientConnection | None:
        """Of a request; None where the server was not `watch`-ed."""
        found = scope.get("state", {}).get(_STATE)
        return found if isinstance(found, cls) else None

    def follow(self, protocol: Any) -> Self:
        """Look at what an HTTP protocol of the server's gets, and be known to its requests."""
        made, received, lost = (
            protocol.connection_made,
            protocol.data_received,
            protocol.connection_lost,
        )

        def connection_made(transport: asyncio.BaseTransport) -> None:
            self._transport, name = transport, transport.get_extra_info("peername")
            self.peer = name[0] if isinstance(name, tuple) else None
            self._wait()
            made(transport)

        def data_received(data: bytes) -> None:
            self._wait()
            received(data)

        def connection_lost(error: Exception | None) -> None:
            self._stop()
            lost(error)

        protocol.connection_made = connection_made
        protocol.data_received = data_received
        protocol.connection_lost = connection_lost
        protocol.app_state = {**protocol.app_state, _STATE: self}
        return self

    def begin(self) -> None:
        """The head of a request is there."""
        self._requests += 1
        self._stop()

    def end(self) -> None:
        """It was answered."""
        self._requests -= 1

    def _wait(self) -> None:
        """For the head of a request, unless one is being answered, or it began already."""
        if self._requests == 0 and self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._seconds, self._close)

    def _stop(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None

    def _close(self) -> None:
        if self._transport:
            self._transport.close()


def watch(seconds: float = SECONDS) -> None:
    """For the sockets that a server of this loop, with uvicorn's protocols, is about to open."""
    loop = asyncio.get_running_loop()
    create_server: Callable[..., Awaitable[asyncio.Server]] = loop.create_server

    async def create(make: Callable[[], Any], *more: object, **options: object) -> asyncio.Server:
        def watched() -> Any:
            protocol = make()
            if hasattr(protocol, "app_state"):
                ClientConnection(seconds).follow(protocol)
            return protocol

        return await create_server(watched, *more, **options)

    loop.create_server = create  # type: ignore[method-assign, assignment]
