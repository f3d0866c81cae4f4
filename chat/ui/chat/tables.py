"""Tables on the page, out of Arrow, which is loaded with the first of them; pandas never is."""

from contextlib import suppress
from typing import TYPE_CHECKING, Literal

import streamlit as st

from chat.spreadsheets import as_csv
from chat.ui.services import parts
from store import results
from store.file_values import StoredFile, TableInfo
from store.values import SessionKey

if TYPE_CHECKING:
    import pyarrow

BRIEF_PX, BRIEF_ROWS = 230, 6


def draw(data: bytes, *, total: int, alt: str) -> None:
    """The rows of an Arrow stream, of ``total`` that there are."""
    _show(read(data), total, alt)


def of_file(file: StoredFile, table: TableInfo, *, is_brief: bool) -> None:
    """The first rows of a table of an attached file; ``is_brief``: few at once on screen."""
    alt = f"Table {table.name} of {file.name}"
    found = _first_rows(file, table)
    _show(found, table.rows, alt, BRIEF_PX if is_brief and found.num_rows > BRIEF_ROWS else "auto")


def as_file(active: SessionKey, message_id: int, result_id: str, kind: str) -> bytes:
    """All rows that are kept of a computed table or chart, as CSV or Parquet."""
    with parts().database.reading() as db:
        data = results.data(db, active, message_id=message_id, result_id=result_id)
    if kind == "parquet":
        return data
    found = _parquet(data)
    columns = [column.to_pylist() for column in found.columns]
    return as_csv(found.column_names, list(zip(*columns, strict=True)))


def read(data: bytes) -> "pyarrow.Table":
    """The table in an Arrow stream."""
    import pyarrow as pa

    return pa.ipc.open_stream(data).read_all()


def sample(table: TableInfo) -> "pyarrow.Table":
    """Those few rows that are known of a table without its file."""
    import pyarrow as pa

    rows = [row for row in table.sample if len(row) == len(table.columns)]
    return pa.table({one.name: [row[at] for row in rows] for at, one in enumerate(table.columns)})


def _show(
    found: "pyarrow.Table", total: int, alt: str, height: int | Literal["auto"] = "auto"
) -> None:
    st.dataframe(found, alt=alt, hide_index=True, height=height)
    if found.num_rows < total:
        st.caption(f"The first {found.num_rows:,} of {total:,} rows are shown.")


def _parquet(data: bytes) -> "pyarrow.Table":
    import pyarrow as pa
    import pyarrow.parquet as pq

    return pq.read_table(pa.BufferReader(data))


def _first_rows(file: StoredFile, table: TableInfo) -> "pyarrow.Table":
    import pyarrow as pa

    with suppress(OSError, pa.ArrowException):  # gone a moment ago, or damaged
        if path := parts().files.first_rows(file, table):
            return _parquet(path.read_bytes())
    return sample(table)
