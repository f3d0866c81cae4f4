"""Who writes an answer, and whether that process is still there."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import psutil
import pytest

from chat.turns.writer import is_gone, owner_name
from store.types import utc_now
from tests.waiting import until

pytestmark = pytest.mark.process

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
        until(lambda: psutil.Process(other.pid).status() == psutil.STATUS_ZOMBIE)
        assert is_gone(name, NOW, NOW)


def begun_earlier(seconds: float, pid: int | None = None) -> str:
    """As if the process had begun earlier, or the clock had been set since it got its name."""
    host, number, start = owner_name(pid).split("/")
    return f"{host}/{number}/{float(start) - seconds:.2f}"


def test_who_has_our_pid_with_another_start_has_ended() -> None:
    assert is_gone(begun_earlier(60), NOW, NOW)


def test_another_process_with_the_pid_does_not_keep_an_answer_open() -> None:
    """Nor does a clock that was set end the answer of one that lives: that is never silent."""
    with process() as other:
        for seconds in (60, -60):
            name = begun_earlier(seconds, other.pid)
            assert not is_gone(name, NOW - timedelta(seconds=29), NOW)
            assert is_gone(name, NOW - timedelta(seconds=31), NOW)


def test_a_start_that_was_read_a_little_differently_is_the_same() -> None:
    with process() as other:
        for seconds in (1, -1):
            assert not is_gone(begun_earlier(seconds, other.pid), LONG_AGO, NOW)


@pytest.mark.parametrize("start", ["8812345", "running", "gone", "1e9", "nan", ""])
def test_of_names_of_other_versions_silence_decides(start: str) -> None:
    """The kernel's ticks, or a word where there is no /proc."""
    with process() as other:
        for pid in (other.pid, os.getpid()):
            name = f"{socket.gethostname()}/{pid}/{start}"
            assert not is_gone(name, NOW - timedelta(seconds=29), NOW)
            assert is_gone(name, NOW - timedelta(seconds=31), NOW)


@pytest.mark.parametrize("name", ["elsewhere/1/1", "elsewhere/x", "elsewhere", "", "odd name"])
def test_elsewhere_thirty_seconds_of_silence_count(name: str) -> None:
    assert not is_gone(name, NOW - timedelta(seconds=29), NOW)
    assert is_gone(name, NOW - timedelta(seconds=31), NOW)
