from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from chat.agent.offline.data import next_call, planned, quoted
from chat.agent.types import ATTACHED
from chat.data.charts import checked
from chat.data.example import example
from chat.data.values import ChartSpec, ColumnInfo
from chat.personas.file import load_personas
from chat.tools import builtin

CITIES = {"city": "VARCHAR", "price": "DOUBLE", "order date": "DATE", "rooms": "BIGINT"}
ODD = {"the city [x]": "VARCHAR", 'a "price" in €': "DECIMAL(9,2)", "a.b": "BIGINT"}
POSTS = {"handle": "VARCHAR", "weekday": "VARCHAR", "hour": "INTEGER", "time": "TIMESTAMP"}
TABLES = [("cities", CITIES), ('odd "one"', ODD), ("posts", POSTS)]


@pytest.mark.parametrize(
    ("text", "query", "chart"),
    [
        (
            "What is the average price by city?",
            'SELECT "city" AS "city", avg("price") AS "average price" FROM "cities"',
            None,
        ),
        ("average of prices by cities", 'avg("price") AS "average price"', None),
        ("What is the average price by city? Draw it.", "LIMIT 50", "bar city average price"),
        ("sum of rooms per city as a chart", 'sum("rooms")', "bar city total rooms"),
        ("how many by city", "count(*)", None),
        ("Number of rows for each city", "GROUP BY 1", None),
        ("the highest price", 'SELECT max("price") AS "highest price" FROM "cities"', None),
        ("median price by month", 'date_trunc(\'month\', "order date") AS "month"', None),
        ("Chart the total price by month", "ORDER BY 1", "line month total price"),
        ("Chart the total price by month and city", "GROUP BY 1, 2", "line month total price city"),
        ("Draw a histogram of the price", 'SELECT "price" FROM', "histogram price"),
        ("scatter plot of rooms and price", 'SELECT "rooms", "price"', "scatter rooms price"),
        ("Draw the price by city", 'sum("price")', "bar city total price"),
        (
            'Average a "price" in € by the city [x]',
            'avg("a ""price"" in €") AS "average a ""price"" in €" FROM "odd ""one"""',
            None,
        ),
        ("Maximum of a.b by the city x", 'max("a.b")', None),
        ("Who of them posts most on Sundays?", "\"weekday\" = 'Sunday'", None),
        ("count by weekday and hour as a heatmap", "count(*)", "heatmap weekday hour count"),
        ("Show me the data", 'SELECT * FROM "cities" LIMIT 100', None),
    ],
)
def test_what_is_asked(text: str, query: str, chart: str | None) -> None:
    plan = planned(text, TABLES)

    assert plan
    assert query in plan.sql
    drawn = plan.chart and " ".join(v for k, v in plan.chart.items() if k != "title")
    assert drawn == chart
    with duckdb.connect() as database:
        for name, columns in TABLES:
            given = ", ".join(f"{quoted(n)} {kind}" for n, kind in columns.items())
            database.execute(f"CREATE TABLE {quoted(name)} ({given})")
        found = database.execute(plan.sql).description or []
    assert not plan.chart or {plan.chart["x"], plan.chart.get("y", plan.chart["x"])} <= {
        one[0] for one in found
    }


@pytest.mark.parametrize("text", ["Hello", "", "by city", "draw a horse", "average by nothing"])
def test_what_is_not_asked(text: str) -> None:
    assert planned(text, TABLES[:1]) is None


def said(*messages: tuple[str, str]) -> list[dict[str, Any]]:
    line = json.dumps({"table": "cities", "rows": 3, "columns": CITIES})
    return [
        {"role": "system", "content": f"You compute.\n{line}\nSo."},
        *({"role": role, "content": content} for role, content in messages),
    ]


def test_first_the_query_and_then_the_chart() -> None:
    question = ("user", f"Average price by city, draw it\n{ATTACHED}\nof hour by handle")

    first = next_call(said(question))
    assert first
    assert first[0] == "query_table"
    assert first[1]["title"] == "Average price by city"
    found = ("tool", '{"query_id": "q1", "rows": []}')
    then = next_call(said(question, ("assistant", ""), found))
    assert then
    assert then[0] == "draw_chart"
    assert then[1]["query_id"] == "q1"
    assert next_call(said(question, found, ("tool", "{}"))) is None
    assert next_call(said(question, ("tool", "Error: no"))) is None
    assert next_call([{"role": "user", "content": question[1]}]) is None


def test_draw_it_is_about_the_question_before() -> None:
    before = (("user", "Average price by city"), ("assistant", "There."))

    asked = next_call(said(*before, ("user", "Draw it")))
    assert asked
    assert 'avg("price")' in str(asked[1]["sql"])
    as_line = next_call(said(*before, ("user", "draw it as a line"), ("tool", '{"query_id": "q"}')))
    assert as_line
    assert as_line[1]["kind"] == "line"


def test_the_starters_of_the_analyst_fit_the_example() -> None:
    name, content = example()
    with duckdb.connect() as database:
        path = Path(example.__code__.co_filename).with_name(name)
        database.execute(f"CREATE TABLE cafe_sales AS FROM read_csv('{path}')")
        columns = {one[0]: one[1] for one in database.execute("DESCRIBE cafe_sales").fetchall()}
        analyst = load_personas(tools=builtin()).get("analyst")
        for starter in analyst.starters:
            plan = planned(starter, [("cafe_sales", columns)])
            assert plan
            assert plan.chart
            infos = [ColumnInfo(n, t) for n, t in _columns(database, plan.sql)]
            chart = {name: plan.chart.get(name, "") for name in ("kind", "x", "y", "colour")}
            assert checked(ChartSpec(**chart), infos)
    assert content.count(b"\n") == 601


def _columns(database: duckdb.DuckDBPyConnection, sql: str) -> list[tuple[str, str]]:
    return [(str(one[0]), str(one[1])) for one in database.execute(sql).description or []]
