"""What changed between two results of one query. In a child process only."""

import io
from collections import Counter
from typing import Any

from chat.data.found import Cell


def between(before: bytes, after: bytes) -> tuple[str, ...]:
    """Sentences for people, of the rows that are kept as Parquet; in which order does not count."""
    from pyarrow.parquet import read_table

    old, new = (read_table(io.BytesIO(data)) for data in (before, after))
    gone = [name for name in old.column_names if name not in new.column_names]
    come = [name for name in new.column_names if name not in old.column_names]
    said = [f"Columns that are gone: {', '.join(gone)}."] if gone else []
    said += [f"New columns: {', '.join(come)}."] if come else []
    both = [name for name in old.column_names if name in new.column_names]
    left, now = (_rows(table, both) for table in (old, new))
    fewer, more = (left - now).total(), (now - left).total()
    if fewer or more:
        said.append(f"Rows that are gone: {fewer:,}; new rows: {more:,}.")
    return tuple(said)


def _rows(table: Any, names: list[str]) -> Counter[tuple[Cell, ...]]:
    columns = [map(_same, table.column(name).to_pylist()) for name in names]
    return Counter(zip(*columns, strict=True))


def _same(value: Cell) -> Cell:
    """Numbers alike where only the last digits differ, and equal to themselves."""
    return f"{value:.12g}" if isinstance(value, float) else value
