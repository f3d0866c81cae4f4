"""What columns become of the values that workbooks and databases bring."""

from __future__ import annotations

from datetime import date, datetime, time

import duckdb
import pytest

from chat.files import cells

DAY, MOMENT = date(2024, 1, 2), datetime.fromisoformat("2024-01-02T03:04")


@pytest.mark.parametrize(
    ("values", "kind", "kept"),
    [
        ([1, None, 2], "BIGINT", [1, None, 2]),
        ([1.0, 2.0], "BIGINT", [1, 2]),
        ([1, 2.5], "DOUBLE", [1.0, 2.5]),
        ([1, 2**70], "DOUBLE", [1.0, float(2**70)]),
        ([True, None, False], "BOOLEAN", [True, None, False]),
        ([True, 2], "VARCHAR", ["true", "2"]),
        ([DAY, None], "DATE", [DAY, None]),
        ([DAY, MOMENT], "TIMESTAMP", [datetime.fromisoformat("2024-01-02"), MOMENT]),
        ([time(1, 2)], "TIME", [time(1, 2)]),
        ([1.0, "x", b"abc", DAY], "VARCHAR", ["1", "x", "(3 bytes)", "2024-01-02"]),
        (["half \ud800", None], "VARCHAR", ["half ?", None]),
        ([None, None], "VARCHAR", [None, None]),
    ],
)
def test_a_column_has_the_type_that_all_of_it_fits(
    values: list[object], kind: str, kept: list[object]
) -> None:
    with duckdb.connect() as db:
        table = cells.load(db, "t", ["a"], lambda: iter([[one] for one in values]))
        assert [one.type for one in table.columns] == [kind]
        assert [row[0] for row in db.execute("SELECT a FROM t").fetchall()] == kept


def test_rows_of_any_length_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cells, "TOGETHER", 2)
    rows: list[list[object]] = [[1], [1, 2, 3], [], [4, 5]]
    with duckdb.connect() as db:
        table = cells.load(db, "t", ["a", "b"], lambda: iter(rows))
        assert table.rows == 4
        found = db.execute("SELECT * FROM t").fetchall()
    assert found == [(1, None), (1, 2), (None, None), (4, 5)]
