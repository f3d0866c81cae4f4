"""Who may come in at all, before anything looks at a request.

Without a login nobody chose, only this computer may. Pages of other sites may not open the
page's WebSocket, which would act with the cookies of whoever looks at them. In guest mode whoever
comes with nothing gets a cookie.
"""

from collections.abc import Set
from pathlib import Path
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from chat.server.answers import answer
from chat.server.loopback import is_local
from chat.server.startup import Startup

HEALTH = frozenset({"/_stcore/health", "/api/health"})
REFUSED = 1008
MESSAGE = "This Parley answers only to the computer it runs on."
FIX = (
    "Choose who may come in with PARLEY_AUTH: password (people log in), guest (a public demo), "
    "oidc (your login provider), or off (everybody, on purpose)."
)
PAGE = Path(__file__).with_name("not_open.html").read_text("utf-8")


class Doors:
    """ASGI middleware, for the page and the API; answers go through as they come.

    ``no_pages`` is what the addresses begin with that lead to no page. A script's run, and a
    guest's page, wait until the process has started.
    """

    def __init__(self, app: ASGIApp, startup: Startup, no_pages: Set[str]) -> None:
        self.app = app
        self._startup = startup
        self._no_pages = no_pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, refuse, or pass on and give a guest their cookie."""
        if scope["type"] not in ("http", "websocket") or scope["path"] in HEALTH:
            await self.app(scope, receive, send)
            return
        settings = self._startup.settings
        known = settings.auth != "" or _from_here(scope)
        if scope["type"] == "websocket":
            if known and _of_this_site(scope):
                await self._startup.parts()
                await self.app(scope, receive, send)
            else:
                await send({"type": "websocket.close", "code": REFUSED})
        elif not known:
            await _refusal(scope)(scope, receive, send)
        elif settings.mode.guests and self._may_be_page(scope):
            from chat.server.guest_cookies import giving  # brings the store with it

            identities = (await self._startup.parts()).identities
            await self.app(scope, receive, giving(scope, identities, send))
        else:
            await self.app(scope, receive, send)

    def _may_be_page(self, scope: Scope) -> bool:
        return scope["method"] == "GET" and scope["path"].split("/")[1] not in self._no_pages


def _from_here(scope: Scope) -> bool:
    headers: dict[str, list[str]] = {}
    for name, value in Headers(scope=scope).items():
        headers.setdefault(name, []).append(value)
    whole, client = {name: ", ".join(each) for name, each in headers.items()}, scope.get("client")
    return is_local(client[0] if client else None, whole)


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
