"""Tables of a chat, as the reader of files leaves them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from chat.data.sandbox import Source
from chat.data.words import quoted

CITIES = "SELECT i, 'city ' || i % 5 AS city, i * 0.5 AS price FROM range(1, 1001) r(i)"
ODD = 'SELECT i AS "a.b", i AS "price [€]", i AS "say ""hi""", i AS "select" FROM range(3) r(i)'

Shelf = Callable[..., list[Source]]


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    """Makes a file of these tables, each under its name."""

    def make(**tables: str) -> list[Source]:
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.duckdb"
        with duckdb.connect(str(path)) as database:
            for name, query in tables.items():
                database.execute(f"CREATE TABLE {quoted(name)} AS {query}")
        return [Source(str(path), name, name) for name in tables]

    return make


@pytest.fixture
def cities(shelf: Shelf) -> list[Source]:
    return shelf(cities=CITIES)
