"""What the tests of the store begin with: users, sessions, questions and answers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import uuid4

import bcrypt
from sqlalchemy import Engine, event, insert, select, text
from sqlmodel import Session

from store import answers, endings, files, results, session_locks, sessions
from store import users as people
from store.cleanup import purge
from store.database import Database
from store.file_values import ColumnInfo, FileDetails, NewFile, StoredFile
from store.folders import NewFolder
from store.folders import create as create_folder
from store.result_values import Computed, NewComputed
from store.session_values import NewSession
from store.tables import (
    answer_pieces,
    folders,
    gone_files,
    message_files,
    messages,
    named_texts,
    personas,
    profiles,
    provenance,
    sent_texts,
    share_results,
    shares,
    tags,
    usage,
    usage_times,
    users,
)
from store.tables import files as files_table
from store.tables import results as results_table
from store.tables import sessions as sessions_table
from store.types import utc_now
from store.users import LOCAL_USER
from store.values import Message, SessionKey, User

ROOT = Path(__file__).resolve().parents[2]
ANN, BOB = "ann", "bob"
NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
OWNER = "host/1/abc"
PASSWORD = "correct horse"
TABLES = (users, sessions_table, messages, answer_pieces, profiles, personas, folders, tags)
TABLES += (files_table, message_files, gone_files, results_table)
TABLES += (shares, share_results, provenance, named_texts, sent_texts, usage, usage_times)


@contextmanager
def opened(url: str) -> Iterator[Database]:
    database = Database(url)
    database.open()
    with database.transaction() as db:
        for name in (ANN, BOB):
            db.execute(insert(users).values(id=name, username=name, created_at=NOON))
    yield database
    database.close()


class Free:
    """Allows everything."""

    def add_session(self) -> None:
        pass

    def add_message(self, content: str) -> None:
        pass

    def ask_model(
        self, key: SessionKey, content: str = "", *, answer_id: int | None = None
    ) -> None:
        pass


FREE = Free()


def make(db: Session, user_id: str = ANN, **fields: Any) -> SessionKey:
    """A new session."""
    key = SessionKey(user_id, fields.pop("session_id", "") or uuid4().hex)
    now = fields.pop("now", None)
    sessions.create(db, key, NewSession(**fields), may=FREE, now=now)
    return key


def make_folder(db: Session, folder_id: str, user_id: str = ANN, **said: Any) -> str:
    """A new folder, called as its id unless it is said; its id."""
    new = NewFolder(**{"name": folder_id, **said})
    made, _ = create_folder(db, user_id=user_id, new=new, folder_id=folder_id)
    return made.folder_id


def add_user(database: Database, username: str, *titles: str, role: str = "user") -> User:
    """Somebody with `PASSWORD`, and a chat of each title."""
    cheap = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
    with database.transaction() as db:
        user = people.create(db, username=username, password_hash=cheap, role=role)
    for title in titles:
        write_chat(database, user.id, title)
    return user


def write_chat(database: Database, user_id: str, title: str) -> str:
    """A chat with one exchange; its id."""
    with database.transaction() as db:
        place = make(db, user_id, title=title)
        exchange(db, place, f"About {title}", f"Answer to {title}")
    return place.session_id


def seed(database: Database, *titles: str) -> list[str]:
    """Sessions of the local user with one exchange each, the last one newest; their ids."""
    ids = []
    with database.transaction() as db:
        for at, title in enumerate(titles):
            place = make(db, LOCAL_USER, title=title)
            moment = utc_now() - timedelta(minutes=len(titles) - at)
            exchange(db, place, f"About {title}", f"Answer to {title}", now=moment)
            ids.append(place.session_id)
    return ids


def titles_of(database: Database, user_id: str) -> list[str]:
    """What somebody's chats are called, the newest first."""
    with database.reading() as db:
        return [row.title for row in sessions.recent(db, user_id=user_id)]


def asked(db: Session, place: SessionKey, words: str = "Hi", **more: Any) -> answers.Asked:
    return answers.ask(db, place, content=words, owner=OWNER, may=FREE, **more)


def answered_again(db: Session, place: SessionKey, **more: Any) -> Message:
    """Another version of an answer."""
    return answers.answer_again(db, place, owner=OWNER, may=FREE, **more)[0]


def exchange(
    db: Session, place: SessionKey, words: str = "Hi", reply: str = "Hello", **more: Any
) -> tuple[Message, Message]:
    """A question and its complete answer."""
    pair = asked(db, place, words, **more)
    end(db, place, pair.answer.id, reply)
    return pair.question, pair.answer


def end(db: Session, place: SessionKey, message_id: int, words: str = "Hello", **more: Any) -> bool:
    status = more.pop("status", "complete")
    ending = endings.Ending(status, words, **more)
    return endings.finish(db, place, message_id=message_id, ending=ending)


def works(database: Database) -> bool:
    """Whether it can be written and read."""
    with database.transaction() as db:
        place = make(db)
        exchange(db, place)
    with database.reading() as db:
        found = sessions.get(db, place).message_count == 2
    with database.transaction() as db:
        purge(db, place)
    return found


def add_file(
    db: Session, user_id: str = ANN, name: str = "notes.txt", *, content: str = "", **more: Any
) -> StoredFile:
    """A file whose bytes are nowhere; the same ``content`` is the same file."""
    hashed = sha256((content or name).encode()).hexdigest()
    given = {"kind": "text", "media_type": "text/plain", "size": 10, "details": FileDetails()}
    now = more.pop("now", NOON)
    new = NewFile(name=name, sha256=hashed, **{**given, **more})
    return files.add(db, user_id=user_id, new=new, now=now)[0]


def add_result(
    db: Session, place: SessionKey, message_id: int, title: str = "Prices", **more: Any
) -> Computed:
    """A table with an answer, of bytes that are no table."""
    given: dict[str, Any] = {
        "kind": "table",
        "query": "SELECT 1",
        "about": {},
        "columns": (ColumnInfo("city", "VARCHAR"), ColumnInfo("price", "DOUBLE")),
        "count": 2,
        "total": 3,
        "shown": b"the first",
        "data": b"all of it",
    }
    new = NewComputed(result_id=uuid4().hex, title=title, **{**given, **more})
    return results.save(db, place, message_id=message_id, new=new, now=NOON)


def chain(db: Session, place: SessionKey, count: int) -> None:
    """A long branch, written at once; questions and answers in turn, texts "text <id>"."""
    rows = [
        {
            **asdict(place),
            "id": number,
            "parent_id": number - 1 or None,
            "depth": number,
            "role": "user" if number % 2 else "assistant",
            "content": f"text {number}",
            "created_at": NOON,
        }
        for number in range(1, count + 1)
    ]
    db.execute(insert(messages), rows[:500])
    if len(rows) > 500:
        if db.get_bind().dialect.name == "postgresql":
            db.execute(text("ANALYZE"))  # what autovacuum would do; else keys are checked slowly
        db.execute(insert(messages), rows[500:])
    values = {"next_number": count + 1, "active_leaf_id": count, "message_count": count}
    db.execute(sessions_table.update().where(*session_locks.owned(place)).values(**values))


def everything(db: Session) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of all tables."""
    return {
        table.name: sorted((tuple(row) for row in db.execute(select(table))), key=repr)
        for table in TABLES
    }


@contextmanager
def statements(engine: Engine) -> Iterator[list[str]]:
    """The SQL that the engine runs in the block, without what begins and ends transactions."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, sql: str, *_rest: Any) -> None:
        if not sql.startswith("BEGIN"):
            seen.append(sql)

    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)


@contextmanager
def steps(engine: Engine) -> Iterator[list[int]]:
    """One entry for each instruction that SQLite's own machine carries out in the block."""
    seen: list[int] = []
    connections: list[Any] = []

    def note(connection: Any, *_rest: Any) -> None:
        connections.append(connection.connection.driver_connection)
        connections[-1].set_progress_handler(lambda: seen.append(1), 1)

    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)
    for connection in connections:
        connection.set_progress_handler(None, 1)
