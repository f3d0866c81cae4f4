"""One query, in a child process: nothing is within reach but the tables that it is given.

What may be asked is told from the statement as DuckDB itself reads it (`chat.data.statement`);
besides, the database has no way to files, network and extensions, cannot be set otherwise, and has
limits of time and memory below those that end the process.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from chat.data import differences, points, showable, statement
from chat.data.found import Cell, DamagedFiles, QueryResult, Rerun
from chat.data.values import ChartSpec
from chat.data.words import quoted
from chat.errors import ToolError

if TYPE_CHECKING:
    import duckdb

SECONDS = 10.0
MEMORY = "500MB"
COUNTED = 50_000_000
"""More rows than this are not even counted."""
TOO_LONG = "The query took too long and was ended."
NOT_RUN = "The query could not be run."
TOO_LARGE = "The query needs more memory than it may have."
TOO_MANY = f"The query gives more than {COUNTED:,} rows."
LESS = "Join on columns that match, filter first, and aggregate."
MESSAGE_CHARS = 600
_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "threads": 1,
    "memory_limit": MEMORY,
    "temp_directory": "",
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "allow_community_extensions": False,
    "python_enable_replacements": False,
}
_LOCKED = (
    "SET enable_progress_bar=false",
    "SET TimeZone='UTC'",
    "SET secret_directory=''",
    "SET max_expression_depth=250",
    "SET max_execution_time={seconds}",
    "SET enable_external_access=false",
    "SET lock_configuration=true",
)


@dataclass(frozen=True, slots=True)
class TableSource:
    """A table of a ``file``, and what it is called in queries.

    Without a path it cannot be read, which is said to whoever asks for it.
    """

    path: str
    table: str
    name: str
    file: str = ""


class _Damaged(ToolError):
    """These cannot be read as they are."""

    said = "A table of this chat cannot be read any more.", "Attach its file again."

    def __init__(self, paths: Sequence[str]) -> None:
        super().__init__()
        self.files = DamagedFiles(tuple(paths))


def run(
    sql: str, sources: list[TableSource], profiles: str, seconds: float = SECONDS
) -> QueryResult:
    """What a query gives; ``profiles`` are analysis results as JSON, empty: there are none.

    Raises `ToolError`, which the model is told.
    """
    with _opened(sources, profiles, seconds) as (database, names):
        return _asked(database, sql, names, sources)


def ask(sources: list[TableSource], sql: str, profiles: str) -> QueryResult | DamagedFiles:
    """The same, or the files of which it is found that they are damaged."""
    try:
        return run(sql, sources, profiles)
    except _Damaged as found:
        return found.files


def again(
    sources: list[TableSource], before: bytes, sql: str, profiles: str
) -> Rerun | DamagedFiles:
    """The same, and what is otherwise than in the rows that were kept ``before``, as Parquet."""
    found = ask(sources, sql, profiles)
    if isinstance(found, DamagedFiles):
        return found
    return Rerun(found, differences.between(before, found.data))


def rows(data: bytes) -> tuple[tuple[Cell, ...], ...]:
    """Kept rows, as JSON has them."""
    return showable.rows_of(data)


def drawn(data: bytes, chart: ChartSpec) -> QueryResult:
    """The rows that a chart of kept rows draws; raises `ToolError`."""
    return points.of(data, chart)


@contextmanager
def _opened(
    sources: Sequence[TableSource], profiles: str, seconds: float
) -> Iterator[tuple[duckdb.DuckDBPyConnection, set[str]]]:
    """A database that has these as views, and changes no more; their names in small letters."""
    import duckdb

    with duckdb.connect(":memory:", config=_CONFIG) as database:
        _attach(database, sources)
        names = {one.name.lower() for one in sources if one.path}
        if profiles:
            from chat.data import profile_tables  # which takes its time, and is seldom needed

            taken = {one.name.lower() for one in sources}
            profile_tables.make(database, profiles, taken)
            names |= set(profile_tables.names(taken).values())
        for line in _LOCKED:
            database.execute(line.format(seconds=round(seconds * 1000)))
        yield database, names


def _attach(database: duckdb.DuckDBPyConnection, sources: Sequence[TableSource]) -> None:
    import duckdb

    known: dict[str, str] = {}
    damaged: list[str] = []
    for one in sources:
        if not one.path or one.path in damaged:
            continue
        try:
            if one.path not in known:
                known[one.path] = f"f{len(known)}"
                place = one.path.replace("'", "''")
                database.execute(f"ATTACH '{place}' AS {known[one.path]} (READ_ONLY)")
            table = f"{known[one.path]}.main.{quoted(one.table)}"
            database.execute(f"CREATE VIEW {quoted(one.name)} AS SELECT * FROM {table}")
        except duckdb.Error:
            damaged.append(one.path)
    if damaged:
        raise _Damaged(damaged)


def _asked(
    database: duckdb.DuckDBPyConnection, sql: str, names: set[str], sources: Sequence[TableSource]
) -> QueryResult:
    import duckdb
    import pyarrow as pa

    try:
        statement.check(database, sql, names, _lost(sources))
        reader = database.sql(sql).to_arrow_reader(2_048)
        kept, total = showable.first_rows(reader, COUNTED)
    except (duckdb.Error, pa.ArrowException, OSError) as error:
        named = [one for one in sources if one.path and one.name.lower() in sql.lower()]
        if _is_of_damage(error) and (damaged := _damaged(database, named)):
            raise _Damaged(damaged) from None
        raise ToolError(*_words(error, [one.path for one in sources if one.path])) from None
    if total > COUNTED:
        raise ToolError(TOO_MANY, f"{LESS} Or add a LIMIT.")
    return showable.found(kept, total)


def _lost(sources: Sequence[TableSource]) -> dict[str, str]:
    """What is said of tables that cannot be read, by their names in small letters."""
    return {
        one.name.lower(): f"The file {quoted(one.file)} of the table {quoted(one.name)}"
        " cannot be read any more."
        for one in sources
        if not one.path
    }


def _is_of_damage(error: Exception) -> bool:
    """Whether a file may be damaged, which need not be one that was asked for."""
    import duckdb

    return isinstance(error, duckdb.IOException) or "Corrupt database file" in str(error)


def _damaged(database: duckdb.DuckDBPyConnection, sources: Sequence[TableSource]) -> list[str]:
    """The paths of those whose rows cannot all be read."""
    import duckdb

    found: list[str] = []
    for one in sources:
        try:
            database.execute(f"SELECT bit_xor(hash(COLUMNS(*))) FROM {quoted(one.name)}")
            database.fetchall()
        except duckdb.Error as error:
            if _is_of_damage(error):
                found.append(one.path)
    return found


def _words(error: Exception, paths: Sequence[str]) -> tuple[str, str]:
    """What the model is told; nothing of the server."""
    import duckdb

    text = str(error).partition("Possible solutions")[0]
    if isinstance(error, duckdb.InterruptException) or "INTERRUPT" in text:
        return TOO_LONG, LESS
    if isinstance(error, duckdb.OutOfMemoryException) or "Out of Memory" in text:
        return TOO_LARGE, LESS
    if isinstance(error, duckdb.IOException | duckdb.InternalException | duckdb.FatalException):
        return NOT_RUN, "Try another one."
    for path in paths:
        text = text.replace(path, "…").replace(str(Path(path).parent), "…")
    return text[:MESSAGE_CHARS].strip(), ""
