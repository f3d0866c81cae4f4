"""Tables of a chat, as the reader of files leaves them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from chat.data.sandbox import TableSource
from chat.data.tables import LIMITS
from chat.data.words import quoted
from chat.work.pool import Pool
from store.file_values import ColumnInfo, FileDetails, StoredFile, TableInfo
from store.values import SessionKey
from tests.chat.conftest import USER, Room
from tests.store.samples import add_file

CITIES = "SELECT i, 'city ' || i % 5 AS city, (i * 0.5)::DOUBLE AS price FROM range(1, 1001) r(i)"
ODD = 'SELECT i AS "a.b", i AS "price [€]", i AS "say ""hi""", i AS "select" FROM range(3) r(i)'

Shelf = Callable[..., list[TableSource]]


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    """Makes a file of these tables, each under its name."""
    return _shelf(tmp_path)


def _shelf(folder: Path) -> Shelf:
    def make(**tables: str) -> list[TableSource]:
        path = folder / f"{len(list(folder.iterdir()))}.duckdb"
        with duckdb.connect(str(path)) as database:
            for name, query in tables.items():
                database.execute(f"CREATE TABLE {quoted(name)} AS {query}")
        return [TableSource(str(path), name, name) for name in tables]

    return make


class SharedPool(Pool):
    """Goes on when one of the rooms that use it is closed."""

    def close(self) -> None:
        pass


class Desk:
    """A room in which an analyst answers about files whose tables lie in ``paths``."""

    key = SessionKey(USER, "desk")

    def __init__(self, room: Room, shelf: Shelf, pool: Pool) -> None:
        self.room, self.shelf = room, shelf
        self.paths: dict[str, Path] = {}
        room.create("desk", persona="analyst")
        self.data = room.parts.data
        where = lambda file: self.paths.get(file.file_id)  # noqa: E731
        object.__setattr__(self.data, "tables_of", where)
        object.__setattr__(self.data, "made_anew", lambda _: None)
        object.__setattr__(self.data, "work", pool)

    def add(self, name: str, **tables: str) -> StoredFile:
        """A file with these tables."""
        sources = self.shelf(**tables)
        with duckdb.connect(sources[0].path, read_only=True) as database:
            infos = tuple(_info(database, one.table) for one in sources)
        details = FileDetails(tables=infos)
        with self.room.database.transaction() as db:
            file = add_file(db, USER, name, content=sources[0].path, details=details)
        self.paths[file.file_id] = Path(sources[0].path)
        return file

    def ask(self, text: str, *files: StoredFile, **more: Any) -> Any:
        """The stored answer, and what its viewers were told."""
        ids = [one.file_id for one in files]
        asked = self.room.send(text, session_id="desk", file_ids=ids, **more)
        watched = self.room.watch(asked.answer.id, "desk")
        return self.room.row(asked.answer.id, "desk"), watched


def _info(database: duckdb.DuckDBPyConnection, name: str) -> TableInfo:
    found = database.execute(f"SELECT * FROM {quoted(name)}")
    columns = tuple(ColumnInfo(str(one[0]), str(one[1])) for one in found.description or [])
    return TableInfo(name, columns, len(found.fetchall()))


@pytest.fixture(scope="package")
def queries() -> Iterator[Pool]:
    """Its processes load DuckDB once, not for each room."""
    pool = SharedPool(LIMITS)
    yield pool
    Pool.close(pool)


@pytest.fixture
def desk(room: Room, shelf: Shelf, queries: Pool) -> Desk:
    return Desk(room, shelf, queries)


@pytest.fixture(scope="session")
def cities(tmp_path_factory: pytest.TempPathFactory) -> list[TableSource]:
    """Nobody changes it."""
    return _shelf(tmp_path_factory.mktemp("cities"))(cities=CITIES)
