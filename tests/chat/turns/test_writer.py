"""Who writes an answer, and whether that process is still there."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from chat.turns import writer
from chat.turns.writer import is_gone, owner_name
from store.types import utc_now
from tests.waiting import until

NOW = utc_now()
LONG_AGO = NOW - timedelta(days=1)


@contextmanager
def process() -> Iterator[subprocess.Popen[bytes]]:
    """Another process that lives until it is ended."""
    command = [sys.executable, "-S", "-c", "input()"]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as running:
        try:
            yield running
        finally:
            running.kill()


def test_this_process_is_there_however_silent() -> None:
    assert owner_name() == owner_name(os.getpid())
    assert not is_gone(owner_name(), LONG_AGO, NOW)


def test_another_process_is_there_until_it_ends() -> None:
    with process() as other:
        name = owner_name(other.pid)
        assert name != owner_name()
        assert not is_gone(name, LONG_AGO, NOW)
        other.kill()
        other.wait()
        assert is_gone(name, NOW, NOW)


def test_a_process_that_nobody_buried_is_gone() -> None:
    """In a container the first process may never wait for its children."""
    with process() as other:
        name = owner_name(other.pid)
        other.kill()
        until(lambda: "\nState:\tZ" in Path(f"/proc/{other.pid}/status").read_text())
        assert is_gone(name, NOW, NOW)


def test_the_same_pid_with_another_start_is_another_process() -> None:
    host, pid, start = owner_name().split("/")
    assert is_gone(f"{host}/{pid}/{int(start) - 1}", NOW, NOW)


@pytest.mark.parametrize("name", ["elsewhere/1/1", "elsewhere/x", "elsewhere", "", "odd name"])
def test_elsewhere_thirty_seconds_of_silence_count(name: str) -> None:
    assert not is_gone(name, NOW - timedelta(seconds=29), NOW)
    assert is_gone(name, NOW - timedelta(seconds=31), NOW)


def test_without_proc_a_pid_is_all_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_path: Path) -> str:
        raise FileNotFoundError

    monkeypatch.setattr(Path, "read_text", missing)
    with process() as other:
        name = writer.owner_name(other.pid)
        assert name.endswith("/running")
        assert not is_gone(name, LONG_AGO, NOW)
        other.kill()
        other.wait()
        assert is_gone(name, NOW, NOW)
