"""Parley's parts on a database of the test's own, and the script run against them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from chat import runtime
from chat.config import Settings
from chat.runtime import Runtime

SCRIPT = Path(__file__).parents[2] / "pages" / "main.py"
RUN_SECONDS = 20

OpenPage = Callable[..., AppTest]


@pytest.fixture
def parts(settings: Settings) -> Iterator[Runtime]:
    yield runtime.start(settings)
    runtime.stop()


@pytest.fixture
def opened(parts: Runtime) -> OpenPage:
    """The script after its first run: ``opened()``, ``opened("session id")``."""

    def run(session_id: str = "", *, page: str = "") -> AppTest:
        app = AppTest.from_file(str(SCRIPT), default_timeout=RUN_SECONDS)
        if session_id:
            app.query_params["session"] = session_id
        app.run()
        if page:
            app.switch_page(page).run()
        return app

    return run
