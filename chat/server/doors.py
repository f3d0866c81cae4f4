"""Who may come in at all, before anything looks at a request.

Without a login nobody chose, only this computer may; without one on purpose, or with a list of
names, only who asks for one of them. Pages of other sites may not open the page's WebSocket, which
would act with the cookies of whoever looks at them. In guest mode whoever comes with nothing gets a
cookie. Behind the doors a request's ``client`` is the address that is believed.
"""

from collections.abc import Set
from html import escape
from pathlib import Path
from string import Template
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from chat.config import Settings
from chat.modes import OFF
from chat.peers import client_address, host_of, is_this_computer
from chat.server import share_links
from chat.server.answers import answer
from chat.server.connections import ClientConnection
from chat.server.loopback import is_local
from chat.server.startup import Startup

HEALTH = frozenset({"/_stcore/health", "/api/health"})
CLOSED = "/_stcore/metrics"
REFUSED = 1008
NO_STORE = {"Cache-Control": "no-store"}
NOT_LOCAL = "This Parley answers only to the computer it runs on."
FIX = (
    "Choose who may come in with PARLEY_AUTH: password (people log in), guest (a public demo), "
    "oidc (your login provider), or off (everybody, on purpose)."
)
NOT_NAMED = "This Parley does not answer to that name."
ADD_NAME = "Add the name to PARLEY_HOSTS, or use the number of its address."
NOT_OPEN_PAGE = Template(Path(__file__).with_name("not_open.html").read_text("utf-8"))
NOT_NAMED_PAGE = Template(Path(__file__).with_name("not_named.html").read_text("utf-8"))


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
        refusal = _refusal(scope, settings)
        _believe(scope, settings)
        if scope["type"] == "websocket":
            if refusal is None and _of_this_site(scope):
                await self._startup.parts()
                await self.app(scope, receive, send)
            else:
                await send({"type": "websocket.close", "code": REFUSED})
        elif scope["path"].endswith(CLOSED):
            await PlainTextResponse("Not Found", 404)(scope, receive, send)
        elif refusal:
            await refusal(scope, receive, send)
        elif settings.mode.guests and self._may_be_page(scope, settings):
            from chat.server.guest_cookies import giving  # brings the store with it

            identities = (await self._startup.parts()).identities
            await self.app(scope, receive, giving(scope, identities, send))
        else:
            await self.app(scope, receive, send)

    def _may_be_page(self, scope: Scope, settings: Settings) -> bool:
        if scope["method"] != "GET":
            return False
        if settings.shared_with == "public" and share_links.is_only_looked_at(scope):
            return False
        return scope["path"].split("/")[1] not in self._no_pages


def _refusal(scope: Scope, settings: Settings) -> Response | None:
    """Of whoever may not come in at all."""
    is_api = scope["path"] == "/api" or scope["path"].startswith("/api/")
    if settings.auth == "" and not _from_here(scope):
        if is_api:
            return answer(403, "not_local", NOT_LOCAL, FIX)
        return _page(NOT_OPEN_PAGE, settings)
    if not _is_named(scope, settings):
        if is_api:
            return answer(403, "not_named", NOT_NAMED, ADD_NAME)
        return _page(NOT_NAMED_PAGE, settings)
    return None


def _page(page: Template, settings: Settings) -> Response:
    return HTMLResponse(page.substitute(name=escape(settings.name)), 403, NO_STORE)


def _from_here(scope: Scope) -> bool:
    headers: dict[str, list[str]] = {}
    for name, value in Headers(scope=scope).items():
        headers.setdefault(name, []).append(value)
    return is_local(_peer(scope), {name: ", ".join(each) for name, each in headers.items()})


def _is_named(scope: Scope, settings: Settings) -> bool:
    """Whether ``Host`` is one of ours: any page's own name can be made to lead here."""
    if not settings.hosts and settings.auth != OFF.name:
        return True
    named = Headers(scope=scope).getlist("host") or ["localhost"]
    host = host_of(", ".join(named))
    if not isinstance(host, str):
        return host is not None
    return host in settings.hosts or is_this_computer(host)


def _believe(scope: Scope, settings: Settings) -> None:
    """Put the address of whoever asks where everything behind looks for it."""
    client, peer = scope.get("client"), _peer(scope)
    forwarded = Headers(scope=scope).getlist("x-forwarded-for")
    address = client_address(peer, forwarded, settings.trusted_proxies)
    scope["client"] = (address, client[1] if client else 0) if address else None


def _peer(scope: Scope) -> str | None:
    """The other end of the connection; a server may believe what a request says of it."""
    connection, client = ClientConnection.of(scope), scope.get("client")
    return connection.peer if connection else client and client[0]


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
