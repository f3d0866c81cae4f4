"""Around the API: bodies that are too large, and errors that nobody foresaw."""

from __future__ import annotations

import logging

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chat import runtime
from chat.api import errors
from chat.server.answers import answer

BYTES_PER_CHAR = 4
BESIDE_THE_MESSAGE = 100_000

log = logging.getLogger("parley.api")


class Guard:
    """ASGI middleware; a body that is sent in pieces is counted as it comes."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what is not too large; what goes wrong is logged, not shown."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit = runtime.start().settings.message_max_chars * BYTES_PER_CHAR + BESIDE_THE_MESSAGE
        length = Headers(scope=scope).get("content-length", "0")
        if len(length) > len(str(limit)) or int(length) > limit:
            await errors.of_status(413, {"Connection": "close"})(scope, receive, send)
            return
        size, started = 0, False

        async def counted() -> Message:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            if size > limit:
                raise HTTPException(413, headers={"Connection": "close"})
            return message

        async def noted(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self.app(scope, counted, noted)
        except Exception:
            log.exception("request failed method=%s path=%s", scope["method"], scope["path"])
            if not started:
                text = "Something went wrong inside Parley."
                fix = "Try again; the server's log says more."
                await answer(500, "internal", text, fix)(scope, receive, send)
