"""A child process that is killed and started again, and what the parent sees of it."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

import pytest

from store.database import Database
from tests.scripted_model import ScriptedModel
from tests.waiting import until

ROOT = Path(__file__).resolve().parent.parent.parent
START_SECONDS = 30.0


class Child:
    """One life of the driver; it loads when it is made and starts when it is entered."""

    def __init__(self, database_url: str, model_url: str) -> None:
        command = [sys.executable, "-m", "tests.crash.driver", database_url, model_url]
        hidden = ("PARLEY_", "OPENAI_")
        environment = {k: v for k, v in os.environ.items() if not k.startswith(hidden)}
        self.process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            bufsize=1,
        )
        self.news: list[dict[str, Any]] = []
        self._arrived: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        self.say(start=True)
        until(lambda: {"ready": True} in self.news, START_SECONDS)
        return self

    def __exit__(self, *error: object) -> None:
        self.kill()

    def say(self, **command: Any) -> None:
        assert self.process.stdin
        self.process.stdin.write(json.dumps(command) + "\n")
        self.process.stdin.flush()

    def listen(self, seconds: float) -> None:
        """Take news for that long."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            try:
                self._arrived.get(timeout=left)
            except queue.Empty:
                return

    def kill(self) -> None:
        """SIGKILL; afterwards `news` is all that it ever said."""
        self.process.kill()
        self.process.wait()
        self._reader.join(START_SECONDS)
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe:
                pipe.close()

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            if line.endswith("\n"):
                self.news.append(json.loads(line))
                self._arrived.put(None)


@pytest.fixture(scope="session")
def model() -> Iterator[ScriptedModel]:
    with ScriptedModel() as running:
        yield running


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """The parent's eyes on it; the children have their own."""
    opened = Database(database_url)
    opened.open()
    yield opened
    opened.close()


@pytest.fixture
def new_child(
    database: Database, database_url: str, model: ScriptedModel
) -> Iterator[Callable[[], Child]]:
    """Makes lives on one database; none of them outlives the test."""
    with ExitStack() as made:

        def make() -> Child:
            child = Child(database_url, model.base_url)
            made.callback(child.kill)
            return child

        yield make
