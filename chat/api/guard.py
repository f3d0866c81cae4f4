"""Around the API: errors that nobody foresaw, and a line in the log.

Each request has one: who, what, and how it ended. Never a query, a header or a body: they may
hold secrets and what people wrote.
"""

import logging
import time
from uuid import uuid4

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chat.server import known_browsers
from chat.server.answers import answer
from chat.server.share_links import is_of_shares

PATH_MAX = 300

log = logging.getLogger("parley.api")
requests = logging.getLogger("parley.requests")


def _named(scope: Scope) -> str:
    """The address asked for, without the token of a link to a chat."""
    if is_of_shares(scope["path"]):
        return "/api/shares/…"
    raw: bytes = scope["raw_path"]
    return raw[:PATH_MAX].decode("ascii", "replace")


class Guard:
    """ASGI middleware.

    Answers carry their line's id as ``X-Request-ID``; a stream's line comes when it ends. The
    routes put the id of whoever asks into ``request.state.user_id``.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on; what goes wrong is logged, not shown."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, request_id, status = time.monotonic(), uuid4().hex[:12], 0
        state = scope.setdefault("state", {})

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["X-Request-ID"] = request_id
                if cookie := state.get(known_browsers.COOKIE):
                    headers.append("Set-Cookie", cookie)
            await send(message)

        try:
            await self.app(scope, receive, noted)
        except Exception:
            log.exception("request failed method=%s path=%s", scope["method"], _named(scope))
            if not status:
                text = "Something went wrong inside Parley."
                fix = "Try again; the server's log says more."
                await answer(500, "internal", text, fix)(scope, receive, noted)
        finally:
            requests.info(
                "request=%s method=%s path=%s status=%s ms=%d user=%s",
                request_id,
                scope["method"],
                _named(scope),
                status,
                (time.monotonic() - began) * 1000,
                state.get("user_id", "-"),
            )
