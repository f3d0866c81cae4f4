"""Parley as a real process, for tests that a simulated one would prove nothing to."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.error import URLError
from urllib.request import urlopen

ROOT = Path(__file__).resolve().parent.parent
POLL_SECONDS = 0.02
STOP_SECONDS = 10
SOON = {"PARLEY_REFRESH_SECONDS": "0.4"}
"""For servers on whose open pages a test waits for what changed elsewhere."""


def printed(program: str, folder: Path, environment: Mapping[str, str]) -> str:
    """What a Python program prints in a process of its own, with its data in ``folder``."""
    own = {
        "PARLEY_DATABASE_URL": f"sqlite:///{folder / 'parley.db'}",
        "PARLEY_FIND_LOCAL_SERVERS": "false",
    }
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={**own, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def free_port() -> int:
    """A TCP port nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Server:
    """`streamlit run app.py` with its data and log in ``folder``; the port stays over restarts.

    ``environment`` is added to this process's own, from which everything that would reach
    Parley's settings is taken out, so that a developer's key is never used by a test. It runs
    what is in ``checkout``, and is there once a GET of ``health`` is answered with 200.
    ``returned`` is how the last one ended.
    """

    returned: int | None = None

    def __init__(
        self,
        folder: Path,
        environment: Mapping[str, str] | None = None,
        *,
        start_seconds: float = 30,
        health: str = "/api/health",
    ) -> None:
        self.folder = folder
        self.health, self.checkout = health, ROOT
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log_file = folder / "server.log"
        self.start_seconds = start_seconds
        self._environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith(("PARLEY_", "OPENAI_"))},
            "PARLEY_DATABASE_URL": f"sqlite:///{folder / 'data' / 'parley.db'}",
            "PARLEY_FIND_LOCAL_SERVERS": "false",
            "PYTHONUNBUFFERED": "1",
            **(environment or {}),
        }
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        """The running process's id."""
        assert self._process, "the server is not running"
        return self._process.pid

    @property
    def log(self) -> str:
        """All that was printed so far, over all restarts."""
        return self.log_file.read_text(encoding="utf-8", errors="replace")

    def start(self) -> float:
        """Start and wait for the first healthy answer; gives the seconds that took."""
        assert self._process is None, "the server is running already"
        began = time.monotonic()
        command = [
            *(sys.executable, "-m", "streamlit", "run", "app.py"),
            *("--server.port", str(self.port), "--server.headless", "true"),
        ]
        with self.log_file.open("ab") as log:
            self._process = subprocess.Popen(
                command, cwd=self.checkout, env=self._environment, stdout=log, stderr=log
            )
        while not self._healthy():
            if self._process.poll() is not None or time.monotonic() > began + self.start_seconds:
                self.kill()
                raise AssertionError(f"the server did not start:\n{self.log}")
            time.sleep(POLL_SECONDS)
        return time.monotonic() - began

    def stop(self) -> None:
        """End it in good order; after 10 s without mercy. Nothing when it is not running."""
        if self._process:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
            self._reap()

    def kill(self) -> None:
        """SIGKILL, as a crash would."""
        if self._process:
            self._process.kill()
            self._reap()

    def restart(self) -> float:
        """Stop when it runs, start on the same port with the same data."""
        self.stop()
        return self.start()

    def _reap(self) -> None:
        assert self._process
        self.returned = self._process.wait()
        self._process = None

    def _healthy(self) -> bool:
        try:
            with urlopen(self.url + self.health, timeout=self.start_seconds) as answer:
                return bool(answer.status == 200)
        except (URLError, OSError):
            return False
