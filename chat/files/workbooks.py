"""Files that hold several tables: Excel workbooks and SQLite databases, opened for reading only."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from chat.files import archives, cells, duck, names
from chat.files.refusals import Unreadable
from store.file_values import TableInfo

if TYPE_CHECKING:
    import python_calamine

HEADER_WITHIN, HEADER_PART = 20, 0.6
"""The header is the first of so many rows of which so much is filled."""
LENGTH_MAX = 16 * 1024 * 1024
_NO_TABLES = Unreadable("There is no table with rows in it.", "Choose another file.")
Several = tuple[tuple[TableInfo, ...], list[str]]


def read_xlsx(path: Path, into: Path) -> Several:
    """The sheets that have something, and what is to be said of them; raises `Unreadable`.

    Formulas are what they gave when the workbook was saved; nothing is asked for elsewhere.
    """
    import python_calamine

    archives.parts(path)
    try:
        with duck.opened(into) as db, python_calamine.load_workbook(str(path)) as book:
            sheets = book.sheet_names
            made = []
            for sheet, name in _first(sheets, names.unique(sheets, "sheet")):
                table = _Sheet(book, sheet)
                if table.header:
                    made.append(cells.load(db, name, table.header, table.rows))
    except python_calamine.PasswordError:
        raise Unreadable("The workbook has a password.", "Save it without one.") from None
    except (python_calamine.CalamineError, OSError, ValueError):
        raise Unreadable("The workbook is damaged.", "Save it anew, or as CSV.") from None
    return _said(made, len(sheets), "sheets")


class _Sheet:
    """One sheet: its header, and the rows below it as often as they are wanted."""

    def __init__(self, book: python_calamine.CalamineWorkbook, name: str) -> None:
        try:
            self._sheet = book.get_sheet_by_name(name)
        except IndexError:  # a sheet of charts only
            self.header: list[object] = []
            return
        first = list(islice(self._filled(), HEADER_WITHIN))
        width = max((len(row) for row in first), default=0)
        self._skip, self.header = 0, [None] * width
        counts = [sum(one is not None for one in row) for row in first]
        for at, (row, count) in enumerate(zip(first, counts, strict=True)):
            if count >= max(1, HEADER_PART * max(counts)):
                is_header = all(isinstance(one, str) for one in row if one is not None)
                self._skip = at + is_header
                self.header = row if is_header else self.header
                break
        self.header = [*self.header, *[None] * (width - len(self.header))] if first else []

    def rows(self) -> Iterator[cells.Row]:
        """All below the header."""
        return islice(self._filled(), self._skip, None)

    def _filled(self) -> Iterator[list[object]]:
        """Rows that have something, without empty columns before the first."""
        start = (self._sheet.start or (0, 0))[1]
        for row in self._sheet.iter_rows():
            values = [_value(one) for one in row[start:]]
            if any(one is not None for one in values):
                yield values


def _value(value: object) -> object:
    if isinstance(value, timedelta):
        return str(value)
    return None if value == "" else value


def read_sqlite(path: Path, into: Path) -> Several:
    """The tables that have something; raises `Unreadable`. Nothing that is in the file is run."""
    address = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
    try:
        with closing(sqlite3.connect(address, uri=True, isolation_level=None)) as source:
            source.text_factory = lambda given: given.decode("utf-8", "replace")
            source.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LENGTH_MAX)
            for pragma in ("query_only=ON", "trusted_schema=OFF", "cell_size_check=ON"):
                source.execute(f"PRAGMA {pragma}")
            source.set_authorizer(_only_reads)
            return _tables_of(source, into)
    except sqlite3.Error as error:
        said = f"The database cannot be read: {str(error)[:200]}."
        raise Unreadable(said, "Export it anew.") from None


def _tables_of(source: sqlite3.Connection, into: Path) -> Several:
    query = (
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' "
        "ESCAPE '\\' AND sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY rowid"
    )
    tables = [str(name) for (name,) in source.execute(query)]
    made = []
    with duck.opened(into) as db:
        for table, name in _first(tables, names.unique(tables, "table")):
            all_of_it = f"SELECT * FROM {duck.quoted(table)}"
            header = [one[0] for one in source.execute(f"{all_of_it} LIMIT 0").description]

            def rows(query: str = all_of_it) -> Iterator[cells.Row]:
                return iter(source.execute(query))

            made.append(cells.load(db, name, header, rows))
    return _said(made, len(tables), "tables")


def _only_reads(action: int, *_: object) -> int:
    may = (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION)
    return sqlite3.SQLITE_OK if action in may else sqlite3.SQLITE_DENY


def _first(theirs: Sequence[str], ours: Sequence[str]) -> Iterator[tuple[str, str]]:
    return islice(zip(theirs, ours, strict=True), duck.TABLES_MAX)


def _said(made: list[TableInfo], count: int, what: str) -> Several:
    if not made:
        raise _NO_TABLES
    most = duck.TABLES_MAX
    notes = [f"Only the first {most} of {count:,} {what} were read."] if count > most else []
    return tuple(made), notes
