"""A file that a child process reads: in parts, not far ahead, and never longer than its reader."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

import pytest

from chat.work.failures import BrokeOff, TooMuchMemory, WorkFailed
from chat.work.feed import fed
from tests.chat.work import fed as played
from tests.chat.work.test_pool import gone

pytestmark = pytest.mark.process
LINE = b"x" * 100_000 + b"\n"


@pytest.fixture
def file() -> Iterator[IO[bytes]]:
    with tempfile.TemporaryFile() as made:
        made.write(LINE * 60)
        made.seek(0)
        yield made


def test_parts_come_in_order_and_hardly_ahead(file: IO[bytes], tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    with fed(played.lines, file, str(mark)) as parts:
        for at in range(1, 61):
            pid, line = next(parts)  # type: ignore[misc]
            assert line == LINE
            assert at <= int(mark.read_text() or at) <= at + 10
        assert list(parts) == []
    assert pid != os.getpid()
    assert gone(pid)


@pytest.mark.parametrize(
    ("reading", "failure"),
    [(played.killed, BrokeOff), (played.failing, BrokeOff), (played.greedy, TooMuchMemory)],
)
def test_what_came_before_a_failure_comes(
    file: IO[bytes], reading: Callable[[IO[bytes]], Iterator[object]], failure: type[WorkFailed]
) -> None:
    with fed(reading, file) as parts:
        assert next(parts) == LINE
        with pytest.raises(failure):
            list(parts)


def test_whoever_no_longer_waits_ends_it(file: IO[bytes]) -> None:
    class Enough(Exception):
        """No more."""

    pids: list[int] = []

    def waiting() -> None:
        if pids:  # on a slow machine it is asked before the process says its own
            raise Enough

    with fed(played.silent, file, waiting=waiting) as parts:
        pids.append(next(parts))
        with pytest.raises(Enough):
            next(parts)
    assert gone(pids[0])
