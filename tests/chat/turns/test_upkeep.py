"""What an ended process left is taken up; what another one still writes is left alone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import update

from chat.turns import retention, upkeep
from chat.turns.request import CONTINUE
from chat.turns.writer import owner_name
from store import answers, sessions, users
from store.answers import Asked
from store.database import Database
from store.endings import Received, checkpoint
from store.tables import messages as message_table
from store.tree import message_at
from store.types import utc_now
from store.values import SessionKey
from tests.chat.conftest import SESSION, USER, Rooms, asked_of, locked, numbers
from tests.chat.turns.test_writer import process
from tests.model_script import numbered
from tests.store.samples import FREE
from tests.waiting import until

pytestmark = pytest.mark.process
NOW = utc_now()
PLACE, PID, START, CHANCE = owner_name().split("/")
REUSED = f"{PLACE}/{PID}/{float(START) - 60}/{CHANCE}"


@pytest.fixture
def rooms_url(database_url: str) -> str:
    return database_url


@pytest.fixture
def database(rooms_url: str) -> Iterator[Database]:
    """What another process has made, with a session in it."""
    opened = Database(rooms_url)
    opened.open()
    with opened.transaction() as db:
        users.ensure_local(db)
        sessions.create(db, SessionKey(USER, SESSION), may=FREE)
    yield opened
    opened.close()


def left(database: Database, owner: str, *, silent: float = 0, text: str = "") -> Asked:
    """An answer that the owner began to write, and its last checkpoint so many seconds ago."""
    place = SessionKey(USER, SESSION)
    with database.transaction() as db:
        asked = answers.ask(db, place, content="left", owner=owner, may=FREE)
        checkpoint(db, [Received(place, asked.answer.id, text)])
        then = utc_now() - timedelta(seconds=silent)
        this = message_at(place, asked.answer.id)
        db.execute(update(message_table).where(*this).values(checkpoint_at=then))
    return asked


def dead() -> str:
    """The name of a process that has ended."""
    with process() as other:
        return owner_name(other.pid)


def test_an_answer_of_a_dead_process_is_interrupted_and_its_queue_answered(
    database: Database, rooms: Rooms
) -> None:
    asked = left(database, dead(), text=numbers(3))
    waiting = [left(database, "whoever") for _ in range(3)]
    room = rooms()
    row = room.ended(asked.answer.id)
    assert (row.status, row.content, row.error_code) == ("interrupted", numbers(3), None)
    for one in waiting:
        assert room.watch(one.answer.id).status == "complete"
    assert [texts[-1] for texts in asked_of(room.model)] == ["left"] * 3
    assert asked_of(room.model)[0] == ["left", numbers(3), "left"]
    assert {one.status for one in room.branch()} == {"interrupted", "complete"}


def test_it_can_be_continued_and_retried(database: Database, rooms: Rooms) -> None:
    asked = left(database, REUSED, text=numbers(3))
    room = rooms()
    room.ended(asked.answer.id)
    continued = room.again(asked.answer.id, *numbered(5)[3:], continued=True)
    assert room.watch(continued.id).text == numbers(5)
    assert asked_of(room.model)[0] == ["left", numbers(3), CONTINUE]
    retried = room.again(asked.answer.id, *numbered(2))
    assert room.watch(retried.id).text == numbers(2)
    assert room.row(asked.answer.id).content == numbers(3)


def test_the_same_pid_again_is_no_owner(database: Database, rooms: Rooms) -> None:
    asked = left(database, REUSED)
    assert rooms().ended(asked.answer.id).status == "interrupted"


def test_an_answer_of_a_living_process_is_left_alone(database: Database, rooms: Rooms) -> None:
    with process() as other:
        asked = left(database, owner_name(other.pid), silent=3600, text="kept")
        gone = left_in(database, "beside", dead())
        room = rooms()
        room.ended(gone.answer.id, "beside")
        assert room.row(asked.answer.id).status == "streaming"
        later = room.send("later")
        assert later.answer.status == "queued"


def left_in(database: Database, session_id: str, owner: str) -> Asked:
    """In another session: its end shows that all were looked at."""
    with database.transaction() as db:
        sessions.create(db, SessionKey(USER, session_id), may=FREE)
        return answers.ask(
            db, SessionKey(USER, session_id), content="x", owner=owner, may=FREE, now=NOW
        )


@pytest.mark.parametrize("silent", [20, 31])
def test_another_machine_has_thirty_seconds(database: Database, rooms: Rooms, silent: int) -> None:
    asked = left(database, "elsewhere/7/7", silent=silent, text="kept")
    gone = left_in(database, "beside", dead())
    room = rooms()
    room.ended(gone.answer.id, "beside")
    row = room.row(asked.answer.id)
    assert row.status == ("interrupted" if silent > 30 else "streaming")
    assert row.content == "kept"


@pytest.mark.parametrize("silent", [20, 31])
def test_an_own_answer_that_nobody_writes_has_thirty_seconds(
    database: Database, rooms: Rooms, silent: int
) -> None:
    asked = left(database, owner_name(os.getpid()), silent=silent)
    gone = left_in(database, "beside", dead())
    room = rooms()
    room.ended(gone.answer.id, "beside")
    assert room.row(asked.answer.id).status == ("interrupted" if silent > 30 else "streaming")


def test_it_looks_again_and_again(
    database: Database, rooms: Rooms, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "REAP_SECONDS", 0.05)
    room = rooms()
    with process() as other:
        asked = left(database, owner_name(other.pid), text="kept")
        waiting = room.send("next")
        assert room.row(asked.answer.id).status == "streaming"
    assert room.ended(asked.answer.id).status == "interrupted"
    assert room.watch(waiting.answer.id).status == "complete"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_it_goes_on_after_the_database_was_locked(
    database: Database,
    rooms: Rooms,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(upkeep, "REAP_SECONDS", 0.05)
    monkeypatch.setattr("store.dialects.BUSY_SECONDS", 0.05)
    room = rooms()
    asked = left(database, "elsewhere/1/1", silent=3600)
    assert database.path
    room.ended(asked.answer.id)
    with locked(database.path):
        until(lambda: "reap failed" in caplog.text)
    again = left(database, "elsewhere/1/1", silent=3600)
    assert room.ended(again.answer.id).status == "interrupted"


def test_it_looks_for_what_is_to_go(
    database: Database, rooms: Rooms, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "CLEAN_SECONDS", 0.05)
    monkeypatch.setattr(retention, "WAIT_SECONDS", 0.1)
    with database.transaction() as db:
        for name, days in (("old", 31), ("young", 29)):
            sessions.create(db, SessionKey(USER, name), may=FREE)
            sessions.trash(db, SessionKey(USER, name), now=NOW - timedelta(days=days))
    rooms(now=lambda: NOW)

    def trashed() -> set[str]:
        with database.reading() as db:
            return {one.session_id for one in sessions.recent(db, user_id=USER, trashed=True)}

    until(lambda: trashed() == {"young"})
