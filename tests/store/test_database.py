"""Opening a database, and what is refused."""

from __future__ import annotations

import traceback
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from store.database import Database
from store.errors import CannotOpen
from store.tables import users
from store.users import LOCAL_USER, ensure_local
from tests.store.samples import everything, exchange, make, opened, works

SECRET = "s3cret-p4ss"


def refused(url: str) -> CannotOpen:
    def start() -> None:
        with closing(Database(url)) as database:
            database.open()

    with pytest.raises(CannotOpen) as caught:
        start()
    assert "PARLEY_DATABASE_URL" in caught.value.fix
    return caught.value


def test_a_new_database_is_made_with_its_folders(tmp_path: Path) -> None:
    file = tmp_path / "a b%20" / "ü?#&" / "parley.db"
    with opened(f"sqlite:///{str(file).replace('?', '%3F')}") as database:
        assert works(database)
        assert Path(database.label).exists()
    assert list(tmp_path.rglob("parley.db"))


def test_sqlite_is_set_up_to_lose_nothing(sqlite: Database) -> None:
    with sqlite.reading() as db:
        found = {
            name: db.scalar(text(f"PRAGMA {name}"))
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert found == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "busy_timeout": 5000,
    }


def test_what_was_stored_is_there_after_a_restart(database: Database, database_url: str) -> None:
    with database.transaction() as db:
        exchange(db, make(db, title="Kept"))
        before = everything(db)
    database.close()
    again = Database(database_url)
    again.open()
    with again.reading() as db:
        assert everything(db) == before
    again.close()


def test_the_local_user_is_made_once(database: Database) -> None:
    for _ in range(2):
        with database.transaction() as db:
            ensure_local(db)
    with database.transaction() as db:
        assert make(db, user_id=LOCAL_USER)
        names = [row.username for row in db.execute(users.select())]
    assert sorted(names) == ["ann", "bob", LOCAL_USER]


def test_a_session_of_nobody_is_a_mistake_of_the_caller(database: Database) -> None:
    with pytest.raises(IntegrityError), database.transaction() as db:
        make(db, user_id="nobody")
    assert works(database)


def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "letter.txt"
    file.write_text("Dear reader, " * 100)
    assert "not a database" in refused(f"sqlite:///{file}").message
    assert file.read_text() == "Dear reader, " * 100


def test_a_folder_in_the_place_of_the_file_is_refused(tmp_path: Path) -> None:
    assert str(tmp_path) in refused(f"sqlite:///{tmp_path}").message


def test_a_file_in_the_place_of_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    refused(f"sqlite:///{tmp_path / 'file' / 'parley.db'}")
    refused(f"sqlite:///{tmp_path / 'file' / 'deeper' / 'parley.db'}")


def test_a_server_that_is_not_there_is_refused(free_port: int) -> None:
    error = refused(f"postgresql://me:{SECRET}@127.0.0.1:{free_port}/parley")
    assert "127.0.0.1" in error.message
    assert "server" in error.fix


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://me:{SECRET}@127.0.0.1:1/parley",
        f"postgresql://me:{SECRET}/x@127.0.0.1:1/parley",
        f"postgresql://127.0.0.1:1/parley?user=me&password={SECRET}",
        f"postgresql://127.0.0.1:1/parley?user=me&sslpassword={SECRET}",
    ],
)
def test_no_label_and_no_error_has_a_password(url: str) -> None:
    assert Database(url).label.startswith("postgresql://")
    assert SECRET not in Database(url).label
    assert SECRET not in "".join(traceback.format_exception(refused(url)))


@pytest.mark.parametrize(
    "url",
    [
        "",
        "parley.db",
        SECRET,
        f"postgresql://me@127.0.0.1:{SECRET}/parley",
        f"mysql://me:{SECRET}@127.0.0.1/parley",
    ],
)
def test_an_address_that_is_none_is_refused_without_repeating_it(url: str) -> None:
    error = refused(url)
    assert SECRET not in str(error)
    assert error.__cause__ is None
    assert error.__context__ is None
