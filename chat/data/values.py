"""What is asked of data and what comes of it, as tools and models see it."""

from dataclasses import dataclass
from typing import Literal

from store.file_values import ColumnInfo as ColumnInfo
from store.file_values import TableInfo as TableInfo

ChartKind = Literal["bar", "line", "area", "scatter", "histogram", "heatmap"]
QueryOutcome = Literal["done", "refused", "limit", "failed", "stopped"]


@dataclass(frozen=True, slots=True)
class ChartSpec:
    """A chart of columns by their names; ``colour`` is empty where there is none."""

    kind: ChartKind
    x: str
    y: str = ""
    colour: str = ""


@dataclass(frozen=True, slots=True)
class QueryAnswer:
    """What a query gave: the first of its ``rows``, of ``count`` that are kept of ``total``.

    ``lost`` are the names of files whose tables could not be asked.
    """

    result_id: str
    columns: tuple[ColumnInfo, ...]
    rows: tuple[tuple[object, ...], ...]
    count: int
    total: int
    lost: tuple[str, ...] = ()
