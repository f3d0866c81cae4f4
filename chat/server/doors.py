"""Who may come in at all, before anything looks at a request.

Without a login nobody chose, only this computer may. Pages of other sites may not open the
page's WebSocket, which would act with the cookies of whoever looks at them. In guest mode whoever
comes with nothing gets a cookie.
"""

from __future__ import annotations

from collections.abc import Callable, Set
from typing import Protocol
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chat import runtime
from chat.config import Settings
from chat.people.identity import GUEST_COOKIE, GUEST_DAYS, Identities
from chat.server.answers import answer
from chat.server.headers import is_https
from chat.server.loopback import is_local

HEALTH = frozenset({"/_stcore/health", "/api/health"})
REFUSED = 1008
MESSAGE = "This Parley answers only to the computer it runs on."
FIX = (
    "Choose who may come in with PARLEY_AUTH: password (people log in), guest (a public demo), "
    "oidc (your login provider), or off (everybody, on purpose)."
)
PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Parley is not open to others</title>
<style>
:root { color-scheme: light dark; }
body { font: 1rem/1.6 system-ui, sans-serif; max-width: 38rem; margin: 12vh auto; padding: 0 1rem; }
code { font-size: 0.95em; }
dt { font-weight: 600; }
</style>
</head>
<body>
<h1>Parley is not open to others</h1>
<p>It runs without a login, so it answers only to the computer it runs on. If it is yours, choose
who may come in and start it again:</p>
<dl>
<dt><code>PARLEY_AUTH=password</code></dt>
<dd>people log in; the setup code for the first of them is in the server's log</dd>
<dt><code>PARLEY_AUTH=guest</code></dt>
<dd>a public demo: each browser is a guest whose chats expire</dd>
<dt><code>PARLEY_AUTH=oidc</code></dt>
<dd>people log in with your login provider</dd>
<dt><code>PARLEY_AUTH=off</code></dt>
<dd>no login on purpose: whoever reaches it is its one user</dd>
</dl>
</body>
</html>
"""


class Parts(Protocol):
    """What of the process is needed here."""

    @property
    def settings(self) -> Settings:
        """In force."""

    @property
    def identities(self) -> Identities:
        """Signs guests' cookies."""


class Doors:
    """ASGI middleware, for the page and the API; answers go through as they come.

    ``no_pages`` is what the addresses begin with that lead to no page.
    """

    def __init__(
        self, app: ASGIApp, no_pages: Set[str], parts: Callable[[], Parts] = runtime.start
    ) -> None:
        self.app = app
        self._no_pages = no_pages
        self._parts = parts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, refuse, or pass on and give a guest their cookie."""
        if scope["type"] not in ("http", "websocket") or scope["path"] in HEALTH:
            await self.app(scope, receive, send)
            return
        parts = self._parts()
        known = parts.settings.auth != "" or _from_here(scope)
        if scope["type"] == "websocket":
            if known and _of_this_site(scope):
                await self.app(scope, receive, send)
            else:
                await send({"type": "websocket.close", "code": REFUSED})
        elif not known:
            await _refusal(scope)(scope, receive, send)
        elif parts.settings.mode.guests and self._needs_cookie(scope, parts.identities):
            await self.app(scope, receive, _giving_cookie(scope, parts.identities, send))
        else:
            await self.app(scope, receive, send)

    def _needs_cookie(self, scope: Scope, identities: Identities) -> bool:
        if scope["method"] != "GET" or scope["path"].split("/")[1] in self._no_pages:
            return False
        cookies = cookie_parser(Headers(scope=scope).get("cookie", ""))
        return not identities.is_guest_cookie(cookies.get(GUEST_COOKIE, ""))


def _from_here(scope: Scope) -> bool:
    headers: dict[str, str] = {}
    for name, value in Headers(scope=scope).items():
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    client = scope.get("client")
    return is_local(client[0] if client else None, headers)


def _of_this_site(scope: Scope) -> bool:
    """Programs that are no browsers send no ``Origin``; browsers always do."""
    headers = Headers(scope=scope)
    origin = headers.get("origin")
    if origin is None:
        return True
    try:
        site = urlsplit(origin.lower())
    except ValueError:
        return False
    port = {"http": ":80", "https": ":443"}.get(site.scheme, "")
    host = headers.get("host", "").lower()
    return bool(site.netloc) and site.netloc.removesuffix(port) == host.removesuffix(port)


def _refusal(scope: Scope) -> Response:
    if scope["path"] == "/api" or scope["path"].startswith("/api/"):
        return answer(403, "not_local", MESSAGE, FIX)
    return HTMLResponse(PAGE, 403, {"Cache-Control": "no-store"})


def _giving_cookie(scope: Scope, identities: Identities, send: Send) -> Send:
    async def with_cookie(message: Message) -> None:
        if message["type"] == "http.response.start" and _is_page(scope, message):
            cookie = Response()
            cookie.set_cookie(
                GUEST_COOKIE,
                identities.guest_cookie(),
                max_age=GUEST_DAYS * 86_400,
                secure=is_https(scope),
                httponly=True,
                samesite="lax",
            )
            headers = MutableHeaders(scope=message)
            headers.append("Set-Cookie", cookie.headers["set-cookie"])
            headers["Cache-Control"] = "no-store"
        await send(message)

    return with_cookie


def _is_page(scope: Scope, message: Message) -> bool:
    """Also one that the browser has already: it says no more of it than that it is a page."""
    if message["status"] == 304:
        return "text/html" in Headers(scope=scope).get("accept", "")
    kind = Headers(raw=message.get("headers", [])).get("content-type", "")
    return message["status"] == 200 and kind.startswith("text/html")
