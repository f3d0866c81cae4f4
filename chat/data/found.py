"""What a query brought out of its process."""

from dataclasses import dataclass
from typing import ClassVar

from pydantic import ConfigDict

from store.file_values import ColumnInfo

Cell = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class QueryResult:
    """Of ``total`` rows ``count`` are kept: all in ``data``, as Parquet, some in ``shown``.

    ``shown`` is an Arrow stream; ``rows`` are the first few, as JSON has them.
    """

    __pydantic_config__: ClassVar = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")

    columns: tuple[ColumnInfo, ...]
    rows: tuple[tuple[Cell, ...], ...]
    count: int
    total: int
    shown: bytes
    data: bytes


@dataclass(frozen=True, slots=True)
class DamagedFiles:
    """Why there is no result: the tables at these paths cannot be read as they are."""

    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rerun:
    """What a query gives now, and in sentences for people what changed; none: nothing did."""

    result: QueryResult
    changes: tuple[str, ...]
