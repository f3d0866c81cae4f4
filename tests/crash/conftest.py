"""A child process that is killed and started again, and what the parent sees of it."""

from __future__ import annotations

import json
import os
import queue
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from typing import Any, Self

import psutil
import pytest

from store.database import Database
from tests.scripted_model import ScriptedModel
from tests.waiting import until

ROOT = Path(__file__).resolve().parent.parent.parent
START_SECONDS = 30.0


class Loaded:
    """The driver, which makes a life of itself whenever it is asked: to load it takes seconds."""

    def __init__(self, folder: Path) -> None:
        hidden = ("PARLEY_", "OPENAI_")
        environment = {k: v for k, v in os.environ.items() if not k.startswith(hidden)}
        path = str(folder / "socket")
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(path)
        self._listening.listen()
        self._listening.settimeout(START_SECONDS)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.crash.driver", path],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            text=True,
            bufsize=1,
        )

    def life(self, database_url: str, model_url: str) -> socket.socket:
        """Another process, by what one hears of it."""
        assert self._process.stdin
        self._process.stdin.write(json.dumps([database_url, model_url]) + "\n")
        self._process.stdin.flush()
        connection, _ = self._listening.accept()
        connection.settimeout(None)
        return connection

    def close(self) -> None:
        """No more of them."""
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait()
        self._listening.close()


class Child:
    """One life of the driver; it is loaded when it is made and starts when it is entered."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._said = connection.makefile("r", encoding="utf-8")
        self.process = psutil.Process(json.loads(self._said.readline())["pid"])
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
        self._connection.sendall(json.dumps(command).encode() + b"\n")

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
        if self.process.is_running():
            self.process.kill()
        self.process.wait(START_SECONDS)
        self._reader.join(START_SECONDS)
        self._said.close()
        self._connection.close()

    def _read(self) -> None:
        with suppress(ConnectionResetError):  # killed before it had read all that was said to it
            for line in self._said:
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


@pytest.fixture(scope="package")
def loaded() -> Iterator[Loaded]:
    with tempfile.TemporaryDirectory() as folder, closing(Loaded(Path(folder))) as driver:
        yield driver


@pytest.fixture
def new_child(
    loaded: Loaded, database: Database, database_url: str, model: ScriptedModel
) -> Iterator[Callable[[], Child]]:
    """Makes lives on one database; none of them outlives the test."""
    with ExitStack() as made:

        def make() -> Child:
            child = Child(loaded.life(database_url, model.base_url))
            made.callback(child.kill)
            return child

        yield make
