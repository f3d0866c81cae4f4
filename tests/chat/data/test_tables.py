"""Answers that compute: asked of a model, kept with the answer, limited, asked again."""

from __future__ import annotations

import asyncio
import io
import json
import subprocess
import sys
from collections.abc import Coroutine
from typing import Any, TypeVar

import duckdb
import pytest

from chat.data import answering, sandbox
from chat.data.answering import AnswerData
from chat.data.charts import chart_of
from chat.data.example import example
from chat.data.tables import LIMITS
from chat.data.values import ChartSpec
from chat.errors import InvalidInput, ToolError
from chat.events import ResultEvent
from chat.work.children import WorkLimits
from chat.work.failures import TookTooLong
from chat.work.pool import Pool
from store import profiles, results
from store.errors import SessionNotFound
from store.values import SessionKey
from tests.chat.conftest import USER, Rooms
from tests.chat.data.conftest import CITIES, Desk
from tests.model_script import Call, Script, Text, calls

T = TypeVar("T")
MEAN = 'SELECT city, avg("price") AS "average price" FROM "cities" GROUP BY city ORDER BY city'
ASK = Call("query_table", json.dumps({"sql": MEAN, "title": "Average price by city"}))
DRAW = Call("draw_chart", json.dumps({"kind": "bar", "x": "city", "y": "Average price"}))


def now(work: Coroutine[object, object, T]) -> T:
    return asyncio.run(work)


def computed(desk: Desk) -> Any:
    """The answer to the question of the acceptance."""
    file = desk.add("cities.csv", data=CITIES)
    desk.room.model.queue(calls(ASK), calls(DRAW), Script([Text("City 4 is dear.")]))
    return desk.ask("What is the average price by city? Draw it.", file)


def test_a_table_and_a_chart_stay_with_the_answer(desk: Desk) -> None:
    import pandas as pd

    row, watched = computed(desk)

    assert row.content == "City 4 is dear."
    table, chart = row.results
    assert (table.kind, table.title, table.query) == ("table", "Average price by city", MEAN)
    assert (table.count, table.total) == (5, 5)
    told = [event for event in watched.events if isinstance(event, ResultEvent)]
    assert [(one.result_id, one.kind, one.message_id) for one in told] == [
        (table.result_id, "table", row.id),
        (chart.result_id, "chart", row.id),
    ]
    assert chart_of(chart.about) == ChartSpec("bar", "city", "average price")
    assert chart.about["of"] == table.result_id
    with desk.room.database.reading() as db:
        data = results.data(db, desk.key, message_id=row.id, result_id=table.result_id)
    whole = pd.DataFrame({"i": range(1, 1001)})
    whole["city"], whole["price"] = [f"city {n % 5}" for n in whole.i], whole.i * 0.5
    wanted = whole.groupby("city", as_index=False).agg(**{"average price": ("price", "mean")})
    pd.testing.assert_frame_equal(pd.read_parquet(io.BytesIO(data)), wanted)


def test_the_offline_model_shows_all_of_it(rooms: Rooms) -> None:
    import pandas as pd

    room = rooms(openai_base_url=None, model="", offline_tokens_per_second=100_000)
    room.create("first", persona="analyst")
    name, content = example()
    file, _ = room.parts.files.add(USER, io.BytesIO(content), name)
    asked = room.send(
        "What is the average price by city? Draw it.", session_id="first", file_ids=[file.file_id]
    )
    row = room.ended(asked.answer.id, "first")

    assert row.status == "complete"
    table, chart = row.results
    assert table.title == chart.title == "Average price by city"
    with room.database.reading() as db:
        key = SessionKey(USER, "first")
        data = results.data(db, key, message_id=row.id, result_id=table.result_id)
    whole = pd.read_csv(io.BytesIO(content)).groupby("city").price.mean()
    wanted = whole.sort_values(ascending=False).rename("average price").reset_index()
    got = pd.read_parquet(io.BytesIO(data))
    pd.testing.assert_frame_equal(got, wanted, check_dtype=False)
    assert "computed a table" in row.content


def test_they_are_there_after_a_restart(desk: Desk, rooms: Rooms) -> None:
    row, _ = computed(desk)
    desk.room.close()

    later = rooms()
    assert later.row(row.id, "desk").results == row.results
    with later.database.reading() as db:
        data = results.shown(db, desk.key, message_id=row.id, result_id=row.results[1].result_id)
    assert data


def test_the_model_is_told_the_tables_and_what_went_wrong(desk: Desk) -> None:
    odd = desk.add("Umsätze 2024.xlsx", Sheet1='SELECT 1 AS "a.b"', Notes="SELECT 2 AS n")
    wrong = Call("query_table", '{"sql": "SELECT nothing FROM \\"Sheet1\\""}')
    desk.room.model.queue(calls(wrong), Script([Text("Sorry.")]))
    row, _ = desk.ask("Add it up", odd, desk.add("cities.csv", data=CITIES))

    system = desk.room.model.requests[0].body["messages"][0]["content"]
    lines = [json.loads(line) for line in system.splitlines() if line.startswith('{"table"')]
    assert [one["table"] for one in lines] == ["Sheet1", "Notes", "cities"]
    assert lines[2] == {
        "table": "cities",
        "rows": 1000,
        "columns": {"i": "BIGINT", "city": "VARCHAR", "price": "DOUBLE"},
    }
    given = desk.room.model.requests[1].body["messages"][-1]["content"]
    assert given.startswith("Error: ")
    assert '"Sheet1" ("a.b" INTEGER); "Notes" ("n" INTEGER); "cities" ("i" BIGINT' in given
    assert row.results == ()


def test_the_branch_says_which_tables_there_are(desk: Desk) -> None:
    first, _ = desk.ask("Here", desk.add("one.csv", data="SELECT 1 AS a"))
    desk.ask("And", desk.add("one.csv", data="SELECT 2 AS a"))
    other, _ = desk.ask("Instead", edit_of=first.parent_id)

    branch = desk.room.branch("desk")
    assert [one.id for one in branch] == [other.parent_id, other.id]
    assert now(AnswerData(desk.data, desk.key, other.id, other.parent_id).tables()) == ()
    latest = max(desk.room.row(first.id, "desk").versions)
    assert latest
    with desk.room.database.reading() as db:
        found = desk.data.within(db, desk.key, first.id).described()
    assert [one.name for one in found] == ["one"]


def test_without_a_table_nothing_is_offered(desk: Desk) -> None:
    row, _ = desk.ask("Compute")

    assert "tools" not in desk.room.model.requests[0].body
    mine = AnswerData(desk.data, desk.key, row.id, row.parent_id)
    with pytest.raises(ToolError, match="no table in this chat yet"):
        now(mine.query(MEAN, "", tell=lambda _: None))
    with pytest.raises(ToolError, match="Call query_table first"):
        now(mine.draw("", ChartSpec("bar", "city", "price"), "", tell=lambda _: None))


def test_analysis_results_are_asked_too(desk: Desk) -> None:
    stored = {"post_count": 2, "posts": [], "computed": {"times": [1714903200, 1714816800]}}
    with desk.room.database.transaction() as db:
        profiles.save(db, desk.key, source="x", handle="ann", result=stored)
    sql = "SELECT handle, count(*) AS n FROM posts WHERE weekday = 'Sunday' GROUP BY handle"
    desk.room.model.queue(calls(Call("query_table", json.dumps({"sql": sql}))), Script())
    row, _ = desk.ask("Who posts most on Sundays?")

    assert row.results[0].total == 1
    assert '"table": "posts"' in desk.room.model.requests[0].body["messages"][0]["content"]


def test_asked_again_it_says_what_changed(desk: Desk) -> None:
    row, _ = computed(desk)
    table, chart = row.results
    place = (desk.key, row.id)

    assert now(desk.data.again(*place, table.result_id)).changes == ()
    (path,) = desk.paths.values()
    with duckdb.connect(str(path)) as database:
        database.execute("UPDATE data SET price = 1 WHERE city = 'city 1'")
    rerun = now(desk.data.again(*place, table.result_id))
    assert rerun.changes == ("Rows that are gone: 1; new rows: 1.",)
    assert rerun.result.rows[1] == ("city 1", 1.0)
    assert desk.room.row(row.id, "desk").results == row.results
    with duckdb.connect(str(path)) as database:
        database.execute("UPDATE data SET city = i")
    more = now(desk.data.again(*place, table.result_id))
    assert more.changes == ("Rows that are gone: 5; new rows: 1,000.",)
    with pytest.raises(InvalidInput, match="chart"):
        now(desk.data.again(*place, chart.result_id))
    with pytest.raises(SessionNotFound):
        now(desk.data.again(SessionKey("somebody", "desk"), row.id, table.result_id))
    desk.paths.clear()
    with pytest.raises(InvalidInput, match=r'"cities\.csv" of the table "cities" cannot be read'):
        now(desk.data.again(*place, table.result_id))


def test_what_an_answer_may_have_is_limited(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    row, _ = computed(desk)
    mine = AnswerData(desk.data, desk.key, row.id, row.parent_id)

    def ask(sql: str = 'SELECT * FROM "cities"') -> object:
        return now(mine.query(sql, "", tell=lambda _: None))

    monkeypatch.setattr(answering, "ANSWER_BYTES", 1_000)
    with pytest.raises(ToolError, match="too large together"):
        ask()
    monkeypatch.setattr(answering, "ANSWER_BYTES", 10_000_000)
    object.__setattr__(desk.data, "user_bytes", lambda *_: 1_000)
    with pytest.raises(ToolError, match="of all chats"):
        ask()
    object.__setattr__(desk.data, "user_bytes", lambda *_: 10_000_000)
    monkeypatch.setattr(answering, "QUERIES_MAX", 3)
    ask()
    with pytest.raises(ToolError, match="has tried 3"):
        ask()
    assert len(desk.room.row(row.id, "desk").results) == 3


@pytest.mark.parametrize(
    ("kind", "columns", "said"),
    [
        ("bar", {"x": "nowhere", "y": "i"}, "Use one of: i, city, price"),
        ("bar", {"x": "city", "y": "city"}, "must be a number"),
        ("line", {"x": "i"}, "needs a y"),
        ("heatmap", {"x": "i", "y": "city"}, "needs a number as colour"),
        ("histogram", {"x": "city"}, "must be a number"),
        ("bar", {"x": "i", "y": "price"}, "too many for this chart"),
        ("line", {"x": "i", "y": "price", "colour": "i"}, "too many for this chart"),
    ],
)
def test_charts_that_cannot_be_drawn(
    desk: Desk, kind: Any, columns: dict[str, str], said: str
) -> None:
    file = desk.add("cities.csv", data=CITIES)
    whole = Call("query_table", '{"sql": "FROM cities"}')
    chart = Call("draw_chart", json.dumps({"kind": kind, **columns}))
    desk.room.model.queue(calls(whole), calls(chart), Script())
    row, _ = desk.ask("Draw", file)

    assert [one.kind for one in row.results] == ["table"]
    assert said in desk.room.model.requests[2].body["messages"][-1]["content"]


@pytest.mark.slow
def test_what_is_too_much_ends_within_its_limits_and_others_notice_nothing(desk: Desk) -> None:
    file = desk.add("cities.csv", data=CITIES)
    source = [sandbox.TableSource(str(desk.paths[file.file_id]), "data", "cities")]
    slow = "SELECT levenshtein(repeat('a', 1000000), repeat('b', 1000000))"
    large = ["SELECT repeat('a', 2000000000)", "SELECT range(1000000000)"]
    large.append("SELECT lpad('a', 1500000000, 'b')")
    limits = WorkLimits(seconds=1.0, memory=LIMITS.memory, result=LIMITS.result)
    pool = Pool(limits)

    async def both() -> None:
        ended = asyncio.ensure_future(pool.run("ann", sandbox.run, slow, source, "", 10.0))
        others = await pool.run("bob", sandbox.run, MEAN, source, "", 10.0)
        assert len(others.rows) == 5
        assert not ended.done()
        with pytest.raises(TookTooLong):
            await ended
        for sql in large:
            with pytest.raises(ToolError):
                await pool.run("ann", sandbox.run, sql, source, "", 10.0)
        after = await pool.run("ann", sandbox.run, MEAN, source, "", 10.0)
        assert after == others

    try:
        now(both())
    finally:
        pool.close()


@pytest.mark.process
def test_the_server_loads_nothing_of_it() -> None:
    """Neither at its start nor when a query runs: that is another process."""
    code = (
        "import sys, asyncio, chat.runtime, chat.api.application\n"
        "from chat.data import answering, sandbox\n"
        "from chat.data.tables import LIMITS\n"
        "from chat.work.pool import Pool\n"
        "pool = Pool(LIMITS)\n"
        "found = asyncio.run(pool.run('a', sandbox.run, 'SELECT 6 * 7', [], '', 10.0))\n"
        "pool.close()\n"
        "print(found.rows, {'duckdb', 'pyarrow', 'numpy', 'pandas'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "((42,),) set()"
