"""Queries over the tables of a chat, and all that is refused or ended."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest

from chat.data import sandbox, statement
from chat.data.found import QueryResult
from chat.data.sandbox import TableSource
from chat.errors import ToolError
from tests.chat.data.conftest import ODD, Shelf


def run(sql: str, sources: list[TableSource], **more: float) -> QueryResult:
    return sandbox.run(sql, sources, "", **more)


def names(found: QueryResult) -> list[str]:
    return [f"{one.name} {one.type}" for one in found.columns]


def test_numbers_are_those_of_pandas(cities: list[TableSource], tmp_path: Path) -> None:
    import pandas as pd

    found = run(
        "SELECT city, avg(price) AS mean, sum(i) AS all_of FROM cities GROUP BY city", cities
    )

    assert names(found) == ["city VARCHAR", "mean DOUBLE", "all_of BIGINT"]
    whole = pd.DataFrame({"i": range(1, 1001)})
    whole["city"], whole["price"] = [f"city {n % 5}" for n in whole.i], whole.i * 0.5
    wanted = whole.groupby("city").agg(mean=("price", "mean"), all_of=("i", "sum"))
    got = pd.read_parquet(io.BytesIO(found.data)).set_index("city").sort_index()
    pd.testing.assert_frame_equal(got, wanted)
    assert sorted(found.rows) == sorted(
        (city, *map(float, row)) for city, *row in wanted.itertuples()
    )


def test_what_is_kept_and_counted(cities: list[TableSource]) -> None:
    found = run("SELECT a.i FROM cities a, cities b", cities)

    assert (found.count, found.total, len(found.rows)) == (10_000, 1_000_000, 50)
    assert pa.ipc.open_stream(found.shown).read_all().num_rows == 1_000
    assert pa.parquet.read_table(io.BytesIO(found.data)).num_rows == 10_000
    nothing = run("SELECT * FROM cities WHERE i < 0", cities)
    assert (nothing.count, nothing.total, nothing.rows) == (0, 0, ())
    assert pa.ipc.open_stream(nothing.shown).read_all().column_names == ["i", "city", "price"]


def test_rows_are_kept_up_to_a_number_of_bytes(cities: list[TableSource]) -> None:
    found = run("SELECT repeat('x', 9000) AS long FROM cities", cities)

    assert found.total == 1_000
    assert 400 < found.count < 1_000
    assert len(str(run("SELECT repeat('x', 20000) AS long", cities).rows[0][0])) == 10_000


def test_names_that_must_be_quoted(shelf: Shelf) -> None:
    sources = shelf(**{'odd "name".x': ODD, "select": ODD})

    found = run(
        'SELECT "a.b", "price [€]", "say ""hi""" FROM "odd ""name"".x" WHERE "select" = 1', sources
    )

    assert found.rows == ((1, 1, 1),)
    assert [one.name for one in found.columns] == ["a.b", "price [€]", 'say "hi"']
    assert [c.name for c in run('SELECT 1 a, 2 a, 3 "A", 4 "\t"', sources).columns] == [
        "a",
        "a_2",
        "A_3",
        "column",
    ]


def test_every_type_can_be_shown(cities: list[TableSource]) -> None:
    found = run(
        "SELECT DATE '2024-05-31' AS d, TIMESTAMP '2024-05-31 12:00' AS t, TIME '12:00' AS c,"
        " TIMESTAMPTZ '2024-05-31 12:00+02' AS z, INTERVAL 3 DAY AS v, [1, 2] AS l,"
        " {'a': 1} AS s, MAP {'k': 1} AS m, 'ab'::BLOB AS b, 1.25::DECIMAL(9, 2) AS n,"
        " 170141183460469231731687303715884105727::HUGEINT AS h, uuid() IS NOT NULL AS u,"
        " uuid() AS w, 'nan'::DOUBLE AS x, NULL AS o, 'a'::ENUM('a') AS e, 1::UBIGINT AS q",
        cities,
    )

    by_name = dict(zip((one.name for one in found.columns), found.rows[0], strict=True))
    by_name.pop("w"), by_name.pop("v")
    assert by_name == {
        "d": "2024-05-31",
        "t": "2024-05-31T12:00:00",
        "c": "12:00:00",
        "z": "2024-05-31T10:00:00+00:00",
        "l": "[1, 2]",
        "s": '{"a": 1}',
        "m": '[["k", 1]]',
        "b": "6162",
        "n": 1.25,
        "h": 1.7014118346046923e38,
        "u": True,
        "x": None,
        "o": None,
        "e": "a",
        "q": 1,
    }
    kept = pa.parquet.read_table(io.BytesIO(found.data))
    assert kept.shape == (1, 17)


ALLOWED = [
    "WITH a AS (SELECT * FROM cities) SELECT count(*) FROM a",
    "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < 5) FROM r",
    "DESCRIBE cities",
    "SUMMARIZE cities",
    "SHOW TABLES",
    "FROM range(3)",
    "PIVOT cities ON city IN ('city 1', 'city 2') USING sum(price)",
    "SELECT city, row_number() OVER (PARTITION BY city ORDER BY i) FROM cities -- so",
    "SELECT * FROM cities UNION ALL BY NAME SELECT * FROM CITIES;",
    "SELECT unnest([1, 2])",
    "VALUES (1), (2)",
]


@pytest.mark.parametrize("sql", ALLOWED)
def test_queries(sql: str, cities: list[TableSource]) -> None:
    assert run(sql, cities).total


READERS: tuple[str, ...] = (
    "csv",
    "csv_auto",
    "json",
    "json_auto",
    "ndjson",
    "ndjson_objects",
    "text",
    "blob",
)
READERS += ("parquet", "duckdb", "single_csv_file", "single_json_file", "json_objects")
REFUSED = [
    *(f"FROM read_{one}('/etc/passwd')" for one in READERS),
    *(f"FROM {one}('/etc/passwd')" for one in ("sniff_csv", "parquet_scan", "parquet_schema")),
    "FROM '/etc/passwd'",
    'FROM "/etc/passwd"',
    "SELECT * FROM '../../etc/passwd'",
    "FROM 'https://example.org/a.csv'",
    'WITH "/etc/passwd" AS (SELECT 1) SELECT (SELECT 1 FROM x."/etc/passwd")',
    "SELECT (SELECT count(*) FROM glob('/*'))",
    "SELECT 1 LIMIT (SELECT count(*) FROM glob('/*'))",
    "SELECT getenv('HOME')",
    "SELECT current_setting('secret_directory')",
    "FROM duckdb_settings()",
    "FROM duckdb_secrets()",
    "FROM duckdb_databases()",
    "FROM duckdb_databases",
    "FROM system.main.duckdb_databases()",
    "FROM pragma_database_list",
    "FROM pg_catalog.pg_settings",
    "FROM information_schema.tables",
    "SHOW DATABASES",
    "SHOW ALL TABLES",
    "SUMMARIZE '/etc/passwd'",
    "WITH x AS (WITH duckdb_databases AS (SELECT 1) FROM duckdb_databases) FROM duckdb_databases",
    "FROM query('FROM duckdb_settings()')",
    "FROM query_table('duckdb_databases')",
    "FROM json_execute_serialized_sql(json_serialize_sql('FROM duckdb_databases()'))",
    "SELECT pg_sleep(100)",
    "ATTACH '/tmp/a.duckdb' AS a",
    "DETACH f0",
    "INSTALL httpfs",
    "LOAD httpfs",
    "COPY cities TO '/tmp/a.csv'",
    "COPY (SELECT 1) TO '/tmp/a.csv'",
    "WITH a AS (COPY cities TO '/tmp/a.csv') SELECT 1",
    "WITH a AS (INSERT INTO cities VALUES (1, '', 1) RETURNING 1) FROM a",
    "WITH a AS (DELETE FROM cities RETURNING 1) FROM a",
    "EXPORT DATABASE '/tmp/a'",
    "PRAGMA version",
    "CALL pragma_version()",
    "SET threads = 8",
    "RESET lock_configuration",
    "CREATE TABLE a AS SELECT 1",
    "CREATE MACRO a() AS 1",
    "INSERT INTO cities VALUES (1, '', 1)",
    "DROP VIEW cities",
    "EXPLAIN ANALYZE SELECT 1",
    "PREPARE a AS SELECT 1",
    "CHECKPOINT",
    "BEGIN",
    "SELECT 1; SELECT 2",
    "SELECT 1; ATTACH '/tmp/a.duckdb'",
    "SELECT $1",
    "FROM f0.main.cities",
    "FROM memory.main.cities",
    "SELECT * FROM nowhere",
    "SELECT nothing FROM cities",
    "SELEC 1",
    "",
    ";",
    "-- nothing",
    "SELECT '" + "x" * statement.SQL_MAX + "'",
    "SELECT " + "(" * 5_000 + "1" + ")" * 5_000,
    "SELECT " + "1+" * 8_000 + "1",
    "SELECT * FROM (" * 700 + "SELECT 1 AS a" + ")" * 700,
    "SELECT " + "[" * 5_000 + "]" * 5_000,
    "SELECT " + ", ".join(f"{n} AS c{n}" for n in range(201)),
]


@pytest.mark.parametrize("sql", REFUSED)
def test_what_is_refused(sql: str, cities: list[TableSource]) -> None:
    with pytest.raises(ToolError) as refused:
        run(sql, cities, seconds=2)

    said = str(refused.value)
    assert said
    assert "root:" not in said
    assert str(Path(cities[0].path).parent) not in said


LARGE = [
    "SELECT count(*) FROM cities a, cities b, cities c, cities d",
    "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r) SELECT max(n) FROM r",
    "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r) FROM r",
    "SELECT * FROM range(10000000000)",
    "SELECT list(x) FROM range(1000000000) t(x)",
    "SELECT string_agg(repeat('a', 1000000), '') FROM cities",
]


@pytest.mark.parametrize("sql", LARGE)
def test_what_is_ended(sql: str, cities: list[TableSource]) -> None:
    with pytest.raises(ToolError) as ended:
        run(sql, cities, seconds=0.3)

    assert ended.value.fix.startswith(sandbox.LESS)


def test_a_regex_bomb_goes_off_nowhere(cities: list[TableSource]) -> None:
    assert run("SELECT regexp_matches(repeat('a', 100000), '(a+)+b')", cities).rows == ((False,),)


def test_analysis_results_are_tables(shelf: Shelf) -> None:
    posts = [{"id": "1", "text": "Hi", "likes": 3, "created_at": "2024-05-05T10:00:00+00:00"}]
    figures = {"times": [1714903200, 1714816800, 1714730400]}
    stored = {"post_count": 3, "computed": figures, "posts": posts, "followers": 7}
    results = json.dumps([{"source": "x", "handle": "ann", "result": stored}])

    sundays = "SELECT handle, count(*) FROM posts WHERE weekday = 'Sunday' GROUP BY handle"
    assert sandbox.run(sundays, [], results).rows == (("ann", 1),)
    first = "SELECT time, hour, text, likes FROM posts ORDER BY time DESC LIMIT 1"
    assert sandbox.run(first, [], results).rows == (("2024-05-05T10:00:00", 10, "Hi", 3),)
    assert sandbox.run("SELECT followers, posts FROM profiles", [], results).rows == ((7, 3),)
    own = shelf(posts="SELECT 1 AS mine")
    assert sandbox.run("FROM posts", own, results).rows == ((1,),)
    assert sandbox.run("SELECT count(*) FROM analyzed_posts", own, results).rows == ((3,),)
    both = shelf(posts="SELECT 1 AS mine", analyzed_posts="SELECT 2 AS mine", given="SELECT 3")
    assert sandbox.run("FROM analyzed_posts, given", both, results).rows == ((2, 3),)
    assert sandbox.run("SELECT count(*) FROM analyzed_analyzed_posts", both, results).rows == (
        (3,),
    )


def test_a_file_that_is_gone_is_told(cities: list[TableSource], tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="cannot be read any more"):
        run("SELECT 1", [TableSource(str(tmp_path / "gone's.duckdb"), "a", "a")])
