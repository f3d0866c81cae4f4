"""A server behind a login and one for guests, on one database, and people who come to them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from chat.config import Settings
from store import files, folders, sessions
from store.answers import ask
from store.database import Database
from store.endings import Ending, finish
from store.file_folder import FileFolder
from store.file_values import NewFile
from store.folders import NewFolder
from store.session_values import NewSession
from store.values import SessionKey
from tests.doors.people import ANN, SECRET_TITLE, People
from tests.processes import Server
from tests.store.samples import FREE

SECRET_TEXT = "Nobody else may read this."
FOLDER_ID, FILE_ID, FILE = "hers", "hers", SECRET_TEXT.encode()
FILE_HASH = hashlib.sha256(FILE).hexdigest()
METRICS_TOKEN = "metrics-token-of-the-tests"
QUICK = {"PARLEY_OFFLINE_TOKENS_PER_SECOND": "10000"}


@pytest.fixture(scope="package")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("doors")


@pytest.fixture(scope="package")
def server(folder: Path) -> Iterator[Server]:
    """Parley with passwords."""
    with Server(folder, {"PARLEY_AUTH": "password", **QUICK}) as server:
        yield server


@pytest.fixture(scope="package")
def guest_server(folder: Path, server: Server) -> Iterator[Server]:
    """Parley for guests, on the same database."""
    place = folder / "guests"
    place.mkdir()
    environment = {
        "PARLEY_AUTH": "guest",
        "PARLEY_DATABASE_URL": url(server),
        "PARLEY_GUEST_ADDRESS_MESSAGES_PER_HOUR": "1000",
        "PARLEY_METRICS_TOKEN": METRICS_TOKEN,
        **QUICK,
    }
    with Server(place, environment) as guests:
        yield guests


@pytest.fixture(scope="package")
def database(server: Server) -> Iterator[Database]:
    database = Database(url(server))
    database.open()
    yield database
    database.close()


@pytest.fixture(scope="package")
def people(server: Server, database: Database) -> People:
    return People(Settings(database_url=url(server), auth="password"), database)


@pytest.fixture
def hers(people: People, database: Database) -> str:
    """A session of Ann's with a question and an answer."""
    return new_session(database, people.users[ANN].id)


def url(server: Server) -> str:
    """Of the server's database."""
    return f"sqlite:///{server.folder / 'data' / 'parley.db'}"


def new_session(database: Database, user_id: str) -> str:
    """A session with messages 1 (question) and 2 (answer), in a folder; and there is a file."""
    key = SessionKey.new(user_id)
    with database.transaction() as db:
        folders.create(db, user_id=user_id, new=NewFolder(SECRET_TITLE), folder_id=FOLDER_ID)
        new_file = NewFile(SECRET_TITLE, "text", "text/plain", len(FILE), FILE_HASH)
        stored, _ = files.add(db, user_id=user_id, new=new_file)
        named = {"new": FILE_ID, "old": stored.file_id}
        db.execute(text("UPDATE files SET file_id = :new WHERE file_id = :old"), named)
        new = NewSession(title=SECRET_TITLE, folder=FOLDER_ID, tags=[SECRET_TITLE])
        sessions.create(db, key, new, may=FREE)
        ask(db, key, content=SECRET_TEXT, owner="test", may=FREE)
        finish(db, key, message_id=2, ending=Ending("complete", SECRET_TEXT))
    assert database.path
    folder = FileFolder(database.path.parent / "files")
    coming = folder.new()
    (coming / "bytes").write_bytes(FILE)
    folder.keep(coming, FILE_HASH)
    return key.session_id
