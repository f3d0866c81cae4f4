"""The rows of a computed result that comes from elsewhere: read, and made ready to be shown.

They are anybody's bytes: to be read in a process of their own.
"""

from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite

from store.carried_files import DATA_MAX, ROWS_MAX, CarriedComputed
from store.errors import Refused
from store.file_values import ColumnInfo

SHOWN_ROWS, SHOWN_BYTES = 1_000, 1_000_000
UNPACKED_MAX = 100_000_000
CELL_MAX = 1_000
DRAWN, BARS = ("x", "y", "colour"), 3
PLAIN = {"bool": "BOOLEAN", "date32[day]": "DATE", "double": "DOUBLE", "string": "VARCHAR"}
PLAIN |= {"int8": "TINYINT", "int16": "SMALLINT", "int32": "INTEGER", "int64": "BIGINT"}
PLAIN |= {"uint8": "UTINYINT", "uint16": "USMALLINT", "uint32": "UINTEGER"}
FIX = "Ask for it again in the chat."


@dataclass(frozen=True, slots=True)
class ReadRows:
    """What is in it: names of columns, how many rows, and the first of them.

    ``shown`` is an Arrow stream in Base64.
    """

    columns: tuple[ColumnInfo, ...]
    count: int
    shown: str


def read(data: bytes) -> ReadRows:
    """Of Parquet; raises `Refused`."""
    from pyarrow import ArrowException, BufferReader
    from pyarrow.parquet import ParquetFile

    if len(data) > DATA_MAX:
        raise Refused(f"It has more than {DATA_MAX // 1_000_000} MB.", FIX)
    try:
        file = ParquetFile(BufferReader(data))
        about = file.metadata
        groups = [about.row_group(at).total_byte_size for at in range(about.num_row_groups)]
        if about.num_rows > ROWS_MAX or sum(groups) > UNPACKED_MAX:
            raise Refused(f"It has more than {ROWS_MAX:,} rows, or very large ones.", FIX)
        if odd := [one.name for one in file.schema_arrow if not _type(str(one.type))]:
            raise Refused(f"Its column {odd[0][:60]!r} has a type that is not shown.", FIX)
        table = file.read()
        _check_times(table)
        columns = (ColumnInfo(one.name, _type(str(one.type))) for one in table.schema)
        return ReadRows(tuple(columns), table.num_rows, _shown(table))
    except (ArrowException, OSError, ValueError, KeyError, OverflowError) as error:
        raise Refused("Its rows cannot be read.", FIX) from error


def _check_times(table: object) -> None:
    """Raise `ValueError` or `OverflowError` for what has no place in a calendar."""
    from pyarrow.compute import min_max

    for column in table.columns:  # type: ignore[attr-defined]
        if str(column.type).startswith(("date", "timestamp")):
            min_max(column).as_py()


def _draws(chart: object, names: Sequence[str]) -> bool:
    """Whether a chart has what it draws; of a histogram where bars begin, end, and how many."""
    if not isinstance(chart, Mapping):
        return False
    if chart.get("kind") == "histogram":
        return len(names) == BARS
    drawn = (chart.get(name) for name in DRAWN)
    return all(not name or (isinstance(name, str) and name in names) for name in drawn)


def _type(kind: str) -> str:
    """What DuckDB calls it; empty for one that results are not kept with."""
    if kind.startswith("timestamp[us"):
        return "TIMESTAMP WITH TIME ZONE" if "tz=" in kind else "TIMESTAMP"
    return PLAIN.get(kind, "")


def with_rows(said: CarriedComputed, found: ReadRows) -> CarriedComputed:
    """The result with what was read; raises `Refused` where it says something else."""
    names = [one.name for one in found.columns]
    if [one.name for one in said.columns] != names or len(set(names)) < len(names):
        raise Refused("Its columns are not those of its rows.", FIX)
    if not _draws(said.about.get("chart", {}), names):
        raise Refused("It draws columns that it does not have.", FIX)
    return replace(
        said,
        columns=found.columns,
        count=found.count,
        total=max(said.total, found.count),
        shown=b64decode(found.shown),
    )


def first(shown: bytes, most: int) -> list[list[object]]:
    """So many rows of what is shown, as JSON can say them; of Arrow that was made here."""
    from pyarrow import BufferReader
    from pyarrow.ipc import open_stream

    table = open_stream(BufferReader(shown)).read_all().slice(0, most)
    columns = [column.to_pylist() for column in table.columns]
    return [list(map(_plain, row)) for row in zip(*columns, strict=True)]


def _plain(value: object) -> object:
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float) and isfinite(value):
        return value
    return str(value)[:CELL_MAX]


def _shown(table: object) -> str:
    from pyarrow import BufferOutputStream, RecordBatchStreamWriter

    rows = SHOWN_ROWS
    while True:
        sink = BufferOutputStream()
        with RecordBatchStreamWriter(sink, table.schema) as out:  # type: ignore[attr-defined]
            out.write_table(table.slice(0, rows))  # type: ignore[attr-defined]
        whole = sink.getvalue()
        if len(whole) <= SHOWN_BYTES or rows <= 1:
            return b64encode(whole).decode()
        rows //= 2
