"""Turns of one process on a real database, asked over real HTTP and watched by their events."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event as happening

from chat.config import Settings
from chat.events import Done, Event, Token
from chat.personas.file import Persona, Personas
from chat.runtime import put_together
from chat.turns.service import Turns
from chat.turns.viewer import Viewer
from store import messages, sessions
from store.database import Database
from store.session_values import ChatSession, NewSession
from store.types import utc_now
from store.users import LOCAL_USER
from store.values import OPEN, Message, SessionKey
from tests.model_script import Script, Step
from tests.scripted_model import ScriptedModel
from tests.store.samples import FREE
from tests.waiting import until

USER = LOCAL_USER
SESSION = "s"
WATCH_SECONDS = 20.0
ICON = ":material/forum:"
PERSONAS = Personas(
    [
        Persona("Plain", ICON, "-", "Hello.", (), "You are plain.", id="plain"),
        Persona("Pirate", ICON, "-", "Ahoy.", (), "You are a pirate.", id="pirate"),
        Persona(
            "Clerk",
            ICON,
            "-",
            "Yes?",
            (),
            "You are a clerk.",
            ("current_time", "calculate", "search_chats", "gone"),
            "clerk-model",
            {"temperature": 0.25, "top_p": 0.5},
            id="clerk",
        ),
        Persona(
            "Open",
            ICON,
            "-",
            "Yes?",
            (),
            "You reach out.",
            ("search_chats", "analyze_profile", "mcp:*"),
            id="open",
        ),
        Persona(
            "Analyst",
            ICON,
            "-",
            "Yes?",
            (),
            "You compute.",
            ("query_table", "draw_chart"),
            id="analyst",
        ),
    ]
)


@dataclass(frozen=True)
class Watched:
    """All that a viewer got until an answer had ended; ``text`` with what it began with."""

    text: str
    events: list[Event]
    status: str


def watch(
    turns: Turns, message_id: int, *, session_id: str = SESSION, user_id: str = USER
) -> Watched:
    """Attach and read to the end; again where the answer left the queue meanwhile."""
    key = SessionKey(user_id, session_id)
    deadline = time.monotonic() + WATCH_SECONDS
    events: list[Event] = []
    while True:
        viewer = turns.attach(key, message_id)
        text = viewer.prefix
        status = ""
        while not status:
            assert time.monotonic() < deadline, _state(turns, viewer, key, message_id)
            for event in viewer.read(0.2):
                assert not status, "nothing may come after Done"
                events.append(event)
                text += event.content if isinstance(event, Token) else ""
                status = event.status if isinstance(event, Done) else ""
        if status not in OPEN:
            return Watched(text, events, status)


def _state(turns: Turns, viewer: Viewer, key: SessionKey, message_id: int) -> str:
    """Where an answer stands that does not end."""
    with turns.database.reading() as db:
        row = messages.get(db, key, message_id=message_id)
    turn = turns.runner.find(key, message_id)
    log = turn and turn.log.after(0)
    return f"{type(viewer).__name__} stored={row.status} {row.content[-80:]!r} log={log}"


def read_until(viewer: Viewer, condition: Callable[[Event], bool]) -> list[Event]:
    """What the viewer gives, up to an event for which the condition holds."""
    events: list[Event] = []

    def found() -> bool:
        new = viewer.read(0.2)
        events.extend(new)
        return any(condition(event) for event in new)

    until(found, WATCH_SECONDS)
    return events


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Another program writes into the database and does not come to an end."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")


@contextmanager
def counted(database: Database) -> Iterator[dict[str, int]]:
    """Commits, updates of messages, reads, and this thread's ``own`` ones, while the block runs."""
    seen = {"commits": 0, "updates": 0, "reads": 0, "own": 0}
    mine = threading.get_ident()

    def commit(_connection: object) -> None:
        seen["commits"] += 1

    def execute(_c: object, _u: object, statement: str, *_more: object) -> None:
        seen["updates"] += statement.startswith("UPDATE messages")
        seen["reads"] += statement.startswith("SELECT")
        seen["own"] += statement.startswith("SELECT") and threading.get_ident() == mine

    happening.listen(database.engine, "commit", commit)
    happening.listen(database.engine, "before_cursor_execute", execute)
    try:
        yield seen
    finally:
        happening.remove(database.engine, "commit", commit)
        happening.remove(database.engine, "before_cursor_execute", execute)


class Room:
    """One process's turns with a session of a user, and the questions that tests have for them."""

    def __init__(self, settings: Settings, model: ScriptedModel, now: Any = utc_now) -> None:
        self.model = model
        self.settings = settings
        self.parts = put_together(settings, built_in=PERSONAS, now=now)
        self.database = self.parts.database
        self.turns = self.parts.turns
        self.create(SESSION)
        self.parts.start()

    @property
    def path(self) -> Path:
        """The database file."""
        assert self.database.path
        return self.database.path

    def close(self) -> None:
        self.parts.close()

    def create(self, session_id: str, **fields: Any) -> None:
        with self.database.transaction() as db:
            key = SessionKey(USER, session_id)
            sessions.create(db, key, NewSession(**fields), may=FREE)

    def send(
        self, content: str = "hi", *steps: Step, session_id: str = SESSION, **more: Any
    ) -> Any:
        """Send; with steps, those are what the model does next."""
        if steps:
            self.model.queue(Script(steps))
        return self.turns.send(SessionKey(USER, session_id), content, **more)

    def again(self, message_id: int, *steps: Step, continued: bool = False) -> Message:
        """Another version; with steps, those are what the model does next."""
        if steps:
            self.model.queue(Script(steps))
        return self.turns.answer_again(SessionKey(USER, SESSION), message_id, continued=continued)

    def stop(self, session_id: str = SESSION) -> None:
        self.turns.stop(SessionKey(USER, session_id))

    def watch(self, message_id: int, session_id: str = SESSION) -> Watched:
        return watch(self.turns, message_id, session_id=session_id)

    def row(self, message_id: int, session_id: str = SESSION) -> Message:
        with self.database.reading() as db:
            return messages.get(db, SessionKey(USER, session_id), message_id=message_id)

    def session(self, session_id: str = SESSION) -> ChatSession:
        with self.database.reading() as db:
            return sessions.get(db, SessionKey(USER, session_id))

    def branch(self, session_id: str = SESSION) -> list[Message]:
        """The branch on screen, whole."""
        leaf = self.session(session_id).active_leaf_id
        place = SessionKey(USER, session_id)
        with self.database.reading() as db:
            return messages.window(db, place, leaf_id=leaf, limit=100_000)

    def ended(self, message_id: int, session_id: str = SESSION) -> Message:
        """The stored answer, once it is neither waiting nor being written."""

        def closed() -> Message | None:
            row = self.row(message_id, session_id)
            return None if row.is_open else row

        return until(closed) or self.row(message_id)

    def stored(self, message_id: int, content: str, session_id: str = SESSION) -> Message:
        """The row of an answer, once it has this text."""
        until(lambda: self.row(message_id, session_id).content == content)
        return self.row(message_id, session_id)


def asked_of(model: ScriptedModel) -> list[list[str]]:
    """The texts of each request, without system prompts."""
    return [
        [message["content"] for message in record.body["messages"] if message["role"] != "system"]
        for record in model.requests
    ]


def numbers(start: int, end: int | None = None) -> str:
    """What `numbered` sends."""
    return "".join(f"w{n} " for n in (range(start) if end is None else range(start, end)))


Rooms = Callable[..., Room]


@pytest.fixture
def rooms_url(sqlite_url: str) -> str:
    """The database of all rooms of a test; modules that run on each dialect have their own."""
    return sqlite_url


@pytest.fixture
def rooms(rooms_url: str, model: ScriptedModel) -> Iterator[Rooms]:
    """Makes rooms with settings of their own, all on one database, and closes them."""
    with ExitStack() as opened:

        def make(*, now: Callable[[], datetime] = utc_now, **changes: Any) -> Room:
            values = {
                "database_url": rooms_url,
                "openai_base_url": model.base_url,
                "model": "scripted-1",
                "find_local_servers": False,
            }
            room = Room(Settings(**{**values, **changes}), model, now)
            opened.callback(room.close)
            return room

        yield make


@pytest.fixture
def room(rooms: Rooms) -> Room:
    """The usual one."""
    return rooms()
