"""Many rows of a table at once. The caller owns the transaction."""

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Float, Insert, Table, TextClause, insert, text
from sqlmodel import Session


def add(db: Session, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Rows that all have the same columns; for this package only.

    On SQLite they are one statement: between two, other threads have their turn, and the database
    waits until they give it back.
    """
    connection, names = db.connection(), tuple(rows[0])
    is_exact = not any(isinstance(table.c[name].type, Float) for name in names)
    if connection.dialect.name != "sqlite" or not is_exact:  # in JSON, SQLite reads them less so
        connection.execute(_each(table), rows)
        return
    given = [[row[name] for name in names] for row in rows]
    for at, name in enumerate(names):
        if kept := _kept_as(connection, table, name):
            for values in given:
                values[at] = kept(values[at])
    whole = json.dumps(given, ensure_ascii=False)
    connection.execute(_all(table, names), {"rows": whole})


def _kept_as(connection: Connection, table: Table, name: str) -> Any:
    """What makes of a value what the column keeps; None where that is the value itself."""
    dialect = connection.dialect
    return table.c[name].type.dialect_impl(dialect).bind_processor(dialect)


@lru_cache
def _each(table: Table) -> Insert:
    return insert(table)


@lru_cache
def _all(table: Table, names: tuple[str, ...]) -> TextClause:
    values = ", ".join(f"json_extract(value, '$[{at}]')" for at in range(len(names)))
    columns = ", ".join(names)
    return text(f"INSERT INTO {table.name} ({columns}) SELECT {values} FROM json_each(:rows)")
