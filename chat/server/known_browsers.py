"""The cookie of a browser in which somebody is logged in; see `chat.people.browsers`.

The page asks the API for news as soon as it is drawn, so the first answer brings it.
"""

from starlette.requests import Request

from chat.people.browsers import BROWSER_COOKIE, BROWSER_DAYS, Browsers
from chat.server.headers import set_cookie

COOKIE = "known_browser"
"""Where a request's state keeps what is to go with the answer."""


def remember(request: Request, browsers: Browsers, user_id: str) -> None:
    """Have the answer bring this browser its cookie, unless it has a good one."""
    new = browsers.cookie(request.cookies.get(BROWSER_COOKIE, ""), user_id)
    if new:
        setattr(request.state, COOKIE, set_cookie(request.scope, BROWSER_COOKIE, new, BROWSER_DAYS))
