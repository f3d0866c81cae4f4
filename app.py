"""The launcher: `streamlit run app.py` (or `uvicorn app:app`). Draws nothing itself."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware

from chat import runtime
from chat.api.application import mounted
from chat.server.closing import closing
from chat.server.doors import Doors
from chat.server.headers import SafeHeaders
from chat.server.startup import refuse, set_up_logging
from chat.ui.failures import show_failure
from chat.ui.internals import options, page, sockets, whole_clicks
from chat.ui.login import oidc

set_up_logging()


@asynccontextmanager
async def lifespan(_: st.App) -> AsyncIterator[dict[str, object]]:
    """Open everything before the first page is served, and store running answers at the end."""
    with refuse():
        options.check()
        parts = runtime.start()
        oidc.check(parts.settings)
    sockets.send_at_once()
    whole_clicks.install()
    with closing.at_signal(parts.end_turns):
        yield {}
    runtime.stop()


logging.getLogger("parley").info("starting")
app = st.App(
    Path(__file__).parent / "pages" / "main.py",
    lifespan=lifespan,
    routes=[mounted()],
    middleware=[
        Middleware(SafeHeaders, page.script_hashes()),
        Middleware(Doors, page.NO_PAGES | {"api"}),
    ],
    on_script_error=show_failure,
)
