"""A DuckDB file that the tables of one attached file are put into, with little memory.

Only in a child process: DuckDB is large, and what it reads is hostile.
"""

from __future__ import annotations

import glob
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from chat.files import names
from chat.files.refusals import Unreadable
from store.file_values import ColumnInfo, TableInfo

if TYPE_CHECKING:
    import duckdb

COLUMNS_MAX, TABLES_MAX, ROWS_MAX = 1_000, 50, 10_000_000
SAMPLE_ROWS, CELL_SHOWN = 5, 200
SHOWN_ROWS, FIRST = 1_000, "first-{}.parquet"
"""So many rows of each table are shown, by its place among those of its file."""
SHOWN_CELLS, SHOWN_CHARS, SHOWN_CELL = 50_000, 1_000_000, 2_000
"""Fewer where they are wide or long."""
MEMORY, MORE_MEMORY = "96MB", "512MB"
"""What nearly all need, and what tables with hundreds of columns do."""
_KEPT = {"BOOLEAN", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT"}
_KEPT |= {"UINTEGER", "UBIGINT", "FLOAT", "DOUBLE", "VARCHAR", "DATE", "TIME", "TIMESTAMP"}
_KEPT.add("DECIMAL")
_AS = {"HUGEINT": "DOUBLE", "UHUGEINT": "DOUBLE", "TIMESTAMP_S": "TIMESTAMP"}
_AS |= {"TIMESTAMP_MS": "TIMESTAMP", "TIMESTAMP_NS": "TIMESTAMP"}
_AS["TIMESTAMP WITH TIME ZONE"] = "TIMESTAMP"  # in UTC


@contextmanager
def opened(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A new file, whole on the disk at the end; what it needs besides lies beside it."""
    import duckdb

    config: dict[str, str | bool | int | float | list[str]] = {
        "threads": 1,
        "memory_limit": MEMORY,
        "temp_directory": str(path.with_suffix(".spill")),
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    with duckdb.connect(str(path), config=config) as db:
        yield db
        db.execute("CHECKPOINT")


def quoted(name: str) -> str:
    """A name as SQL has it."""
    return '"' + name.replace('"', '""') + '"'


def one_path(path: Path) -> str:
    """A path that DuckDB takes for itself and not for a pattern."""
    return glob.escape(str(path))


def make(
    db: duckdb.DuckDBPyConnection, name: str, source: str, given: Sequence[object] = ()
) -> TableInfo:
    """A table of what a ``source`` (of a FROM) brings; raises `Unreadable` and DuckDB's errors.

    Columns get names that are safe, and types that whoever reads them knows.
    """
    found = db.execute(f"SELECT * FROM {source} LIMIT 0", given).description or []
    if len(found) > COLUMNS_MAX:
        said = f"The table has {len(found):,} columns."
        raise Unreadable(said, f"Up to {COLUMNS_MAX:,} can be read; leave some out.")
    wanted = names.unique((one[0] for one in found), "column")
    columns = [
        f"{_as_kept(quoted(str(one[0])), str(one[1]))} AS {quoted(name)}"
        for one, name in zip(found, wanted, strict=True)
    ]
    made = f"CREATE OR REPLACE TABLE {quoted(name)} AS SELECT {', '.join(columns)} FROM {source}"
    try:
        db.execute(f"{made} LIMIT {ROWS_MAX + 1}", given)
    except _out_of_memory():
        db.execute(f"SET memory_limit='{MORE_MEMORY}'")
        db.execute(f"{made} LIMIT {ROWS_MAX + 1}", given)
    return known(db, name)


def known(db: duckdb.DuckDBPyConnection, name: str) -> TableInfo:
    """What is to be said of a table that was made."""
    (rows,) = db.execute(f"SELECT count(*) FROM {quoted(name)}").fetchone() or (0,)
    if rows > ROWS_MAX:
        raise Unreadable(
            f"The table has more than {ROWS_MAX:,} rows.", "Split it, or leave some out."
        )
    described = db.execute(f"SELECT * FROM {quoted(name)} LIMIT 0").description or []
    columns = tuple(ColumnInfo(str(one[0]), str(one[1])) for one in described)
    shown = f"left(CAST(COLUMNS(*) AS VARCHAR), {CELL_SHOWN})"
    first = db.execute(f"SELECT {shown} FROM {quoted(name)} LIMIT {SAMPLE_ROWS}")
    return TableInfo(name, columns, rows, tuple(map(tuple, first.fetchall())))


def _out_of_memory() -> type[Exception]:
    import duckdb

    return duckdb.OutOfMemoryException


def _as_kept(column: str, kind: str) -> str:
    """Lists and records as JSON, and bytes as how many they are: each can be read everywhere."""
    plain = kind.partition("(")[0]
    if kind.endswith("]") or plain in ("STRUCT", "MAP", "UNION"):
        return f"CAST(to_json({column}) AS VARCHAR)"
    if plain == "BLOB":
        return f"'(' || octet_length({column}) || ' bytes)'"
    if plain in _KEPT:
        return column
    return f"TRY_CAST({column} AS {_AS.get(plain, 'VARCHAR')})"


def write_first_rows(path: Path, made: Sequence[TableInfo], folder: Path) -> None:
    """What is shown of each table, as Parquet; the file with the tables is not open now."""
    import duckdb

    with duckdb.connect(str(path), read_only=True, config={"threads": 1}) as db:
        for at, table in enumerate(made):
            rows = f"({_shown(table)} LIMIT {_shown_rows(db, table)})"
            db.execute(f"COPY {rows} TO '{literal(folder / FIRST.format(at))}' (FORMAT parquet)")


def _shown(table: TableInfo) -> str:
    """A query of a table whose texts are cut: pages send them with each run."""
    columns = (
        f"left({name}, {SHOWN_CELL}) AS {name}" if one.type == "VARCHAR" else name
        for one in table.columns
        for name in [quoted(one.name)]
    )
    return f"SELECT {', '.join(columns)} FROM {quoted(table.name)}"


def _shown_rows(db: duckdb.DuckDBPyConnection, table: TableInfo) -> int:
    """How many of the first have no more cells and characters than a page takes; at least one."""
    texts = [quoted(one.name) for one in table.columns if one.type == "VARCHAR"]
    length = " + ".join(f"coalesce(length({name}), 0)" for name in texts) or "0"
    most = max(1, min(SHOWN_ROWS, SHOWN_CELLS // len(table.columns)))
    while most > 1:
        first = f"FROM ({_shown(table)} LIMIT {most})"
        (chars,) = db.execute(f"SELECT sum({length}) {first}").fetchone() or (0,)
        if (chars or 0) <= SHOWN_CHARS:
            break
        most //= 2
    return most


def literal(path: Path) -> str:
    """A path inside the quotes of SQL."""
    return str(path).replace("'", "''")
