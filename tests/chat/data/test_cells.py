"""What queries give as everybody can read it, and numbers as pandas has them."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from pydantic_core import to_json

from chat.data import sandbox
from chat.data.found import QueryResult
from chat.data.sandbox import TableSource
from chat.data.showable import BYTES_KEPT
from chat.data.tables import LIMITS
from chat.errors import ToolError
from chat.files.kinds import What
from chat.files.tables import read


def run(sql: str, *sources: TableSource) -> QueryResult:
    return sandbox.run(sql, list(sources), "")


@pytest.mark.parametrize(
    ("sql", "cell"),
    [
        ("DATE '10000-01-01'", "10000-01-01"),
        ("'infinity'::DATE", "infinity"),
        ("'-infinity'::TIMESTAMP", "-infinity"),
        ("'infinity'::TIMESTAMPTZ", "infinity"),
        ("TIMESTAMP '9999-12-31 23:59:59'", "9999-12-31T23:59:59"),
        ("DATE '0001-01-01'", "0001-01-01"),
        ("1e-10::DECIMAL(38, 20)", 1e-10),
        ("INTERVAL 3 DAY", "3 days"),
        ("INTERVAL '14 months 1 day 04:05:06.7'", "1 year 2 months 1 day 04:05:06.7"),
        ("TIMESTAMP '2024-02-01' - TIMESTAMP '2024-01-01 12:00'", "30 days 12:00:00"),
        ("INTERVAL '-1 month'", "-1 month"),
        ("INTERVAL 0 DAY", "00:00:00"),
        ("INTERVAL '-90 minutes'", "-01:30:00"),
    ],
)
def test_cells_are_such_as_everybody_can_read(sql: str, cell: str | float) -> None:
    found = run(f"SELECT {sql} AS t")

    assert found.rows == ((cell,),)
    assert sandbox.rows(found.data) == found.rows


def test_times_inside_of_lists_that_nobody_can_read_are_refused() -> None:
    with pytest.raises(ToolError, match="outside of the years 1 to 9999"):
        run("SELECT [DATE '10000-01-01'] AS d")


def test_what_is_longer_as_text_is_kept_up_to_a_number_of_bytes_too() -> None:
    long = "x" * 9_000
    found = run(f"SELECT '{long}'::ENUM('{long}') AS e FROM range(10000)")

    assert 400 < found.count < 500
    assert found.total == 10_000


def test_the_largest_result_comes_out_of_its_process_whole() -> None:
    found = run("SELECT repeat(chr(1), 9000) AS long FROM range(1000)")
    whole = to_json(sandbox.rows(found.data))

    assert BYTES_KEPT * 5 < len(whole) < LIMITS.result
    assert LIMITS.kept * 4 < LIMITS.memory


AGGREGATES = {"avg": "mean", "median": "median", "sum": "sum", "min": "min", "max": "max"}


def test_aggregates_are_those_of_pandas_with_nothing_in_some_cells(tmp_path: Path) -> None:
    rows = [("a", "0.1"), ("a", "0.2"), ("a", ""), ("b", "-3.75"), ("b", "1234567.89"), ("c", "")]
    (tmp_path / "n.csv").write_text("k,v\n" + "".join(f"{k},{v}\n" for k, v in rows))
    what = What("table", "csv", "text/csv", "utf-8", delimiter=",")
    read(tmp_path / "n.csv", what, tmp_path / "n.duckdb")

    picked = ", ".join(f"{one}(v) AS {one}" for one in (*AGGREGATES, "count"))
    sql = f"SELECT k, {picked} FROM n GROUP BY k ORDER BY k"
    got = run(sql, TableSource(str(tmp_path / "n.duckdb"), "data", "n"))
    wanted = pd.read_csv(tmp_path / "n.csv").groupby("k").v.agg([*AGGREGATES.values(), "count"])
    wanted.loc["c", "sum"] = None  # to SQL the sum of nothing is unknown
    cells = [[None if pd.isna(n) else n for n in row] for row in wanted.itertuples(index=False)]
    assert [list(row[1:]) for row in got.rows] == cells
