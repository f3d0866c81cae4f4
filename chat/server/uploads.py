"""Files that are sent to the page: only by whoever the tab belongs to, and only so much.

Streamlit keeps them in memory until the tab is gone.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections import Counter
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Protocol

from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from chat.server.bodies import CLOSE, bounded
from chat.server.startup import Startup

if TYPE_CHECKING:
    from chat.runtime import Runtime

MEGABYTE = 1024 * 1024
FILE_MAX = 21 * MEGABYTE
"""Of one request: a file of ``maxUploadSize``, and what is around it."""
TAB_MAX, PERSON_MAX, ALL_MAX = 2 * FILE_MAX, 3 * FILE_MAX, 20 * FILE_MAX
LET_GO_SECONDS = 30.0
LOOK_SECONDS = 5.0
_PATH = re.compile(r"/_stcore/upload_file/([^/]+)/[^/]+")


class Tabs(Protocol):
    """What the page knows of its tabs, by Streamlit's ids of them; see `chat.ui.uploads`."""

    def is_open(self, tab_id: str, /) -> bool:
        """Whether somebody looks at it."""

    def owner(self, tab_id: str, /) -> str:
        """The id of whoever's page it shows."""

    def sizes(self) -> dict[str, int]:
        """The bytes that are kept for each."""

    def let_go(self, tab_id: str, /) -> None:
        """End it, with what is kept for it."""

    def sender(self, parts: Runtime, cookies: Mapping[str, str], origin: str, /) -> str:
        """The id of whoever brings these cookies."""


class Uploads:
    """ASGI middleware; it looks after what is kept for as long as anything is."""

    def __init__(
        self,
        app: ASGIApp,
        startup: Startup,
        tabs: Callable[[], Tabs],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.app = app
        self._startup = startup
        self._tabs = tabs
        self._clock = clock
        self._owners: dict[str, str] = {}
        self._coming: Counter[str] = Counter()
        self._gone: dict[str, float] = {}
        self._timer: asyncio.TimerHandle | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what may be sent or taken back."""
        found = _PATH.fullmatch(scope["path"]) if scope["type"] == "http" else None
        if found is None or scope["method"] not in ("PUT", "DELETE"):
            await self.app(scope, receive, send)
            return
        tab_id, request, parts = found[1], Request(scope), await self._startup.parts()
        cookies, origin = dict(request.cookies), request.headers.get("origin", "")
        tabs = self._tabs()
        who = await asyncio.to_thread(tabs.sender, parts, cookies, origin)
        size = FILE_MAX if scope["method"] == "PUT" else 0
        if request.headers.get("content-length", "").isdecimal():
            size = int(request.headers["content-length"][:12])
        refusal = None
        if not who:
            refusal = PlainTextResponse("Log in first.", 401, CLOSE)
        elif not tabs.is_open(tab_id) or tabs.owner(tab_id) != who:
            refusal = PlainTextResponse("There is no such tab.", 404, CLOSE)
        elif self._is_too_much(tab_id, who, size):
            refusal = PlainTextResponse("There are too many large files.", 413, CLOSE)
        if refusal:
            await refusal(scope, receive, send)
            return
        self._owners[tab_id] = who
        self._coming[tab_id] += size
        try:
            await self.app(scope, bounded(receive, size), send)
        finally:
            self._coming[tab_id] -= size
            self._look()

    def _is_too_much(self, tab_id: str, who: str, size: int) -> bool:
        kept = Counter(self._tabs().sizes()) + self._coming
        of_person = sum(kept[one] for one in kept if self._owners.get(one) == who)
        return (
            size > FILE_MAX
            or kept[tab_id] + size > TAB_MAX
            or of_person + size > PERSON_MAX
            or kept.total() + size > ALL_MAX
        )

    def _look(self) -> None:
        """Let go what is kept for tabs that are gone, and look again while anything is kept."""
        tabs, now = self._tabs(), self._clock()
        kept = tabs.sizes()
        for tab_id in kept:
            if tabs.is_open(tab_id):
                self._gone.pop(tab_id, None)
            elif now - self._gone.setdefault(tab_id, now) >= LET_GO_SECONDS:
                tabs.let_go(tab_id)
        self._coming = +self._coming
        left = tabs.sizes().keys() | self._coming.keys()
        self._owners = {tab: who for tab, who in self._owners.items() if tab in left}
        self._gone = {tab: since for tab, since in self._gone.items() if tab in left}
        if self._timer:
            self._timer.cancel()
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(LOOK_SECONDS, self._look) if left else None
