"""Files read as a child process reads them, but here; and kept, with a real child process."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chat.config import Settings
from chat.files import reading
from chat.files.files import LIMITS, Files
from chat.files.reading import Made
from chat.limits.spending import Limits
from chat.work.pool import Pool
from store import users
from store.database import Database
from store.file_values import StoredFile
from store.users import LOCAL_USER

Read = Callable[..., Made]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where what is made of it lies."""
    made = tmp_path / "made"
    made.mkdir()
    return made


@pytest.fixture
def read(tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Read:
    """What is made of these bytes with this name; the limit of a child's files is left out."""
    monkeypatch.setattr("resource.setrlimit", lambda *_: None)

    def reading_of(data: bytes | str, name: str = "file") -> Made:
        file = tmp_path / "bytes"
        file.write_bytes(data.encode() if isinstance(data, str) else data)
        return reading.read(str(file), name, str(folder))

    return reading_of


@pytest.fixture(scope="package")
def work() -> Iterator[Pool]:
    """Its processes start once."""
    pool = Pool(LIMITS)
    yield pool
    pool.close()


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    opened = Database(settings.database_url)
    opened.open()
    with opened.transaction() as db:
        users.ensure_local(db)
    yield opened
    opened.close()


@pytest.fixture
def kept(settings: Settings, database: Database, work: Pool) -> Files:
    return Files(settings, database, Limits(settings, database), work=work)


def with_settings(kept: Files, **changes: object) -> Files:
    """The same files in a process with other settings."""
    settings = Settings(**{**kept.settings.model_dump(), **changes})  # type: ignore[arg-type]
    return Files(settings, kept.database, Limits(settings, kept.database), work=kept.work)


def someone(database: Database, name: str = "other", role: str = "user") -> str:
    with database.transaction() as db:
        return users.create(db, username=name, role=role).id


def add(kept: Files, data: bytes, name: str = "a.txt", user_id: str = LOCAL_USER) -> StoredFile:
    return kept.add(user_id, io.BytesIO(data), name)[0]


def there(kept: Files) -> list[str]:
    """All that lies there, but folders."""
    path = kept.folder.path
    return sorted(str(one.relative_to(path)) for one in path.rglob("*") if one.is_file())
