"""Rows of Python values, as workbooks and SQLite files bring them, into tables with types."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from itertools import islice
from typing import TYPE_CHECKING

from chat.files import duck, names
from chat.files.refusals import Unreadable
from store.file_values import TableInfo

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

TOGETHER = 20_000
WHOLE_MAX = 2**53
TEXT_MAX = 1_000_000
Row = Sequence[object]


def load(
    db: duckdb.DuckDBPyConnection,
    name: str,
    header: Iterable[object],
    rows: Callable[[], Iterator[Row]],
) -> TableInfo:
    """A table of all rows, which are brought twice: to see what the columns are, and to be kept."""
    import pyarrow as pa

    columns = names.unique(header, "column")
    if len(columns) > duck.COLUMNS_MAX:
        said = f"The table {name} has {len(columns):,} columns."
        raise Unreadable(said, f"Up to {duck.COLUMNS_MAX:,} can be read; leave some out.")
    found = _columns(rows(), len(columns))
    schema = pa.schema([(name, one.kind()) for name, one in zip(columns, found, strict=True)])
    batches = pa.RecordBatchReader.from_batches(schema, _batches(rows(), schema))
    db.register("incoming", batches)
    db.execute(f"CREATE TABLE {duck.quoted(name)} AS SELECT * FROM incoming")
    db.unregister("incoming")
    return duck.known(db, name)


@dataclass(slots=True)
class _Column:
    """What is in it: types, and whether all numbers are whole and fit into 64 bits."""

    kinds: set[type] = field(default_factory=set)
    is_whole: bool = True

    def add(self, values: list[object]) -> None:
        """Look at more of it."""
        self.kinds |= set(map(type, values))
        if self.is_whole and self.kinds & {int, float}:
            self.is_whole = all(map(_is_whole, values))

    def kind(self) -> pa.DataType:
        """What all of it fits into; text fits all."""
        import pyarrow as pa

        kinds = self.kinds - {type(None)}
        if kinds and kinds <= {int, float}:
            return pa.int64() if self.is_whole else pa.float64()
        for one, kind in ((bool, pa.bool_()), (date, pa.date32()), (time, pa.time64("us"))):
            if kinds == {one}:
                return kind
        return pa.timestamp("us") if kinds and kinds <= {date, datetime} else pa.string()


def _columns(rows: Iterator[Row], width: int) -> list[_Column]:
    found = [_Column() for _ in range(width)]
    count = 0
    while part := list(islice(rows, TOGETHER)):
        count += len(part)
        if count > duck.ROWS_MAX:
            said = f"A table has more than {duck.ROWS_MAX:,} rows."
            raise Unreadable(said, "Split it, or leave some out.")
        for column, values in zip(found, _by_column(part, width), strict=True):
            column.add(values)
    return found


def _is_whole(value: object) -> bool:
    if isinstance(value, float):
        return value.is_integer() and abs(value) < WHOLE_MAX
    return not isinstance(value, int) or -(2**63) <= value < 2**63


def _batches(rows: Iterator[Row], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa

    converted = [_converter(kind) for kind in schema.types]
    while part := list(islice(rows, TOGETHER)):
        columns = _by_column(part, len(converted))
        arrays = [
            pa.array([None if one is None else convert(one) for one in values], kind)
            for convert, kind, values in zip(converted, schema.types, columns, strict=True)
        ]
        yield pa.RecordBatch.from_arrays(arrays, schema=schema)


def _by_column(rows: list[Row], width: int) -> list[list[object]]:
    """Short rows end with nothing, and of long ones only so much is there."""
    even = [
        row if len(row) == width else (*row[:width], *[None] * (width - len(row))) for row in rows
    ]
    return [list(column) for column in zip(*even, strict=True)]


def _converter(kind: pa.DataType) -> Callable[[object], object]:
    import pyarrow as pa

    if kind == pa.int64():
        return int  # type: ignore[return-value]
    if kind == pa.float64():
        return float  # type: ignore[return-value]
    if kind == pa.timestamp("us"):
        return _moment
    return _text if kind == pa.string() else lambda value: value


def _moment(value: object) -> object:
    if isinstance(value, datetime) or not isinstance(value, date):
        return value
    return datetime(value.year, value.month, value.day)  # noqa: DTZ001  # as it stands there


def _text(value: object) -> str:
    if isinstance(value, bytes):
        return f"({len(value)} bytes)"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < WHOLE_MAX:
        return str(int(value))
    return str(value)[:TEXT_MAX].encode("utf-8", "replace").decode()
