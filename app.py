"""The launcher: `streamlit run app.py` (or `uvicorn app:app`). Draws nothing itself.

The port answers as soon as the settings are read; a thread then imports and opens what a page
needs, and whoever comes before that waits. So what is imported here is imported by each start.
"""

from __future__ import annotations

import gc

gc.disable()  # until all is there: nothing of it is garbage, and looking was a quarter of the start

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st
from starlette.middleware import Middleware

from chat.config import Settings, load
from chat.server import connections, share_links
from chat.server.bodies import Punctual
from chat.server.closing import closing
from chat.server.doors import Doors
from chat.server.headers import SafeHeaders
from chat.server.startup import Startup, Whole, refuse, set_up_logging
from chat.server.uploads import Tabs, Uploads
from chat.ui.internals import options, page, sockets, whole_clicks

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from chat.runtime import Runtime


def make_parts(settings: Settings) -> Runtime:
    """The parts, with nearly all that a page imports."""
    from chat import runtime
    from chat.server import three_lines

    parts = runtime.start(settings)
    three_lines.say(parts)
    return parts


def make_api() -> ASGIApp:
    """The API."""
    from chat.api.application import make_api

    return make_api()


def tabs() -> Tabs:
    """What the page knows of its tabs."""
    from chat.ui import uploads

    return uploads


def show_failure(failure: Exception) -> bool:
    """What a page says when it fails."""
    from chat.ui import failures

    return failures.show_failure(failure)


@asynccontextmanager
async def lifespan(_: st.App) -> AsyncIterator[dict[str, object]]:
    """Refuse what cannot be, start in the background, and store running answers at the end."""
    with refuse():
        options.hold()
        settings = load()
        if settings.mode.provider:
            from chat.ui.login import oidc

            oidc.check()
    sockets.send_at_once()
    connections.watch()
    whole_clicks.install()
    startup.begin(settings)
    with closing.at_signal(startup.end_turns):
        yield {}
    startup.end()


set_up_logging()
logging.getLogger("parley").info("starting")
startup = Startup(make_parts, make_api)
app = st.App(
    Path(__file__).parent / "pages" / "main.py",
    lifespan=lifespan,
    routes=[Whole("/api", startup.api), share_links.route],
    middleware=[
        Middleware(Punctual),
        Middleware(SafeHeaders, page.script_hashes(), lambda: startup.settings.frame_ancestors),
        Middleware(Doors, startup, page.NO_PAGES | {"api"}),
        Middleware(Uploads, startup, tabs),
    ],
    on_script_error=show_failure,
)
