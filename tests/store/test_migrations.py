from __future__ import annotations

import shutil
import zlib
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from store import messages, migrations
from store.database import Database
from store.endings import Received, checkpoint, interrupt
from store.errors import CannotOpen
from store.search_models import BESIDE
from store.tables import metadata
from store.values import SessionKey
from tests.store.child import Child
from tests.store.samples import everything

VALUES: dict[type[Any], Any] = {
    sa.String: "x",
    sa.Integer: 1,
    sa.Float: 0.5,
    sa.Boolean: True,
    sa.DateTime: datetime(2024, 5, 1, tzinfo=UTC),
    sa.Date: date(2024, 5, 1),
    sa.JSON: {"a": 1},
    sa.LargeBinary: zlib.compress(b"x"),
}
COMPARED = {"compare_type": True, "include_name": lambda name, *_about: not is_beside(name)}
GIVEN_UP = {"guest_calls"}
"""Tables that there are no more."""
NEXT = """
import sqlalchemy as sa
from alembic import op

revision = "NEW"
down_revision = "OLD"


def upgrade() -> None:
    op.add_column("sessions", sa.Column("colour", sa.String(9), server_default="red"))
"""


def fill(connection: sa.Connection) -> dict[str, int]:
    """One row in each table that the database has, whatever revision it is at."""
    found = sa.MetaData()
    found.reflect(connection)
    made = {}
    for table in found.sorted_tables:
        if table.name != "alembic_version" and not is_beside(table.name):
            connection.execute(table.insert().values(**row(table)))
            made[table.name] = 1
    return made


def row(table: sa.Table) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for column in table.columns:
        if column.primary_key or column.foreign_keys or not column.nullable:
            kinds = (value for kind, value in VALUES.items() if isinstance(column.type, kind))
            values[column.name] = None if column.name == "parent_id" else next(kinds)
    return values


def counts(connection: sa.Connection) -> dict[str, int]:
    names = sa.inspect(connection).get_table_names()
    return {
        name: connection.scalar(sa.text(f"SELECT count(*) FROM {name}")) or 0
        for name in names
        if "alembic" not in name and not is_beside(name)
    }


def is_beside(name: str | None, *_about: object) -> bool:
    """Whether it hangs on the table of search, of which no model says it."""
    return bool(name) and str(name).startswith(BESIDE)


def schema(connection: sa.Connection) -> dict[str, list[str]]:
    """All that the database says of its tables; also defaults, which Alembic cannot compare."""
    look = sa.inspect(connection)
    parts = {
        "columns": look.get_columns,
        "keys": lambda name: [look.get_pk_constraint(name)],
        "foreign keys": look.get_foreign_keys,
        "indexes": look.get_indexes,
        "unique": look.get_unique_constraints,
    }
    return {
        f"{name}, {part}": sorted(plain(item) for item in read(name))
        for name in look.get_table_names()
        if name != "alembic_version"
        for part, read in parts.items()
    }


def plain(value: Any) -> str:
    if isinstance(value, dict):
        return str({name: plain(inner) for name, inner in value.items()})
    return str(value)


@pytest.fixture
def fresh(new_database_url: str) -> Iterator[Database]:
    """Not opened yet."""
    database = Database(new_database_url)
    yield database
    database.close()


def test_an_empty_database_gets_the_tables_of_the_models(fresh: Database) -> None:
    fresh.open()
    with fresh.engine.begin() as connection:
        assert migrations.current(connection) == migrations.revisions()[-1]
        context = MigrationContext.configure(connection, opts=COMPARED)
        assert compare_metadata(context, metadata) == []
        migrated = schema(connection)
        metadata.drop_all(connection)
        metadata.create_all(connection)
        assert schema(connection) == migrated


def test_what_is_up_to_date_is_left_alone(fresh: Database, new_database_url: str) -> None:
    fresh.open()
    with fresh.engine.begin() as connection:
        made = fill(connection)
    again = Database(new_database_url)
    again.open()
    with again.engine.connect() as connection:
        assert counts(connection) == made
    again.close()


@pytest.mark.parametrize("revision", migrations.revisions())
def test_rows_of_each_revision_are_kept_up_to_the_newest(fresh: Database, revision: str) -> None:
    with fresh.engine.begin() as connection:
        migrations._run(connection, revision)
    with fresh.engine.begin() as connection:
        assert migrations.current(connection) == revision
        made = fill(connection)
    fresh.open()
    with fresh.engine.connect() as connection:
        kept = counts(connection)
    made = {name: count for name, count in made.items() if name not in GIVEN_UP}
    assert {name: kept[name] for name in made} == made
    with fresh.reading() as db:
        everything(db)


@pytest.fixture
def later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of revisions of a next version of Parley, with one more than there is now."""
    copy = tmp_path / "next version"
    shutil.copytree(migrations.HERE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(migrations, "HERE", copy)
    number = f"{int(migrations.revisions()[-1]) + 1:04}"
    source = NEXT.replace("OLD", migrations.revisions()[-1]).replace("NEW", number)
    file = copy / "versions" / f"{number}_next.py"
    file.write_text(source)
    return file


def test_the_next_version_upgrades_what_is_there(
    database: Database, database_url: str, later: Path
) -> None:
    with database.engine.begin() as connection:
        before = counts(connection)
    newer = Database(database_url)
    newer.open()
    with newer.engine.connect() as connection:
        assert counts(connection) == before
        assert "colour" in {c["name"] for c in sa.inspect(connection).get_columns("sessions")}
        assert migrations.current(connection) == later.name[:4]
    newer.close()


def test_a_failing_upgrade_changes_nothing(
    database: Database, database_url: str, later: Path
) -> None:
    later.write_text(later.read_text() + '    op.execute("SELECT nonsense FROM nowhere")\n')
    newer = Database(database_url)
    with pytest.raises(CannotOpen, match="nowhere"):
        newer.open()
    newer.close()
    with database.engine.connect() as connection:
        assert "colour" not in {c["name"] for c in sa.inspect(connection).get_columns("sessions")}
        assert migrations.current(connection) != later.name[:4]


def test_a_database_of_a_newer_version_is_refused_and_left_alone(
    database: Database, database_url: str
) -> None:
    with database.engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    older = Database(database_url)
    with pytest.raises(CannotOpen, match=r"newer Parley .*9999") as refused:
        older.open()
    older.close()
    assert "PARLEY_DATABASE_URL" in refused.value.fix
    with database.engine.connect() as connection:
        assert migrations.current(connection) == "9999"


def test_somebody_elses_tables_are_refused_and_left_alone(fresh: Database) -> None:
    with fresh.engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE sessions (colour TEXT)"))
    with pytest.raises(CannotOpen, match="not Parley's") as refused:
        fresh.open()
    assert "PARLEY_DATABASE_URL" in refused.value.fix
    with fresh.engine.connect() as connection:
        assert sa.inspect(connection).get_table_names() == ["sessions"]


@pytest.mark.process
def test_processes_that_start_together_on_nothing_all_come_up(new_database_url: str) -> None:
    children = [Child("start", new_database_url) for _ in range(2)]
    for child in children:
        child.expect("ready")
    for child in children:
        child.go_on()
    assert [child.end() for child in children] == ["", ""]
    database = Database(new_database_url)
    database.open()
    with database.engine.connect() as connection:
        made = {name: count for name, count in counts(connection).items() if count}
        assert made.pop("search_texts")
        assert made == {"users": 1, "sessions": 2, "messages": 4, "usage": 1}
    database.close()


def test_an_answer_that_is_being_written_goes_on_where_it_was(fresh: Database) -> None:
    """Its text is in its row alone; what comes after the upgrade follows it."""
    with fresh.engine.begin() as connection:
        migrations._run(connection, "0006")
    with fresh.engine.begin() as connection:
        fill(connection)
        connection.execute(sa.text("UPDATE messages SET content = 'Half ', status = 'streaming'"))
    fresh.open()
    with fresh.transaction() as db:
        key, id_ = SessionKey("x", "x"), 1
        assert checkpoint(db, [Received(key, id_, "of it", start=5)]) == []
        assert messages.get(db, key, message_id=id_).content == "Half of it"
        interrupt(db, is_gone=lambda _: True)
        assert messages.get(db, key, message_id=id_).content == "Half of it"
