"""Charts: what is checked, what is drawn of a result, and the documents."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chat.data import sandbox
from chat.data.charts import KINDS, chart_of, checked, vega, with_values
from chat.data.values import ChartKind, ChartSpec, ColumnInfo
from chat.data.words import quoted
from chat.errors import ToolError

COLUMNS = (
    ColumnInfo("city", "VARCHAR"),
    ColumnInfo("a.b[0]", "DOUBLE"),
    ColumnInfo("day", "DATE"),
    ColumnInfo("at", "TIMESTAMP"),
    ColumnInfo("n", "BIGINT"),
)


def kept(sql: str) -> bytes:
    return sandbox.run(sql, [], "").data


def encoding(kind: ChartKind, x: str, y: str, colour: str = "") -> Any:
    return vega(ChartSpec(kind, x, y, colour), COLUMNS)["encoding"]


def test_types_decide_how_columns_are_drawn() -> None:
    bar = encoding("bar", "city", "n")
    assert (bar["x"]["type"], bar["x"]["sort"], bar["y"]["type"]) == (
        "nominal",
        None,
        "quantitative",
    )
    line = encoding("line", "day", "a.b[0]", "n")
    assert line["x"]["type"] == "temporal"
    assert line["x"]["scale"] == {"type": "utc"}
    assert line["y"] == {"field": r"a\.b\[0\]", "type": "quantitative", "title": "a.b[0]"}
    assert line["color"]["type"] == "nominal"
    assert encoding("bar", "n", "a.b[0]")["x"]["type"] == "ordinal"
    heat = encoding("heatmap", "city", "day", "n")
    assert heat["y"]["timeUnit"] == "utcyearmonthdate"
    assert (heat["y"]["type"], heat["color"]["type"]) == ("temporal", "quantitative")
    scatter = encoding("scatter", "n", "a.b[0]", "n")
    assert scatter["x"]["scale"] == {"zero": False}
    assert scatter["color"]["type"] == "quantitative"


def test_the_document_names_no_colour_and_no_address_of_data() -> None:
    document = vega(ChartSpec("area", "day", "n", "city"), COLUMNS, "Sales")

    assert set(document) == {"$schema", "title", "width", "height", "mark", "encoding"}
    assert document["mark"] == {"type": "area", "tooltip": True, "opacity": 0.7}
    assert "range" not in str(document)
    whole = with_values(document, COLUMNS[3:], [("2024-05-31T12:00:00", 1), (None, 2)])
    assert whole["data"]["values"] == [{"at": "2024-05-31T12:00:00Z", "n": 1}, {"at": None, "n": 2}]


@pytest.mark.slow
def test_the_documents_are_vega_lite() -> None:
    import altair

    hist = (ColumnInfo("n", "DOUBLE"), ColumnInfo("n to", "DOUBLE"), ColumnInfo("count", "BIGINT"))
    charts = [(ChartSpec("histogram", "n"), hist)]
    for kind in KINDS:
        if kind != "histogram":
            charts += [(ChartSpec(kind, x, "a.b[0]", "n"), COLUMNS) for x in ("city", "day", "n")]
            charts.append((ChartSpec(kind, "at", "n", "city"), COLUMNS))
    for chart, columns in charts:
        document = with_values(vega(chart, columns, "A title"), columns, [])
        assert document["$schema"] == altair.SCHEMA_URL.rpartition("v6")[0] + "v6.json"
        altair.Chart.from_dict(document)


def test_names_are_found_however_they_are_written() -> None:
    assert checked(ChartSpec("bar", "CITY", '"n"'), COLUMNS) == ChartSpec("bar", "city", "n")
    assert checked(ChartSpec("histogram", "n", "city"), COLUMNS) == ChartSpec("histogram", "n")
    with pytest.raises(ToolError, match="no column 'nowhere'"):
        checked(ChartSpec("bar", "nowhere", "n"), COLUMNS)
    with pytest.raises(ToolError, match="has no x"):
        checked(ChartSpec("bar", "", "n"), COLUMNS)


@pytest.mark.parametrize("about", [{}, {"chart": 1}, {"chart": {"kind": "pie", "x": "a"}}])
def test_what_is_no_chart(about: dict[str, object]) -> None:
    assert chart_of(about) is None


@pytest.mark.parametrize(
    ("along", "lies"),
    [
        ({"Oslo", "Rome", None}, True),
        (["Monday", "Tuesday", "Monday"] * 50, True),
        ([str(n) for n in range(8)], True),
        ([str(n) for n in range(9)], False),
        (["A rather long name of a place", "Rome", "Oslo"], False),
        ((), False),
    ],
)
def test_names_of_few_short_categories_are_not_turned(along: list[str], lies: bool) -> None:
    axis = vega(ChartSpec("bar", "city", "n"), COLUMNS, "", along)["encoding"]["x"]["axis"]

    assert (axis.get("labelAngle") == 0) == lies
    assert "axis" not in vega(ChartSpec("line", "n", "n"), COLUMNS, "", [1])["encoding"]["x"]


ODD = ["a.b", "c[0]", 'say "hi"', "it's", "😀 €", "back\\slash", "count", "x to", "<b>", "$[x]"]
CELLS = {
    "VARCHAR": "'v' || x % 3",
    "BOOLEAN": "x % 2 = 0",
    "BIGINT": "9223372036854775807 - x",
    "DOUBLE": "CASE x WHEN 0 THEN 'inf'::DOUBLE WHEN 1 THEN 'nan' WHEN 2 THEN NULL ELSE x END",
    "DATE": "DATE '1750-01-01' + x::INT",
    "TIMESTAMP": "TIMESTAMP '1750-01-01' + INTERVAL (x) HOUR",
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_odd_columns(kind: ChartKind) -> None:
    import altair

    for these in (ODD, ODD[::-1]):
        names = dict(zip(CELLS, these, strict=False))
        picked = ", ".join(f"{made} AS {quoted(names[one])}" for one, made in CELLS.items())
        data = kept(f"SELECT {picked} FROM range(12) t(x)")
        for x in CELLS:
            spec = ChartSpec(kind, names[x], names["DOUBLE"], names["BOOLEAN"])
            if kind == "heatmap":
                spec = ChartSpec(kind, names[x], names["VARCHAR"], names["BIGINT"])
            if kind == "histogram" and x not in ("BIGINT", "DOUBLE"):
                continue
            found = sandbox.drawn(data, spec)
            document = vega(spec, found.columns, "T", [row[0] for row in found.rows])
            whole = with_values(document, found.columns, sandbox.rows(found.data))
            altair.Chart.from_dict(json.loads(json.dumps(whole, allow_nan=False)))


@pytest.mark.parametrize(
    "numbers", ["(-1.7e308), (1.7e308)", "(0.0), (5e-324)", "(1e-310), (2e-310)"]
)
def test_numbers_that_cannot_be_counted_are_refused(numbers: str) -> None:
    with pytest.raises(ToolError, match="too far apart or too near"):
        sandbox.drawn(kept(f"SELECT n::DOUBLE AS n FROM (VALUES {numbers}) v(n)"), _histogram())


@pytest.mark.parametrize("numbers", ["1e300 + x * 1e299", "1e16 + x * 2", "9007199254740993 + x"])
def test_large_numbers_are_counted(numbers: str) -> None:
    found = sandbox.drawn(kept(f"SELECT {numbers} AS n FROM range(50) t(x)"), _histogram())

    assert sum(int(row[2] or 0) for row in found.rows) == 50


def _histogram() -> ChartSpec:
    return ChartSpec("histogram", "n")


def test_a_histogram_counts_all_rows() -> None:
    data = kept('SELECT x * 1.0 AS "a.b", x % 2 = 0 AS even FROM range(5000) r(x)')
    chart = ChartSpec("histogram", "a.b")

    drawn = sandbox.drawn(data, chart)
    assert [one.name for one in drawn.columns] == ["a.b", "a.b to", "count"]
    assert sum(int(row[2] or 0) for row in drawn.rows) == 5_000
    assert drawn.rows[0] == (0.0, 500.0, 500)
    drawing = vega(chart, drawn.columns)["encoding"]
    assert drawing["x2"] == {"field": r"a\.b to"}
    assert drawing["y"]["field"] == "count"
    halves = sandbox.drawn(data, ChartSpec("histogram", "a.b", colour="even"))
    assert halves.rows[0] == (0.0, False, 500.0, 250)
    twice = sandbox.drawn(kept("SELECT 7 AS count FROM range(3)"), ChartSpec("histogram", "count"))
    assert [one.name for one in twice.columns] == ["count", "count to", "count_2"]
    same = sandbox.drawn(kept("SELECT 7 AS n FROM range(3)"), ChartSpec("histogram", "n"))
    assert same.rows == ((6.5, 7.5, 3),)


def test_a_line_is_thinned_and_has_only_what_it_draws() -> None:
    drawn = sandbox.drawn(kept("SELECT x, x AS y, x AS z FROM range(9000) r(x)"), _line())

    assert ([one.name for one in drawn.columns], drawn.count) == (["x", "y"], 1_000)
    assert drawn.total == 9_000
    with pytest.raises(ToolError, match="nothing to draw"):
        sandbox.drawn(kept("SELECT 1 AS x, 2 AS y WHERE false"), _line())


def _line() -> ChartSpec:
    return ChartSpec("line", "x", "y")
