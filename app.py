"""The launcher: `streamlit run app.py` (or `uvicorn app:app`). Draws nothing itself."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.middleware import Middleware

from chat import runtime
from chat.api.application import mounted
from chat.api.closing import closing
from chat.api.doors import Doors
from chat.api.headers import SafeHeaders
from chat.api.sockets import send_at_once
from chat.startup import refuse, set_up_logging
from chat.ui import oidc, whole_clicks
from chat.ui.failures import show_failure

set_up_logging()


@asynccontextmanager
async def lifespan(_: st.App) -> AsyncIterator[dict[str, Any]]:
    """Open everything before the first page is served, and store running answers at the end."""
    with refuse():
        parts = runtime.start()
        oidc.check(parts.settings)
    send_at_once()
    whole_clicks.install()
    with closing.at_signal(parts.turns):
        yield {}
    runtime.stop()


logging.getLogger("parley").info("starting")
app = st.App(
    Path(__file__).parent / "pages" / "main.py",
    lifespan=lifespan,
    routes=[mounted()],
    middleware=[Middleware(SafeHeaders), Middleware(Doors)],
    on_script_error=show_failure,
)
