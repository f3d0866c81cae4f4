"""What a database says of itself, on both engines."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import text

from store import facts, sessions
from store.database import Database
from store.migrations import revisions
from store.session_values import NewSession
from store.values import SessionKey
from tests.store.samples import ANN, BOB, FREE


def test_what_it_is(database: Database) -> None:
    with database.reading() as db:
        found = facts.read(db, file=database.path)
    assert found.kind.split()[0] == ("SQLite" if database.path else "PostgreSQL")
    assert found.kind.split()[1][0].isdigit()
    assert found.revision == revisions()[-1]


def test_its_size_grows_with_what_is_in_it(database: Database) -> None:
    with database.reading() as db:
        before = facts.read(db, file=database.path).size
    with database.transaction() as db:
        db.execute(text("INSERT INTO kept VALUES ('large', :value)"), {"value": "ä-x" * 400_000})
    with database.reading() as db:
        after = facts.read(db, file=database.path).size
    assert before > 10_000
    # PostgreSQL packs what repeats.
    assert after > before + (1_000_000 if database.path else 0)


def test_rows_are_counted(database: Database) -> None:
    with database.transaction() as db:
        sessions.create(db, SessionKey.new(ANN), NewSession(title="One"), may=FREE)
        sessions.create(db, SessionKey.new(BOB), NewSession(title="Two"), may=FREE)
    with database.reading() as db:
        found = facts.rows(db)
    assert (found["users"], found["sessions"], found["messages"]) == (2, 2, 0)


def test_a_whole_database_is_not_damaged(database: Database) -> None:
    with database.reading() as db:
        assert facts.damage(db, file=database.path) == []


def test_a_damaged_file_is_found(sqlite: Database) -> None:
    file = sqlite.path
    assert file
    with sqlite.transaction() as db:
        db.execute(text("CREATE TABLE many (one TEXT)"))
        db.execute(text("INSERT INTO many VALUES (:one)"), [{"one": "x" * 4_000}] * 50)
    sqlite.close()
    overwrite(file)
    with sqlite.reading() as db:
        found = facts.damage(db, file=file)
    assert 1 <= len(found) <= facts.PROBLEMS


def overwrite(file: Path) -> None:
    """A page in the last part, which are the table's."""
    with file.open("r+b") as body:
        body.seek(-20 * 4096, 2)
        body.write(b"\xff" * 4096)
