"""What tools computed for answers, as values: tables and charts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from store.file_values import ColumnInfo

ComputedKind = Literal["table", "chart"]


@dataclass(frozen=True, slots=True)
class NewComputed:
    """A table or chart to be kept; a chart has the rows that it draws.

    ``query`` is the SQL that made it, ``about`` what else is known. ``count`` rows are kept of
    ``total``: ``shown`` the first of them as an Arrow stream, ``data`` all as Parquet.
    """

    result_id: str
    kind: ComputedKind
    title: str
    query: str
    about: Mapping[str, object]
    columns: tuple[ColumnInfo, ...]
    count: int
    total: int
    shown: bytes
    data: bytes


@dataclass(frozen=True, slots=True)
class Computed:
    """One that is kept, without its rows; ``size`` are the bytes of those, ``number`` from 1."""

    result_id: str
    message_id: int
    number: int
    kind: str
    title: str
    query: str
    about: Mapping[str, object]
    columns: tuple[ColumnInfo, ...]
    count: int
    total: int
    size: int
    created_at: datetime
