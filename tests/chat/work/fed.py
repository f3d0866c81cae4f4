"""Files for tests that a child process is made to read, and what it does meanwhile."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from chat.work.feeding import AHEAD


def lines(file: IO[bytes], mark: str) -> Iterator[object]:
    """Each; the mark says how many were made."""
    for at, line in enumerate(file, 1):
        Path(mark).write_text(str(at))
        yield os.getpid(), line


def killed(file: IO[bytes]) -> Iterator[object]:
    """In the middle, as by a system without memory; the first part is out by then."""
    for _ in range(AHEAD + 2):
        yield file.readline()
    os.kill(os.getpid(), signal.SIGKILL)


def failing(file: IO[bytes]) -> Iterator[object]:
    yield file.readline()
    raise ValueError("not for people")


def greedy(file: IO[bytes]) -> Iterator[object]:
    yield file.readline()
    yield bytes(4_000_000_000)


def silent(file: IO[bytes]) -> Iterator[object]:
    """For ever."""
    yield os.getpid()
    signal.pause()
