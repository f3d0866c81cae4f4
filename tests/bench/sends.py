"""From Enter to the question stored, and to the first token of the answer on screen."""

from __future__ import annotations

import sqlite3
import time
from contextlib import ExitStack, closing
from pathlib import Path
from threading import Event, Thread
from types import TracebackType
from typing import Self

from playwright.sync_api import Page

from tests.bench.answers import ask
from tests.bench.figures import Figure, against
from tests.bench.seed import session_id
from tests.bench.stage import Stage, open_page
from tests.processes import Server

REPEATS = 24
DIRECTIVE = "tokens=20 delay=0.05 first_delay=0.5"
POLL_SECONDS = 0.001
STORED_RATIO, FIRST_RATIO = 0.4, 0.6


class Stored:
    """Notes when a session has one message more in the database's file; wall clock, in ms."""

    def __init__(self, path: Path, number: int) -> None:
        self._path, self._session = path, session_id(number)
        self._looking, self._ended = Event(), Event()
        self._thread = Thread(target=self._look)
        self.at = 0.0

    def __enter__(self) -> Self:
        self._thread.start()
        self._looking.wait()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._thread.join()

    def _look(self) -> None:
        with closing(sqlite3.connect(self._path, isolation_level=None)) as db:

            def value(query: str, *given: str) -> int:
                found: int = db.execute(query, given).fetchone()[0]
                return found

            count = "SELECT count(*) FROM messages WHERE session_id = ?"
            version, before = value("PRAGMA data_version"), value(count, self._session)
            self._looking.set()
            while not self._ended.wait(POLL_SECONDS):
                # Says at almost no cost whether anything was written.
                version, last = value("PRAGMA data_version"), version
                if version != last and value(count, self._session) > before:
                    self.at = time.time() * 1000
                    return


def sent(stage: Stage, server: Server, page: Page, number: int) -> dict[str, float]:
    """The times of one message in a chat of 4, from Enter; ms."""
    open_page(page, server, number)
    with Stored(server.folder / "parley.db", number) as stored:
        times = ask(page, stage, DIRECTIVE, first=True)
    page.goto("about:blank")
    own = times["first_token_at"] - times["received_at"]
    return {
        "stored": stored.at - times["enter"],
        "asked": times["received_at"] - times["enter"],
        "first": times["first_seen"] - times["enter"] - own,
        "seen": times["first_seen"] - times["first_token_at"],
    }


def run(stage: Stage) -> list[Figure]:
    """Each in another session of 1,000, in turns with an earlier checkout if there is one."""
    found: list[dict[str, list[float]]] = [{}, {}]
    with stage.servers("sends", 1_000, size=4) as servers, ExitStack() as ended:
        pages = [ended.enter_context(stage.context()).new_page() for _ in servers]
        for number in range(REPEATS + 1):
            for server, page, of in zip(servers, pages, found, strict=False):
                for name, value in sent(stage, server, page, number).items():
                    of.setdefault(name, []).append(value)
    # The first of each does not count.
    ours, base = ({name: values[1:] for name, values in of.items()} for of in found)

    def compared(name: str, reach: float) -> list[Figure]:
        return against("the same", ours[name], "the earlier checkout's", base.get(name, []), reach)

    what = "Enter → first token visible, less the model's own delay"
    return [
        Figure("Enter → question stored", ours["stored"], "ms"),
        *compared("stored", STORED_RATIO),
        Figure("Enter → model server asked", ours["asked"], "ms"),
        Figure("(a) first token visible after the model sent it", ours["seen"], "ms", 50),
        Figure(f"(b) {what}", ours["first"], "ms", 50),
        *compared("first", FIRST_RATIO),
    ]
