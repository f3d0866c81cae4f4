"""Links to chats: where they lead, and what goes with all that says anything of them.

The page for them is at one address, with the token behind it: pages have names of one part. The
token goes on in no ``Referer``, and search engines and caches are told to leave it alone.
"""

import logging
from collections.abc import Mapping
from urllib.parse import parse_qs, quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Scope

PAGE = "share"
MINE = "mine"
"""Said behind the token by whoever wants a copy, and with it to be somebody here."""
_PLACES = (f"/{PAGE}", f"/api/{PAGE}s")
HEADERS: Mapping[str, str] = {
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
    "Cache-Control": "no-store",
}


async def lead_to_page(request: Request) -> Response:
    """From a link to the page that shows its chat, also behind a proxy with a path of its own."""
    token = quote(request.path_params["token"], safe="")
    return Response(status_code=303, headers={"Location": f"../{PAGE}?token={token}"})


route = Route(f"/{PAGE}/{{token}}", lead_to_page)


def is_of_shares(path: str) -> bool:
    """Whether the address is one of theirs."""
    return path.startswith(tuple(f"{place}/" for place in _PLACES)) or path in _PLACES


class Unnamed(logging.Filter):
    """Of the lines that a server writes by itself: no token of a link, and nothing behind a ?."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let each line through, without what is secret in the address."""
        if isinstance(record.args, tuple):
            record.args = tuple(map(_address, record.args))
        return True


def _address(said: object) -> object:
    if not isinstance(said, str) or not said.startswith("/"):
        return said
    path = said.partition("?")[0]
    return path.rpartition("/")[0] + "/…" if is_of_shares(path) else path


def is_only_looked_at(scope: Scope) -> bool:
    """Whether somebody opens a link, and wants to be nobody for it."""
    if not is_of_shares(scope["path"]):
        return False
    return MINE not in parse_qs(scope["query_string"].decode("latin-1"))
