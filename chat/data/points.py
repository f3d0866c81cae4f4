"""What a chart draws of a query's kept rows: its columns, and no more points than can be seen.

In a child process only.
"""

from __future__ import annotations

import io
import math
from collections import Counter
from typing import TYPE_CHECKING, Any

from chat.data import showable
from chat.data.found import QueryResult
from chat.data.values import ChartSpec
from chat.errors import ToolError

if TYPE_CHECKING:
    import pyarrow as pa

POINTS = showable.ROWS_SHOWN
BARS, GROUPS, BINS = 100, 20, 20
WIDTH_MIN, WIDTH_MAX = 1e-300, 1e300
COUNT = "count"


def of(data: bytes, chart: ChartSpec) -> QueryResult:
    """Rows of these columns, or counts for a histogram; raises `ToolError`."""
    from pyarrow.parquet import read_table

    names = list(dict.fromkeys(name for name in (chart.x, chart.y, chart.colour) if name))
    table = read_table(io.BytesIO(data), columns=names).select(names)
    total = table.num_rows
    if not total:
        raise ToolError("The query gave no rows: there is nothing to draw.", "Ask another one.")
    if chart.colour and chart.kind not in ("heatmap", "scatter"):
        _check(len(table.column(chart.colour).unique()), GROUPS, f"values of {chart.colour!r}")
    if chart.kind == "histogram":
        return showable.found(_counted(table, chart), total)
    if chart.kind == "bar":
        _check(len(table.column(chart.x).unique()), BARS, f"values of {chart.x!r}")
    if chart.kind in ("bar", "heatmap"):
        _check(total, POINTS, "rows")
    elif total > POINTS:
        step = total / POINTS  # as many from everywhere
        table = table.take([math.floor(at * step) for at in range(POINTS)])
    return showable.found(table, total)


def _check(count: int, most: int, what: str) -> None:
    if count > most:
        said = f"{count:,} {what} are too many for this chart; it can have {most:,}."
        raise ToolError(said, "Aggregate in the query, or order it and add a LIMIT.")


def _counted(table: pa.Table, chart: ChartSpec) -> pa.Table:
    """From where to where a bar reaches, and last how many are in it."""
    import pyarrow as pa

    colours = table.column(chart.colour).to_pylist() if chart.colour else [None] * table.num_rows
    pairs = zip(table.column(chart.x).to_pylist(), colours, strict=True)
    found = [(float(x), one) for x, one in pairs if x is not None and math.isfinite(x)]
    if not found:
        raise ToolError(f"{chart.x!r} has no numbers.", "Draw another column.")
    low, width = _bins([x for x, _ in found])
    counts = Counter((math.floor((x - low) / width), one) for x, one in found)
    rows = sorted(counts, key=lambda key: (key[0], str(key[1])))
    starts = [low + at * width for at, _ in rows]
    names = [chart.x, *([chart.colour] if chart.colour else []), f"{chart.x} to", COUNT]
    values: list[list[Any]] = [
        starts,
        [start + width for start in starts],
        [counts[key] for key in rows],
    ]
    if chart.colour:
        values.insert(1, [one for _, one in rows])
    return pa.table(list(map(pa.array, values)), names=names)


def _bins(values: list[float]) -> tuple[float, float]:
    """Where the first one begins, and how wide they are: a round number."""
    low, high = min(values), max(values)
    if low == high:
        return low - 0.5, 1.0
    rough = high / BINS - low / BINS  # their difference may be infinite
    if not (WIDTH_MIN < rough < WIDTH_MAX):
        raise ToolError(
            "The numbers are too far apart or too near to be counted.", "Filter, or scale them."
        )
    power = 10.0 ** math.floor(math.log10(rough))
    width = next((step * power for step in (1, 2, 5) if step * power >= rough), 10 * power)
    return math.floor(low / width) * width, width
