"""Bodies that come on and end: others end their request, however long its client holds out."""

import asyncio
from collections.abc import Callable
from time import monotonic

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chat.server.connections import SECONDS, ClientConnection

SLOWEST = 512
"""Bytes in a second of waiting, over the whole body, after the first seconds."""
CLOSE = {"Connection": "close"}
"""Headers of an answer behind which a body may be left unread."""


class Punctual:
    """ASGI middleware; what asks for a body that does not come on gets a 408 to raise.

    It tells the connection, too, that the head of its request is there.
    """

    def __init__(
        self, app: ASGIApp, seconds: float = SECONDS, clock: Callable[[], float] = monotonic
    ) -> None:
        self.app = app
        self._seconds = seconds
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on; only bodies of HTTP requests are waited for with a limit."""
        connection = ClientConnection.of(scope)
        if connection:
            connection.begin()
        try:
            await self.app(
                scope, self._timed(receive) if scope["type"] == "http" else receive, send
            )
        finally:
            if connection:
                connection.end()

    def _timed(self, receive: Receive) -> Receive:
        waited, size, coming = 0.0, 0, True

        async def timed() -> Message:
            nonlocal waited, size, coming
            if not coming:
                return await receive()
            began, allowed = self._clock(), self._seconds + size / SLOWEST - waited
            try:
                async with asyncio.timeout(min(self._seconds, allowed)):
                    message = await receive()
            except TimeoutError:
                raise HTTPException(408, headers=CLOSE) from None
            waited += self._clock() - began
            size += len(message.get("body", b""))
            coming = message["type"] == "http.request" and message.get("more_body", False)
            return message

        return timed


def bounded(
    receive: Receive, most: int, check: Callable[[bytes], None] = lambda _: None
) -> Receive:
    """A body of so many bytes at most, else a 413 to raise; ``check`` gets each piece of it."""
    size = 0

    async def counted() -> Message:
        nonlocal size
        message = await receive()
        body = message.get("body", b"")
        size += len(body)
        if size > most:
            raise HTTPException(413, headers=CLOSE)
        check(body)
        return message

    return counted
