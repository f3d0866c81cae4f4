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

from chat.turns import writer
from chat.turns.writer import is_gone, owner_name
from tests.waiting import until

pytestmark = pytest.mark.process

DAY, NOW = timedelta(days=1), timedelta()
LONG, SHORT = timedelta(seconds=31), timedelta(seconds=29)


@contextmanager
def process() -> Iterator[subprocess.Popen[bytes]]:
    """Another process that lives until it is ended."""
    command = [sys.executable, "-S", "-c", "input()"]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as running:
        try:
            yield running
        finally:
            running.kill()


def test_each_name_is_another_one() -> None:
    assert owner_name() != owner_name()


def test_another_process_is_there_until_it_ends() -> None:
    with process() as other:
        name = owner_name(other.pid)
        assert not is_gone(name, DAY)
        other.kill()
        other.wait()
        assert is_gone(name, NOW)


def test_a_process_that_nobody_buried_is_gone() -> None:
    """In a container the first process may never wait for its children."""
    with process() as other:
        name = owner_name(other.pid)
        other.kill()
        until(lambda: psutil.Process(other.pid).status() == psutil.STATUS_ZOMBIE)
        assert is_gone(name, NOW)


def test_of_what_this_process_was_before_silence_decides() -> None:
    assert not is_gone(owner_name(), SHORT)
    assert is_gone(owner_name(), LONG)


def begun_earlier(seconds: float, pid: int | None = None) -> str:
    """As if the process had begun earlier, or the clock had been set since it got its name."""
    place, number, start, chance = owner_name(pid).split("/")
    return f"{place}/{number}/{float(start) - seconds:.2f}/{chance}"


def test_who_has_our_pid_with_another_start_has_ended() -> None:
    assert is_gone(begun_earlier(60), NOW)


def test_another_process_with_the_pid_does_not_keep_an_answer_open() -> None:
    """Nor does a clock that was set end the answer of one that lives: that is never silent."""
    with process() as other:
        for seconds in (60, -60):
            name = begun_earlier(seconds, other.pid)
            assert not is_gone(name, SHORT)
            assert is_gone(name, LONG)


def test_a_start_that_was_read_a_little_differently_is_the_same() -> None:
    with process() as other:
        for seconds in (1, -1):
            assert not is_gone(begun_earlier(seconds, other.pid), DAY)


@pytest.mark.parametrize("what", ["_BOOT", "_PIDS"])
def test_two_containers_of_one_host_name_are_two_places(
    monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """The pid of one means nothing in the other: there it is of nobody, or of somebody else."""
    with process() as other:
        there, ended = owner_name(other.pid), owner_name()
        other.kill()
        other.wait()
        assert is_gone(there, NOW)
        monkeypatch.setattr(writer, what, writer.Path("/nonexistent"))
        writer.place.cache_clear()
        try:
            assert socket.gethostname() not in owner_name()
            for name in (there, ended):
                assert not is_gone(name, SHORT)
                assert is_gone(name, LONG)
        finally:
            writer.place.cache_clear()


@pytest.mark.parametrize("rest", ["8812345", "running", "1e9", "nan", "", "88.12"])
def test_of_names_of_other_versions_silence_decides(rest: str) -> None:
    """The kernel's ticks, a word where there is no /proc, or no chance in them."""
    with process() as other:
        for pid in (other.pid, os.getpid()):
            for place in (socket.gethostname(), writer.place()):
                assert not is_gone(f"{place}/{pid}/{rest}", SHORT)
                assert is_gone(f"{place}/{pid}/{rest}", LONG)


@pytest.mark.parametrize("name", ["elsewhere/1/1", "elsewhere/x", "elsewhere", "", "odd name"])
def test_elsewhere_thirty_seconds_of_silence_count(name: str) -> None:
    assert not is_gone(name, SHORT)
    assert is_gone(name, LONG)
