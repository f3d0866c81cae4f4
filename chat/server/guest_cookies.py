"""The cookie that makes a guest of whoever opens the page with nothing."""

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import Message, Scope, Send

from chat.people.guests import GUEST_COOKIE, GUEST_DAYS
from chat.people.identity import Identities
from chat.server.headers import set_cookie


def giving(scope: Scope, identities: Identities, send: Send) -> Send:
    """``send``, with a cookie on the page for somebody who has no good one."""
    if identities.is_guest_cookie(Request(scope).cookies.get(GUEST_COOKIE, "")):
        return send

    async def with_cookie(message: Message) -> None:
        if message["type"] == "http.response.start" and _is_page(scope, message):
            headers = MutableHeaders(scope=message)
            cookie = set_cookie(scope, GUEST_COOKIE, identities.guest_cookie(), GUEST_DAYS)
            headers.append("Set-Cookie", cookie)
            headers["Cache-Control"] = "no-store"
        await send(message)

    return with_cookie


def _is_page(scope: Scope, message: Message) -> bool:
    """Also one that the browser has already: it says no more of it than that it is a page."""
    if message["status"] == 304:
        return "text/html" in Headers(scope=scope).get("accept", "")
    kind = Headers(raw=message.get("headers", [])).get("content-type", "")
    return message["status"] == 200 and kind.startswith("text/html")
