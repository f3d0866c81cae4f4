"""Around the API: bodies that are too large, errors that nobody foresaw, a line in the log.

Each request has one: who, what, and how it ended. Never a query, a header or a body: they may
hold secrets and what people wrote.
"""

import logging
import time
from uuid import uuid4

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chat import runtime
from chat.api import errors
from chat.server.answers import answer

BYTES_PER_CHAR = 4
BESIDE_THE_MESSAGE = 100_000
PATH_MAX = 300

log = logging.getLogger("parley.api")
requests = logging.getLogger("parley.requests")


class Guard:
    """ASGI middleware; a body that is sent in pieces is counted as it comes.

    Answers carry their line's id as ``X-Request-ID``; a stream's line comes when it ends. The
    routes put the id of whoever asks into ``request.state.user_id``.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what is not too large; what goes wrong is logged, not shown."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, request_id, status = time.monotonic(), uuid4().hex[:12], 0
        state = scope.setdefault("state", {})

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-ID"] = request_id
            await send(message)

        try:
            await self._bounded(scope, receive, noted)
        except Exception:
            log.exception("request failed method=%s path=%s", scope["method"], scope["path"])
            if not status:
                text = "Something went wrong inside Parley."
                fix = "Try again; the server's log says more."
                await answer(500, "internal", text, fix)(scope, receive, noted)
        finally:
            requests.info(
                "request=%s method=%s path=%s status=%s ms=%d user=%s",
                request_id,
                scope["method"],
                scope["raw_path"][:PATH_MAX].decode("ascii", "replace"),
                status,
                (time.monotonic() - began) * 1000,
                state.get("user_id", "-"),
            )

    async def _bounded(self, scope: Scope, receive: Receive, send: Send) -> None:
        limit = runtime.start().settings.message_max_chars * BYTES_PER_CHAR + BESIDE_THE_MESSAGE
        length, size = Headers(scope=scope).get("content-length", "0"), 0
        if len(length) > len(str(limit)) or int(length) > limit:
            await errors.of_status(413, {"Connection": "close"})(scope, receive, send)
            return

        async def counted() -> Message:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            if size > limit:
                raise HTTPException(413, headers={"Connection": "close"})
            return message

        await self.app(scope, counted, send)
