"""Tables out of files: their values, types and names, and such as are made to do harm."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from chat.files import duck
from chat.files.refusals import Unreadable
from store.file_values import TableInfo
from tests import attached
from tests.chat.files.conftest import Read

LONG = "z" * 2_000_000


def rows(folder: Path, name: str = "data") -> list[tuple[object, ...]]:
    with duckdb.connect(str(folder / "tables.duckdb"), read_only=True) as db:
        return db.execute(f'SELECT * FROM "{name}"').fetchall()


def types(table: TableInfo) -> dict[str, str]:
    return {one.name: one.type for one in table.columns}


@pytest.mark.parametrize(
    ("text", "expected", "values"),
    [
        ("a,b\n1,x\n2,y\n", {"a": "BIGINT", "b": "VARCHAR"}, [(1, "x"), (2, "y")]),
        ("p;q\n1,5;2\n2,25;3\n", {"p": "DOUBLE", "q": "BIGINT"}, [(1.5, 2), (2.25, 3)]),
        ("p;q\n1.5;2\n", {"p": "DOUBLE", "q": "BIGINT"}, [(1.5, 2)]),
        ("a,b\n1,NA\n,2\n", {"a": "BIGINT", "b": "BIGINT"}, [(1, None), (None, 2)]),
        ("zip,n\n01234,1\n", {"zip": "VARCHAR", "n": "BIGINT"}, [("01234", 1)]),
        ("a,A,,a\n1,2,3,4\n", dict.fromkeys(("a", "A_1", "column2", "a_2"), "BIGINT"), None),
        ("a,b\n1,2\n3\n4,5,6\n", {"a": "BIGINT", "b": "BIGINT", "column2": "BIGINT"},
         [(1, 2, None), (3, None, None), (4, 5, 6)]),
        ("# a,b\n1,2\n", {"# a": "BIGINT", "b": "BIGINT"}, [(1, 2)]),
        ("a,b\nit's,'x\n", {"a": "VARCHAR", "b": "VARCHAR"}, [("it's", "'x")]),
        ("a,b\n=1+1,\"=cmd|' /C calc'!A0\"\n-2+3,@SUM(A1)\n", {"a": "VARCHAR", "b": "VARCHAR"},
         [("=1+1", "=cmd|' /C calc'!A0"), ("-2+3", "@SUM(A1)")]),
    ],
)  # fmt: skip
def test_cells_are_what_they_look_like_and_never_run(
    read: Read, folder: Path, text: str, expected: dict[str, str], values: object
) -> None:
    (table,) = read(text, "a.csv").details.tables
    assert types(table) == expected
    if values:
        assert rows(folder) == values


def test_what_comes_late_changes_a_column_and_loses_nothing(read: Read, folder: Path) -> None:
    written = "n,m\n" + "1,2\n" * 30_000 + "x,3\n"
    (table,) = read(written, "a.csv").details.tables
    assert types(table) == {"n": "VARCHAR", "m": "BIGINT"}
    assert (table.rows, rows(folder)[-1]) == (30_001, ("x", 3))


@pytest.mark.parametrize(
    ("last", "kept"), [('3,"4', ("3", "4")), ("3", ("3", None)), ('"x""y",' + LONG, ('x"y', LONG))]
)
def test_uneven_and_long_lines_are_kept(
    read: Read, folder: Path, last: str, kept: tuple[str, str]
) -> None:
    (table,) = read("a,b\n" + "1,2\n" * 50 + last, "a.csv").details.tables
    assert [one.name for one in table.columns] == ["a", "b"]
    found = [None if one is None else str(one) for one in rows(folder)[-1]]
    assert (table.rows, tuple(found)) == (51, kept)
    assert {one.name for one in folder.iterdir()} == {"tables.duckdb", "first-0.parquet"}


def test_a_sample_and_the_count_are_told(read: Read) -> None:
    (table,) = read("a,b\n" + "1,\n" * 9, "a.csv").details.tables
    assert (table.name, table.rows, table.sample) == ("data", 9, (("1", None),) * 5)


def test_the_first_rows_of_each_table_are_there_to_be_shown(read: Read, folder: Path) -> None:
    read(attached.xlsx({"a": [["n"], *([at] for at in range(1_100))], "b": [["m"], ["x"]]}))
    assert pq.read_table(folder / "first-0.parquet")["n"].to_pylist() == list(range(1_000))
    assert pq.read_table(folder / "first-1.parquet").to_pylist() == [{"m": "x"}]


def test_json_is_flat_and_what_is_deeper_stays_json(read: Read, folder: Path) -> None:
    given = [{"a": 1, "b": {"c": [1]}, "d": [1, 2]}, {"a": 2.5, "e": "x"}]
    (table,) = read(json.dumps(given), "a.json").details.tables
    assert types(table) == {"a": "DOUBLE", "b": "VARCHAR", "d": "VARCHAR", "e": "VARCHAR"}
    assert rows(folder)[0] == (1.0, '{"c":[1]}', "[1,2]", None)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.json", '[{"a": 1}, {"a":'),
        ("a.json", '[{"a": 1}, 2, 3]'),
        ("a.json", '[{"a":' * 100_000),
        ("a.jsonl", '{"a": 1}\n' * 60 + "what is this\n"),
        ("a.json", json.dumps([{f"k{at}": at} for at in range(1_500)])),
    ],
)
def test_json_that_is_no_table_is_code(read: Read, folder: Path, name: str, text: str) -> None:
    made = read(text, name)
    assert (made.kind, made.details.language, made.details.chars) == ("code", "json", len(text))
    assert [one.name for one in folder.iterdir()] == ["text.txt"]


def test_parquet_has_types_that_can_be_read_everywhere(
    read: Read, folder: Path, tmp_path: Path
) -> None:
    given = {"a": [1], "l": [[1, 2]], "b": [b"xyz"], "s": [{"t": "u"}]}
    pq.write_table(pa.table(given), tmp_path / "p")
    (table,) = read((tmp_path / "p").read_bytes()).details.tables
    assert types(table) == {"a": "BIGINT", "l": "VARCHAR", "b": "VARCHAR", "s": "VARCHAR"}
    assert rows(folder) == [(1, "[1,2]", "(3 bytes)", '{"t":"u"}')]


def test_too_many_columns_are_refused(read: Read) -> None:
    names = ",".join(f"c{at}" for at in range(1_001))
    with pytest.raises(Unreadable, match="1,001 columns"):
        read(f"{names}\n{names}\n", "a.csv")


def test_too_many_rows_are_refused(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duck, "ROWS_MAX", 3)
    with pytest.raises(Unreadable, match="more than 3 rows"):
        read("a,b\n" + "1,2\n" * 4, "a.csv")
    with pytest.raises(Unreadable, match="more than 3 rows"):
        read(attached.xlsx({"s": [["a"], [1], [2], [3], [4]]}))


def test_a_workbook_has_its_sheets(read: Read, folder: Path) -> None:
    made = read(
        attached.xlsx(
            {
                "Sales 2024": [
                    ["Report"],
                    [],
                    ["city", "price", "n"],
                    ["Graz", 1.5, 2],
                    ["Wien", ("A1*2", 3), 4],
                ],
                'a"b': [[1, 2], [3, "x"]],
                "nothing": [],
            }
        )
    )
    assert [one.name for one in made.details.tables] == ["Sales 2024", "a'b"]
    assert types(made.details.tables[0]) == {"city": "VARCHAR", "price": "DOUBLE", "n": "BIGINT"}
    assert rows(folder, "Sales 2024") == [("Graz", 1.5, 2), ("Wien", 3.0, 4)]
    assert types(made.details.tables[1]) == {"column1": "BIGINT", "column2": "VARCHAR"}
    assert rows(folder, "a'b") == [(1, "2"), (3, "x")]


def test_external_links_of_a_workbook_lead_nowhere(read: Read, folder: Path) -> None:
    links = {
        "xl/externalLinks/externalLink1.xml": "<externalLink/>",
        "xl/externalLinks/_rels/externalLink1.xml.rels": '<Relationships><Relationship Id="a" '
        'Target="http://127.0.0.1:9/steal.xlsx" TargetMode="External"/></Relationships>',
    }
    asked = ("WEBSERVICE(\"http://127.0.0.1:9/\")&'[1]s'!A1", 7)
    made = read(attached.xlsx({"s": [["a"], [asked]]}, links))
    assert made.details.tables[0].sample == (("7",),)


def test_a_workbook_that_says_to_be_huge_is_refused(read: Read) -> None:
    with pytest.raises(Unreadable, match="far more than its size"):
        read(attached.xlsx({"s": [["a"], [1]]}, {"xl/media/a": "0" * 40_000_000}))


def test_a_database_gives_its_tables_and_runs_nothing(
    read: Read, folder: Path, tmp_path: Path
) -> None:
    db = sqlite3.connect(tmp_path / "db")
    db.executescript(
        """CREATE TABLE "my ""table" (id INTEGER, name TEXT, n, at DATE);
        INSERT INTO "my ""table" VALUES (1, 'x', 1.5, '2024-01-02'), (2, NULL, 'y', NULL);
        CREATE VIEW endless AS WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c)
        SELECT x FROM c;
        CREATE TABLE made (a, b GENERATED ALWAYS AS (a * 2)); INSERT INTO made (a) VALUES (4);
        CREATE VIRTUAL TABLE words USING fts5(text);"""
    )
    db.close()
    made = read((tmp_path / "db").read_bytes(), "a.txt")
    assert [one.name for one in made.details.tables][:2] == ["my 'table", "made"]
    assert rows(folder, "my 'table") == [(1, "x", "1.5", "2024-01-02"), (2, None, "y", None)]
    assert rows(folder, "made") == [(4, 8)]


@pytest.mark.parametrize("cut", [200, 5_000])
def test_damaged_tables_are_refused_in_words(read: Read, tmp_path: Path, cut: int) -> None:
    db = sqlite3.connect(tmp_path / "db")
    db.executescript("CREATE TABLE a (x); INSERT INTO a VALUES (zeroblob(9000)), (2);")
    db.close()
    pq.write_table(pa.table({"a": list(range(5_000))}), tmp_path / "p")
    workbook = attached.xlsx({"s": [["a"], [1]]}).replace(b"PK\x03\x04", b"PK\x03\x05", 4)
    for data in (
        (tmp_path / "db").read_bytes()[:cut],
        (tmp_path / "p").read_bytes()[:cut],
        workbook,
    ):
        with pytest.raises(Unreadable):
            read(data)


def test_a_database_without_tables_is_refused(read: Read, tmp_path: Path) -> None:
    db = sqlite3.connect(tmp_path / "db")
    db.executescript("CREATE VIEW a AS SELECT 1")
    db.close()
    with pytest.raises(Unreadable, match="no table"):
        read((tmp_path / "db").read_bytes())
