"""Files that another process reads: the same comes of them, however that process ends."""

from __future__ import annotations

import sqlite3
import subprocess
from contextlib import closing, suppress

import psutil
import pytest
from sqlalchemy import select

from chat.transfer import apart
from chat.transfer import imports as importing
from store import arrivals, search_index
from store.tables import search_texts
from store.users import LOCAL_USER
from tests.chat.transfer import exports, read_apart
from tests.chat.transfer.conftest import Desk
from tests.chat.transfer.exports import dumped
from tests.waiting import until


def readers() -> list[psutil.Process]:
    """Those that read a file; other tests of this process have left others, PostgreSQL for one."""
    found = []
    for child in psutil.Process().children():
        with suppress(psutil.Error):  # it has ended meanwhile
            found += [child] if "chat.work.feeding" in child.cmdline() else []
    return found


def indexed(desk: Desk) -> list[tuple[str, ...]]:
    """What search has of each text."""
    names = ("session_id", "message_id", "owner", "words")
    with desk.database.reading() as db:
        return sorted(
            tuple(map(str, row))
            for row in db.execute(select(*(search_texts.c[name] for name in names)))
        )


MANY = dumped([exports.claude(f"k-{at}", f"Wheel {at}", turns=5) for at in range(60)])


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "LARGE", 0)


def test_neither_a_small_one_nor_one_that_is_copied_starts_a_process(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subprocess, "Popen", None)
    assert desk.put_in(MANY).added == 600
    monkeypatch.setattr(apart, "LARGE", 0)
    with closing(sqlite3.connect(":memory:")) as db:
        db.execute("CREATE TABLE said (role, content)")
        db.execute("INSERT INTO said VALUES ('user', 'Hi')")
        db.commit()
        done = desk.put_in(db.serialize())
    assert (done.kind, done.state, done.added) == ("sqlite", "done", 1)


@pytest.mark.process
@pytest.mark.usefixtures("large")
def test_what_ends_early_says_why_and_the_same_file_again_adds_the_rest(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrivals, "BATCH", 50)
    with monkeypatch.context() as patch:
        patch.setattr(apart, "parts", read_apart.killed_soon)
        broken = desk.put_in(MANY)
    assert broken.state == "failed"
    assert "ended unexpectedly. Try it again" in broken.error
    assert 0 < broken.added < 600
    damaged = desk.put_in(MANY[:-1] + b', {"mapping": tru')
    assert damaged.state == "failed"
    assert "is not JSON" in damaged.error
    again = desk.put_in(MANY)
    assert (again.state, again.kind, again.chats) == ("done", "claude", 60)
    assert again.added + again.unchanged == 600
    assert len(desk.chats()) == 60
    found = indexed(desk)
    with desk.database.transaction() as db:
        search_index.rebuilt(db, search_index.all_keys(db))
    assert (indexed(desk), len(found)) == (found, 660)


@pytest.mark.process
@pytest.mark.usefixtures("large")
@pytest.mark.parametrize("closing", [True, False])
def test_it_ends_while_nothing_comes(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, *, closing: bool
) -> None:
    monkeypatch.setattr(importing, "NOTE_SECONDS", 0.0)
    monkeypatch.setattr(apart, "parts", read_apart.stuck)
    import_id = desk.imports.start(desk.held(MANY))
    until(readers)
    if closing:
        desk.imports.close()
    else:
        desk.imports.cancel(LOCAL_USER, import_id)
    assert desk.ended(import_id).state == ("interrupted" if closing else "cancelled")
    until(lambda: not readers())
