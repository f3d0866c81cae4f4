"""Jobs in child processes: what goes in and comes out, and that nothing gets past the limits."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import psutil
import pytest

from chat.errors import ToolError
from chat.work.children import WorkLimits
from chat.work.failures import BrokeOff, ResultTooLarge, TookTooLong, TooMuchMemory, WorkFailed
from chat.work.pool import Pool
from tests.chat.work import played
from tests.processes import ROOT
from tests.waiting import until

pytestmark = pytest.mark.process
LONG = 60.0
NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)

T = TypeVar("T")
Pools = Callable[..., Pool]


@pytest.fixture
def pools() -> Iterator[Pools]:
    """Makes pools that end."""
    made: list[Pool] = []

    def make(**limits: float) -> Pool:
        made.append(Pool(WorkLimits(**{"seconds": LONG, **limits})))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for pool in made:
        pool.close()


def done(work: Awaitable[T]) -> T:
    async def run() -> T:
        return await work

    return asyncio.run(run())


def gone(pid: int) -> bool:
    """Whether a process has ended; one that nobody has taken note of has, too."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def wrote(mark: Path) -> int:
    """The process that has begun a job with this mark, once it has."""
    return int(until(lambda: mark.exists() and mark.read_text(), LONG) or 0)


def test_what_goes_in_and_comes_out_and_one_child_for_many_jobs(
    pools: Pools, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    monkeypatch.setenv("PARLEY_COOKIE_KEY", "secret")
    pool = pools()
    assert pool.pids == []
    assert done(pool.run("a", played.told, b"\0\xff" * 700_000, NOON, (1, 2))) == (
        "1400000 01.05.2024 12:00 3"
    )
    first, second = (done(pool.run(user, played.seen)) for user in ("a", "b"))
    assert first.pid == second.pid != os.getpid()
    assert pool.pids == [first.pid]
    assert not {name for name in first.environment if "PARLEY" in name or "KEY" in name}
    assert "secret" not in first.environment.values()
    assert first.niceness > os.nice(0)
    pool.close()
    assert gone(first.pid)
    with pytest.raises(BrokeOff):
        done(pool.run("a", played.seen))


def test_what_reads_files_and_feeds_knows_neither_settings_nor_streamlit_nor_the_store(
    pools: Pools,
) -> None:
    from chat.profiles.sources import feed, file

    pool = pools()
    rows = b"text,date\nHi,2024-04-01\n"
    assert done(pool.run("a", file.read_digest, rows, "a.csv", "me", 9, NOON)).own == 1
    with pytest.raises(ToolError, match="no feed"):
        done(pool.run("a", feed.read_digest, b"<html>", "http://a.example", 9, NOON))
    modules = set(done(pool.run("a", played.seen)).modules)
    assert not modules & {"chat.config", "streamlit", "store.database", "sqlalchemy", "openai"}


@pytest.mark.parametrize(
    ("limits", "work", "arguments", "failure"),
    [
        ({"memory": 400_000_000}, played.eat, (), TooMuchMemory),
        ({"result": 1_000}, played.much, (1_000,), ResultTooLarge),
        ({}, played.fail, (), BrokeOff),
        ({}, played.lie, (), BrokeOff),
        ({}, played.end, (), BrokeOff),
        ({}, played.told, (b"", "no time", (1,)), BrokeOff),
    ],
)
def test_a_failure_is_named_and_the_next_job_goes_on(
    pools: Pools,
    limits: dict[str, int],
    work: Callable[..., object],
    arguments: tuple[object, ...],
    failure: type[WorkFailed],
) -> None:
    pool = pools(**limits)
    with pytest.raises(failure) as failed:
        done(pool.run("a", work, *arguments))
    assert failed.value.message.startswith(("Reading", "What is in there"))
    assert failed.value.fix
    assert done(pool.run("a", played.much, 10)) == "x" * 10


def test_what_a_failure_says_is_in_no_log(pools: Pools, capfd: pytest.CaptureFixture[str]) -> None:
    """It may have what is in somebody's file."""
    pool = pools()
    with pytest.raises(BrokeOff):
        done(pool.run("a", played.fail))
    pool.close()
    logged = capfd.readouterr().err
    assert "work failed: tests.chat.work.played:fail" in logged
    assert "Traceback (most recent call last):" in logged
    assert logged.rstrip().endswith("ValueError")


def test_what_a_job_refuses_is_said_in_its_words(pools: Pools) -> None:
    with pytest.raises(ToolError, match=r"^No\. Ask somebody else\.$") as refused:
        done(pools().run("a", played.refuse))
    assert not isinstance(refused.value, WorkFailed)


def test_a_job_is_killed_at_its_limit_of_time(pools: Pools, tmp_path: Path) -> None:
    before = {child.pid for child in psutil.Process().children()}
    pool = pools(seconds=0.5)
    with pytest.raises(TookTooLong, match="took too long"):
        done(pool.run("a", played.spin, str(tmp_path / "mark")))
    assert pool.pids == []
    assert {child.pid for child in psutil.Process().children()} <= before


def test_whoever_stops_waiting_ends_the_job(pools: Pools, tmp_path: Path) -> None:
    pool, mark = pools(), tmp_path / "mark"

    async def stopped() -> int:
        running = asyncio.create_task(pool.run("a", played.spin, str(mark)))
        waiting = asyncio.create_task(pool.run("a", played.spin, str(tmp_path / "other")))
        pid = await asyncio.to_thread(wrote, mark)
        for task in (waiting, running):
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        await asyncio.to_thread(until, lambda: gone(pid), LONG)
        return pid

    pid = asyncio.run(stopped())
    assert done(pool.run("a", played.seen)).pid != pid
    assert not (tmp_path / "other").exists()


def test_one_job_of_a_user_at_a_time_and_users_take_turns(pools: Pools, tmp_path: Path) -> None:
    """Six of one that never end by themselves leave another's jobs alone."""
    pool, gate = pools(), tmp_path / "gate"
    marks = [tmp_path / f"mark{number}" for number in range(6)]

    async def run() -> list[str]:
        mine = [
            asyncio.create_task(pool.run("a", played.until_there, str(mark), str(gate)))
            for mark in marks
        ]
        await asyncio.to_thread(wrote, marks[0])
        for _ in range(3):
            assert await pool.run("b", played.much, 1) == "x"
        assert [mark.exists() for mark in marks] == [True] + [False] * 5
        assert len(pool.pids) == 2
        gate.write_text("")
        return await asyncio.gather(*mine)

    assert asyncio.run(run()) == [str(mark) for mark in marks]


def test_without_a_thread_all_that_waits_of_that_user_is_told(
    pools: Pools, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool, gate, mark = pools(), tmp_path / "gate", tmp_path / "mark"
    real = threading.Thread.start

    def start(thread: threading.Thread) -> None:
        if thread.name == "parley-work":
            raise RuntimeError("can't start new thread")
        real(thread)

    async def run() -> list[object]:
        jobs = [pool.run("a", played.until_there, str(mark), str(gate)) for _ in range(3)]
        told = asyncio.gather(*jobs, return_exceptions=True)
        await asyncio.to_thread(wrote, mark)
        with monkeypatch.context() as patch:
            patch.setattr(threading.Thread, "start", start)
            gate.write_text("")
            return list(await asyncio.wait_for(told, LONG))

    assert [type(one) for one in asyncio.run(run())] == [str, BrokeOff, BrokeOff]
    assert done(pool.run("a", played.much, 1)) == "x"


def test_nothing_of_it_is_in_the_threads_that_others_use(pools: Pools, tmp_path: Path) -> None:
    pool, gate, mark = pools(), tmp_path / "gate", tmp_path / "mark"

    async def run() -> set[str]:
        job = asyncio.create_task(pool.run("a", played.until_there, str(mark), str(gate)))
        await asyncio.to_thread(wrote, mark)
        names = {thread.name for thread in threading.enumerate()}
        gate.write_text("")
        await job
        return names

    assert "parley-work" in asyncio.run(run())
    until(lambda: "parley-work" not in {thread.name for thread in threading.enumerate()})


PARENT = """
import asyncio, sys
from chat.work.pool import Pool
from tests.chat.work import played
asyncio.run(Pool().run("a", played.spin, sys.argv[1]))
"""


def test_a_child_does_not_outlive_a_killed_parent(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    parent = subprocess.Popen([sys.executable, "-c", PARENT, str(mark)], cwd=ROOT)
    try:
        pid = wrote(mark)
        assert not gone(pid)
    finally:
        parent.send_signal(signal.SIGKILL)
        parent.wait()
    until(lambda: gone(pid), LONG)
