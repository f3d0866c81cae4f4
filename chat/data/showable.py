"""Rows of a query as everybody can show them: a few plain types, and no more than is kept.

In a child process only, for pyarrow is large.
"""

from __future__ import annotations

import datetime
import io
import json
import math
from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from chat.data.found import Cell, QueryResult
from chat.errors import ToolError
from store.file_values import ColumnInfo

if TYPE_CHECKING:
    import pyarrow as pa

ROWS_KEPT, ROWS_SHOWN, ROWS_TOLD = 10_000, 1_000, 50
BYTES_KEPT, BYTES_SHOWN = 4_000_000, 1_000_000
COLUMNS_MAX, NAME_CHARS, CELL_CHARS = 200, 200, 10_000
FIRST_DAY, LAST_DAY = -719_162, 2_932_896
"""Those of the years 1 and 9999, counted from 1970."""
DAY = 86_400_000_000


def first_rows(reader: pa.RecordBatchReader, most: int) -> tuple[pa.Table, int]:
    """The rows that are kept, and how many there are in all, as soon as these are more."""
    import pyarrow as pa

    columns = len(reader.schema)
    if columns > COLUMNS_MAX:
        said = f"The query gives {columns:,} columns; up to {COLUMNS_MAX} can be kept."
        raise ToolError(said, "Name those that are needed.")
    kept: list[pa.RecordBatch] = []
    rows = size = total = 0
    is_full = False
    for batch in reader:
        total += batch.num_rows
        if not is_full:
            part = fitting(batch.slice(0, ROWS_KEPT - rows), BYTES_KEPT - size)
            kept.append(part)
            rows, size = rows + part.num_rows, size + part.nbytes
            is_full = part.num_rows < batch.num_rows or rows == ROWS_KEPT
        if total > most:
            break
    return pa.Table.from_batches(kept, reader.schema), total


def fitting(part: Any, most: int) -> Any:
    """As many rows of a table or a batch as have so many bytes; one, where it has more alone."""
    least, end = min(1, part.num_rows), part.num_rows
    while least < end:
        middle = (least + end + 1) // 2
        if part.slice(0, middle).nbytes <= most:
            least = middle
        else:
            end = middle - 1
    return part.slice(0, least)


def found(table: pa.Table, total: int) -> QueryResult:
    """The rows that are kept, in all their forms."""
    import pyarrow as pa

    names = unique(table.column_names)
    plain = pa.table([_plain(table.column(at)) for at in range(table.num_columns)], names=names)
    plain = fitting(plain, BYTES_KEPT)  # some take more as text
    shown = fitting(plain.slice(0, ROWS_SHOWN), BYTES_SHOWN)
    told = plain.slice(0, ROWS_TOLD)
    return QueryResult(
        tuple(ColumnInfo(one.name, _type(one.type)) for one in plain.schema),
        _rows(told),
        plain.num_rows,
        total,
        stream(shown),
        parquet(plain),
    )


def rows_of(data: bytes) -> tuple[tuple[Cell, ...], ...]:
    """Those that are kept as Parquet, as JSON has them."""
    from pyarrow.parquet import read_table

    return _rows(read_table(io.BytesIO(data)))


def stream(table: pa.Table) -> bytes:
    """As an Arrow stream."""
    import pyarrow as pa

    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())


def parquet(table: pa.Table) -> bytes:
    """As Parquet."""
    import pyarrow as pa
    from pyarrow.parquet import write_table

    sink = pa.BufferOutputStream()
    write_table(table, sink, compression="zstd")
    return bytes(sink.getvalue())


def unique(names: Iterable[str]) -> list[str]:
    """As they are, but none twice, however large its letters, and none without a sign."""
    made: dict[str, str] = {}
    for name in names:
        seen = "".join(sign if sign.isprintable() else " " for sign in name)
        base = " ".join(seen.split())[:NAME_CHARS] or "column"
        wanted, number = base, 2
        while wanted.lower() in made:
            wanted, number = f"{base}_{number}", number + 1
        made[wanted.lower()] = wanted
    return list(made.values())


def _rows(table: pa.Table) -> tuple[tuple[Cell, ...], ...]:
    return tuple(zip(*(map(_cell, one.to_pylist()) for one in table.columns), strict=True))


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Of a type that everybody knows."""
    import pyarrow as pa

    kind = column.type
    if isinstance(kind, pa.BaseExtensionType):
        column = pa.chunked_array([one.storage for one in column.chunks], kind.storage_type)
        return _plain(column)
    if pa.types.is_dictionary(kind):
        return _plain(column.cast(kind.value_type))
    if pa.types.is_timestamp(kind):
        return _dated(column.cast(pa.timestamp("us", kind.tz), safe=False))
    if pa.types.is_date(kind):
        return _dated(column.cast(pa.date32()))
    if pa.types.is_interval(kind):
        return pa.chunked_array([list(map(_span, column.to_pylist()))], pa.string())
    if pa.types.is_decimal(kind):
        return _number(column)
    if pa.types.is_floating(kind):
        return column.cast(pa.float64())
    if pa.types.is_integer(kind) or pa.types.is_boolean(kind):
        return column if kind != pa.uint64() else _number(column)
    return pa.chunked_array([list(map(_text, _values(column)))], pa.string())


def _values(column: pa.ChunkedArray) -> list[Any]:
    """As Python has them; raises `ToolError` for times inside of lists that it does not know."""
    try:
        values: list[Any] = column.to_pylist()
    except (OverflowError, ValueError):
        said = "A list or record in the result has a time outside of the years 1 to 9999."
        raise ToolError(said, "Cast it to VARCHAR in the query.") from None
    return values


def _dated(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """As text where one of them is before the year 1 or after 9999, which few can read."""
    import pyarrow as pa
    import pyarrow.compute as pc

    unit = 1 if pa.types.is_date(column.type) else DAY
    ends = pc.min_max(column)
    least, most = (ends[name].value for name in ("min", "max"))
    if least is None or (FIRST_DAY * unit <= least and most < (LAST_DAY + 1) * unit):
        return column
    infinite = {-(2**31) + 1: "-infinity", 2**31 - 1: "infinity"}
    infinite |= {-(2**63) + 1: "-infinity", 2**63 - 1: "infinity"}
    texts = column.cast(pa.string()).to_pylist()
    values = column.cast(pa.int32() if unit == 1 else pa.int64()).to_pylist()
    named = [infinite.get(value, text) for value, text in zip(values, texts, strict=True)]
    return pa.chunked_array([named], pa.string())


def _span(value: Any) -> str | None:
    """A length of time in words: "1 year 2 months 3 days 04:05:06"."""
    if value is None:
        return None
    years, months = (abs(value.months) // 12, abs(value.months) % 12)
    sign = -1 if value.months < 0 else 1
    counts = ((sign * years, "year"), (sign * months, "month"), (value.days, "day"))
    parts = [f"{n} {unit}{'' if abs(n) == 1 else 's'}" for n, unit in counts if n]
    if value.nanoseconds or not parts:
        seconds, rest = divmod(abs(value.nanoseconds) // 1_000, 1_000_000)
        minus = "-" if value.nanoseconds < 0 else ""
        clock = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
        parts.append(f"{minus}{clock}{f'.{rest:06}'.rstrip('0') if rest else ''}")
    return " ".join(parts)


def _number(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Whole where it is: sums of whole numbers come as decimals without a fraction."""
    import pyarrow as pa

    if not pa.types.is_decimal(column.type) or column.type.scale == 0:
        with suppress(pa.ArrowInvalid):
            return column.cast(pa.int64())
    # Arrow's own cast is wrong in the last digits.
    return pa.chunked_array([list(map(_float, column.to_pylist()))], pa.float64())


def _float(value: Any) -> float | None:
    return None if value is None else float(value)


def _text(value: object) -> str | None:
    if value is None:
        return None
    if isinstance(value, bytes):
        text = value[:CELL_CHARS].hex()
    elif isinstance(value, dict | list | tuple):
        text = json.dumps(value, ensure_ascii=False, default=str)
    else:
        text = str(value)
    return text if len(text) <= CELL_CHARS else f"{text[: CELL_CHARS - 1]}…"


def _cell(value: object) -> Cell:
    """As JSON has it."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, datetime.date):
        return value.isoformat()
    assert value is None or isinstance(value, str | int | float | bool)
    return value


def _type(kind: pa.DataType) -> str:
    """DuckDB's name of a type."""
    import pyarrow as pa

    if pa.types.is_timestamp(kind):
        return "TIMESTAMP WITH TIME ZONE" if kind.tz else "TIMESTAMP"
    names = {"bool": "BOOLEAN", "date32[day]": "DATE", "double": "DOUBLE", "string": "VARCHAR"}
    names |= {"int8": "TINYINT", "int16": "SMALLINT", "int32": "INTEGER", "int64": "BIGINT"}
    names |= {"uint8": "UTINYINT", "uint16": "USMALLINT", "uint32": "UINTEGER"}
    return names.get(str(kind), "VARCHAR")
