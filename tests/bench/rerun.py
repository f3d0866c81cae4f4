"""Warm reruns of the chat page of the checkout that it is started in; prints JSON.

A process of its own, and it asks for nothing that an older checkout has not: so that the one at
hand and an earlier one can be measured in turns.
"""

from __future__ import annotations

import gc
import json
import logging
import re
import tempfile
import time
from pathlib import Path
from typing import Any

from sqlalchemy import event
from streamlit.runtime.scriptrunner import ScriptRunner
from streamlit.runtime.scriptrunner.script_cache import ScriptCache
from streamlit.testing.v1 import AppTest, app_test, local_script_runner

from chat import runtime
from chat.config import Settings
from tests import said
from tests.bench.seed import PARAGRAPH, fill, session_id
from tests.waiting import until

WARM_UP = 5
RUNS = 40
ROWS = 30
BODIES = (PARAGRAPH, "Question ")
NOT_QUERIES = re.compile(r"\s*(BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE)", re.IGNORECASE)


def measure(folder: Path) -> dict[str, list[float]]:
    """With the newest of 200 messages on screen, and 30 rows of 1,000; times in ms.

    "processor" is the script's own thread, as in the server: how AppTest reads the page afterwards
    is not in it, and a page is compiled once.
    """
    compiled = ScriptCache()
    for module in (app_test, local_script_runner):
        module.ScriptCache = lambda: compiled  # type: ignore[assignment, misc]
    url = fill(folder / "script.db", 1_000, {0: 200})
    database = runtime.start(Settings(database_url=url, find_local_servers=False)).database
    page = AppTest.from_file(Path.cwd() / "pages" / "main.py", default_timeout=30)
    page.query_params["session"] = session_id(0)
    # The process warms up beside the first runs, which ends with this; that is not the page's.
    until(gc.get_freeze_count, 60)
    statements: list[str] = []
    texts: list[str] = []

    @event.listens_for(database.engine, "before_cursor_execute")
    def note(_: Any, __: Any, statement: str, *more: Any) -> None:
        if not NOT_QUERIES.match(statement):
            statements.append(statement)

    @event.listens_for(database.engine, "checkout")
    def spy(connection: Any, *more: Any) -> None:
        if counting:
            connection.text_factory = lambda data: _noted(data, texts)

    scripts: list[float] = []
    run = ScriptRunner._run_script_thread

    def timed(runner: ScriptRunner) -> None:
        run(runner)
        scripts.append(time.thread_time() * 1000)

    ScriptRunner._run_script_thread = timed  # type: ignore[method-assign]
    counting = False
    found: dict[str, list[float]] = {"time": [], "processor": [], "queries": []}
    for at in range(WARM_UP + RUNS):
        statements.clear()
        began = time.perf_counter()
        page.run()
        if at >= WARM_UP:
            found["time"].append((time.perf_counter() - began) * 1000)
            found["processor"].append(scripts[-1])
            found["queries"].append(float(len(statements)))
        assert not page.exception, page.exception
    assert _rows(page) == ROWS
    counting = True
    page.run()
    runtime.stop()
    messages = len(page.chat_message)
    return {**found, "texts": [float(len(texts))], "messages": [float(messages)]}


def _rows(page: AppTest) -> int:
    """Of the list: drawn by one of the page's own parts, in an earlier checkout a button each."""
    for part in page.sidebar.get("bidi_component"):
        if part.proto.component_name == "parley-sessions":
            return len(said.about(part.proto.bytes)["rows"])
    return len([b for b in page.sidebar.button if str(b.key).startswith("open-")])


def _noted(data: bytes, texts: list[str]) -> str:
    """What SQLite hands over as text; those that only messages have are kept."""
    text = data.decode()
    if text.startswith(BODIES):
        texts.append(text)
    return text


if __name__ == "__main__":
    logging.disable(logging.WARNING)
    with tempfile.TemporaryDirectory(prefix="parley-rerun-") as folder:
        print(json.dumps(measure(Path(folder))))
