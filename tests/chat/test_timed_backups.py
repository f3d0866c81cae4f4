"""The timer: one process takes what is due, and all of them say how old the last good one is."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from chat import timed_backups
from chat.config import Settings
from chat.loop import Loop
from chat.metrics import Metrics
from chat.timed_backups import TimedBackups
from store.backups import shelf
from store.database import Database
from tests.chat.clock import Clock
from tests.store.samples import opened, write_chat
from tests.waiting import until


@pytest.fixture
def settings(sqlite_url: str, tmp_path: Path) -> Settings:
    return Settings(
        database_url=sqlite_url, backups=str(tmp_path / "kept"), backups_kept=1, metrics_token="m"
    )


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    with opened(settings.database_url) as database:
        yield database


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def backups(settings: Settings, database: Database, clock: Clock) -> TimedBackups:
    return TimedBackups(settings, database, Metrics(settings), clock)


@pytest.mark.process
def test_one_of_two_processes_takes_it_and_both_know(
    backups: TimedBackups, settings: Settings, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    other = TimedBackups(settings, database, Metrics(settings), backups.now)
    write_chat(database, "ann", "Kept")
    assert backups.age() is None
    assert [backups.claim(), other.claim()] == [True, False]
    asyncio.run(backups.take())
    assert "backup done: Backed up to" in caplog.text
    [made] = shelf.listed(Path(settings.backups))
    assert made.about.tables["messages"] == 2
    assert other.look()
    assert other.known.good_at == made.about.made_at
    text = other.metrics.text().decode()
    [written] = re.findall(r"^parley_backup_timestamp_seconds (\S+)$", text, re.MULTILINE)
    assert float(written) == made.about.made_at.timestamp()


@pytest.mark.process
def test_one_that_fails_is_said_and_tried_again_within_the_hour(
    backups: TimedBackups, clock: Clock, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    Path(settings.backups).write_text("a file")
    assert backups.claim()
    asyncio.run(backups.take())
    assert "backup failed: There is no new backup." in caplog.text
    backups.look()
    assert backups.known.problem
    assert not backups.claim()
    clock.later(hours=1)
    assert backups.claim()


def test_the_age_is_of_the_last_good_one(backups: TimedBackups) -> None:
    backups.known = timed_backups.BackupState(good_at=backups.now() - timedelta(hours=2))
    assert backups.age() == 7_200
    backups.known = timed_backups.BackupState(good_at=backups.now() + timedelta(hours=2))
    assert backups.age() == 0


@pytest.mark.process
def test_it_runs_by_itself_and_ends_with_the_process(
    backups: TimedBackups, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timed_backups, "LOOK_SECONDS", 0.01)
    loop, started = Loop(), []
    begin = TimedBackups._started

    async def note(self: TimedBackups) -> asyncio.subprocess.Process:
        process = await begin(self)
        started.append(process.pid)
        return process

    async def nothing() -> None:
        pass

    monkeypatch.setattr(TimedBackups, "_started", note)
    loop.start()
    loop.spawn(backups.run(loop))
    until(lambda: started)
    loop.close(nothing)
    loop.wait()
    with pytest.raises(ProcessLookupError):
        os.kill(started[0], 0)
