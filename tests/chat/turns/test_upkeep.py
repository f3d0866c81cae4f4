"""What an ended process left is taken up; what another one still writes is left alone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import update

from chat.turns import upkeep
from chat.turns.request import CONTINUE
from chat.turns.writer import owner_name
from store import answers, codes, messages, session_locks, sessions, users
from store.answers import Asked
from store.cleanup import purge
from store.database import Database
from store.endings import Received, checkpoint
from store.errors import SessionNotFound
from store.tables import sessions as table
from store.types import utc_now
from store.values import SessionKey
from tests.chat.conftest import SESSION, USER, Rooms, asked_of, locked, numbers
from tests.chat.turns.test_writer import process
from tests.model_script import numbered
from tests.store.samples import FREE
from tests.waiting import until

pytestmark = pytest.mark.process
NOW = utc_now()
HOST, PID, START = owner_name().split("/")
REUSED = f"{HOST}/{PID}/{float(START) - 60}"


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
    then = NOW - timedelta(seconds=silent)
    with database.transaction() as db:
        asked = answers.ask(
            db, SessionKey(USER, SESSION), content="left", owner=owner, may=FREE, now=then
        )
        checkpoint(db, [Received(SessionKey(USER, SESSION), asked.answer.id, text)], then)
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
        room = rooms(now=lambda: NOW)
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


@pytest.mark.parametrize("silent", [29, 31])
def test_another_machine_has_thirty_seconds(database: Database, rooms: Rooms, silent: int) -> None:
    asked = left(database, "elsewhere/7/7", silent=silent, text="kept")
    gone = left_in(database, "beside", dead())
    room = rooms(now=lambda: NOW)
    room.ended(gone.answer.id, "beside")
    row = room.row(asked.answer.id)
    assert row.status == ("interrupted" if silent > 30 else "streaming")
    assert row.content == "kept"


@pytest.mark.parametrize("silent", [29, 31])
def test_an_own_answer_that_nobody_writes_has_thirty_seconds(
    database: Database, rooms: Rooms, silent: int
) -> None:
    asked = left(database, owner_name(os.getpid()), silent=silent)
    gone = left_in(database, "beside", dead())
    room = rooms(now=lambda: NOW)
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


def test_the_trash_is_emptied_after_its_days(database: Database, rooms: Rooms) -> None:
    with database.transaction() as db:
        for name, days in (("old", 31), ("young", 29)):
            sessions.create(db, SessionKey(USER, name), may=FREE)
            sessions.trash(db, SessionKey(USER, name), now=NOW - timedelta(days=days))
    room = rooms(now=lambda: NOW)

    def has(name: str) -> bool:
        try:
            with room.database.reading() as db:
                sessions.get(db, SessionKey(USER, name), trashed=True)
        except SessionNotFound:
            return False
        return True

    until(lambda: not has("old"))
    assert has("young")


def test_a_deleted_message_leaves_what_it_hangs_on(database: Database, rooms: Rooms) -> None:
    asked = left(database, "elsewhere/1/1", silent=3600)
    with database.transaction() as db:
        answers.start_next(db, SessionKey(USER, SESSION), owner="x")
    room = rooms(now=lambda: NOW)
    room.ended(asked.answer.id)
    with database.transaction() as db:
        messages.delete(
            db, SessionKey(USER, SESSION), message_id=asked.answer.id, now=NOW - timedelta(days=31)
        )
    other = rooms(now=lambda: NOW)
    until(lambda: other.branch() and len(other.branch()) == 1)
    assert other.branch()[0].id == asked.question.id


def used(database: Database, name: str, user_id: str, minutes: float) -> None:
    """A session whose last message is so old, with its user."""
    then = NOW - timedelta(minutes=minutes)
    with database.transaction() as db:
        if users.by_username(db, username=user_id) is None:
            users.create(db, username=user_id, user_id=user_id, role="guest", now=then)
        sessions.create(db, SessionKey(user_id, name), now=then, may=FREE)


def kept(database: Database, user_id: str) -> set[str]:
    with database.reading() as db:
        found = sessions.recent(db, user_id=user_id)
    return {row.session_id for row in found} - {SESSION}


def test_chats_of_guests_go_after_their_hour(database: Database, rooms: Rooms) -> None:
    for name, minutes in (("old", 61), ("young", 59)):
        used(database, name, "guest1", minutes)
        used(database, name, USER, minutes)
    rooms(now=lambda: NOW, auth="guest")
    until(lambda: kept(database, "guest1") == {"young"})
    assert kept(database, USER) == {"old", "young"}


def test_with_a_time_of_its_own_everybodys_go(database: Database, rooms: Rooms) -> None:
    for name, seconds in (("old", 61), ("young", 59)):
        used(database, name, USER, seconds / 60)
    rooms(now=lambda: NOW, auth="password", session_ttl=60)
    until(lambda: kept(database, USER) == {"young"})


def test_an_answer_that_is_being_written_keeps_its_chat(database: Database, rooms: Rooms) -> None:
    used(database, "old", USER, 61)
    with process() as other:
        left_in(database, "open", owner_name(other.pid))
        with database.transaction() as db:
            mine = session_locks.owned(SessionKey(USER, "open"))
            hours = NOW - timedelta(hours=9)
            db.execute(update(table).where(*mine).values(last_activity_at=hours))
        rooms(now=lambda: NOW, auth="password", session_ttl=3600)
        until(lambda: kept(database, USER) == {"open"})


def test_more_chats_than_one_transaction_takes(database: Database, rooms: Rooms) -> None:
    then = NOW - timedelta(hours=2)
    with database.transaction() as db:
        for number in range(502):
            sessions.create(db, SessionKey(USER, f"old{number}"), now=then, may=FREE)
    rooms(now=lambda: NOW, auth="password", session_ttl=3600)
    until(lambda: kept(database, USER) == set())


def test_it_expires_again_and_again(
    database: Database, rooms: Rooms, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "EXPIRE_SECONDS", 0.05)
    used(database, "first", "guest1", 61)
    rooms(now=lambda: NOW, auth="guest")
    until(lambda: kept(database, "guest1") == set())
    used(database, "second", "guest1", 61)
    until(lambda: kept(database, "guest1") == set())


def test_guests_who_left_and_old_codes_go(database: Database, rooms: Rooms) -> None:
    for name, hours in (("gone", 25), ("here", 23), ("kept", 25)):
        used(database, "one", name, hours * 60)
        if name != "kept":
            with database.transaction() as db:
                purge(db, SessionKey(name, "one"))
    with database.transaction() as db:
        for name, days in (("old", -1), ("new", 1)):
            expires = NOW + timedelta(days=days)
            codes.create(db, kind=codes.INVITE, code_hash=name, expires_at=expires)
    rooms(now=lambda: NOW)

    def there() -> set[str]:
        with database.reading() as db:
            return {n for n in ("gone", "here", "kept") if users.by_username(db, username=n)}

    until(lambda: there() == {"here", "kept"})
    long_ago = NOW - timedelta(days=9)
    with database.transaction() as db:
        assert codes.look(db, kind=codes.INVITE, code_hash="old", now=long_ago) is None
        assert codes.look(db, kind=codes.INVITE, code_hash="new", now=NOW)
