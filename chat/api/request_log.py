"""One line in the log for each request of the API: who, what, and how it ended.

Never a query, a header or a body: they may hold secrets and what people wrote.
"""

from __future__ import annotations

import logging
import time
from uuid import uuid4

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = logging.getLogger("parley.requests")
PATH_MAX = 300


class RequestLog:
    """ASGI middleware around the API; answers carry the line's id as ``X-Request-ID``.

    The routes put the id of whoever asks into ``request.state.user_id``.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on; a stream's line comes when it ends."""
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
            await self.app(scope, receive, noted)
        finally:
            log.info(
                "request=%s method=%s path=%s status=%s ms=%d user=%s",
                request_id,
                scope["method"],
                scope["raw_path"][:PATH_MAX].decode("ascii", "replace"),
                status,
                (time.monotonic() - began) * 1000,
                state.get("user_id", "-"),
            )
