"""A warm rerun of the chat page inside the server: time, queries, message texts read."""

from __future__ import annotations

import re
import time
from typing import Any

from sqlalchemy import event
from streamlit.testing.v1 import AppTest

from chat import runtime
from chat.config import Settings
from tests.bench.figures import Figure
from tests.bench.seed import PARAGRAPH, fill, session_id
from tests.bench.stage import Stage
from tests.processes import ROOT

WARM_UP = 5
RUNS = 40
MESSAGES = ROWS = 30
BODIES = (PARAGRAPH, "Question ")
NOT_QUERIES = re.compile(r"\s*(BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE)", re.IGNORECASE)


def run(stage: Stage) -> list[Figure]:
    """30 messages on screen of 200, 30 rows of 1,000."""
    url = fill(stage.folder / "script.db", 1_000, {0: 200})
    runtime.stop()
    database = runtime.start(Settings(database_url=url, find_local_servers=False)).database
    page = AppTest.from_file(str(ROOT / "pages" / "main.py"), default_timeout=30)
    page.query_params["session"] = session_id(0)
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

    counting = False
    times, processor, queries = [], [], []
    for at in range(WARM_UP + RUNS):
        statements.clear()
        began, worked = time.perf_counter(), time.process_time()
        page.run()
        if at >= WARM_UP:
            processor.append((time.process_time() - worked) * 1000)
            times.append((time.perf_counter() - began) * 1000)
            queries.append(float(len(statements)))
        assert not page.exception, page.exception
    assert len(page.chat_message) == MESSAGES
    assert len([b for b in page.sidebar.button if str(b.key).startswith("open-")]) == ROWS
    counting = True
    page.run()
    runtime.stop()
    return [
        Figure("script run, warm rerun of the chat page (AppTest)", times, "ms", 25),
        Figure("processor time in it, which other programs disturb less", processor, "ms"),
        Figure("database queries in it", queries, "queries", 12, of="max"),
        Figure("message texts read in it", [float(len(texts))], "texts", MESSAGES),
    ]


def _noted(data: bytes, texts: list[str]) -> str:
    """What SQLite hands over as text; those that only messages have are kept."""
    text = data.decode()
    if text.startswith(BODIES):
        texts.append(text)
    return text
