"""Tables of text files and of Parquet, as DuckDB reads them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from chat.files import duck, rows, texts
from chat.files.kinds import What
from chat.files.refusals import NoTable, Unreadable
from store.file_values import TableInfo

if TYPE_CHECKING:
    import duckdb

NAME = "data"
"""Of the only table of a file; the file's own name is not in it, for others may have its bytes."""
NOTHING = "['', 'NA', 'N/A', 'n/a', '#N/A', 'NULL', 'null', 'NaN', 'nan']"
"""What stands for a value that is missing."""
LINE_MAX, LONG_LINE_MAX = 1_000_000, 16_000_000
OBJECT_MAX = 4_000_000
_COMMA = re.compile(r"(?<![\d.,])-?\d{1,15},\d{1,10}(?![\d.,])")
_POINT = re.compile(r"(?<![\d.,])-?\d{1,15}\.\d{1,10}(?![\d.,])")


def read(path: Path, found: What, into: Path) -> TableInfo:
    """Put the one table of a file into a DuckDB file.

    Raises `Unreadable`, or `NoTable` where the text is none after all.
    """
    if found.form == "parquet":
        with duck.opened(into) as db:
            return duck.make(db, NAME, "read_parquet(?)", [duck.one_path(path)])
    with _as_utf8(path, found.encoding, into) as text, duck.opened(into) as db:
        return _cells(db, text, found, into) if found.form == "csv" else _objects(db, text, found)


def _cells(db: duckdb.DuckDBPyConnection, path: Path, found: What, into: Path) -> TableInfo:
    """As it is, or where that has uneven rows an even copy of it: nothing is left out.

    Left to itself, DuckDB skips first lines that do not fit, and says nothing.
    """
    import duckdb

    head, _ = texts.head(path, "utf-8-sig")
    comma = found.delimiter != "," and _COMMA.search(head) and not _POINT.search(head)
    usual = (
        "quote='\"', escape='\"', comment='', skip=0, compression='none', encoding='utf-8', "
        f"nullstr={NOTHING}, decimal_separator='{',' if comma else '.'}'"
    )
    as_it_is = f"{usual}, delim='{found.delimiter}'"
    small = f"max_line_size={LINE_MAX}, buffer_size={LINE_MAX * 8}"
    for way in (f"{as_it_is}, {small}", f"{as_it_is}, {small}, sample_size=-1"):
        with suppress(duckdb.InvalidInputException, duckdb.ConversionException):
            return duck.make(db, NAME, f"read_csv(?, {way})", [duck.one_path(path)])
    db.execute(f"SET memory_limit='{duck.MORE_MEMORY}'")
    with rows.even(path, found.delimiter, into.with_suffix(".csv")) as (copy, has_header):
        long = f"header={has_header}, max_line_size={LONG_LINE_MAX}, sample_size=-1"
        try:
            way = f"{usual}, delim=',', {long}"
            return duck.make(db, NAME, f"read_csv(?, {way})", [duck.one_path(copy)])
        except (duckdb.InvalidInputException, duckdb.ConversionException):
            raise NoTable from None


def _objects(db: duckdb.DuckDBPyConnection, path: Path, found: What) -> TableInfo:
    import duckdb

    form = "array" if found.form == "json" else "newline_delimited"
    usual = (
        f"format='{form}', records=true, compression='none', maximum_depth=2, "
        f"maximum_object_size={OBJECT_MAX}, map_inference_threshold=-1"
    )
    for way in ("sample_size=20480", "sample_size=-1"):
        try:
            source = f"read_json(?, {usual}, {way})"
            return duck.make(db, NAME, source, [duck.one_path(path)])
        except (duckdb.InvalidInputException, duckdb.ConversionException, duckdb.BinderException):
            continue
        except Unreadable as refusal:
            raise NoTable from refusal
    raise NoTable


@contextmanager
def _as_utf8(path: Path, encoding: str, beside: Path) -> Iterator[Path]:
    """Itself, or a copy for as long as it is needed."""
    if encoding in ("utf-8", "utf-8-sig"):
        yield path
        return
    copy = beside.with_suffix(".utf8")
    try:
        with copy.open("w", encoding="utf-8", newline="") as file:
            file.writelines(texts.pieces(path, encoding))
        yield copy
    finally:
        copy.unlink(missing_ok=True)
