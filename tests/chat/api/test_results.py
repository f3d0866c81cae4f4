"""What tools computed, over the API: read, as files, run again."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pyarrow.parquet as pq
import pytest

from store.users import LOCAL_USER
from tests.chat.api.conftest import Api
from tests.model_script import Call, Script, Text, calls

SQL = "SELECT name, n, day FROM sales ORDER BY n"
ROWS = b"name,n,day\n=1+1,1,2024-05-01\nb.c,2,2024-05-02\n"
QUERY = Call("query_table", json.dumps({"sql": SQL, "title": "Sales"}))
CHART = Call("draw_chart", '{"kind": "bar", "x": "name", "y": "n"}')


@pytest.fixture
def answer(api: Api) -> tuple[str, Any]:
    """The path of its results, and the answer as it is stored."""
    file, _ = api.parts.files.add(LOCAL_USER, io.BytesIO(ROWS), "sales.csv")
    path = api.make(persona="analyst")
    api.model.queue(calls(QUERY), calls(CHART), Script([Text("So.")]))
    body = {"content": "Draw it", "file_ids": [file.file_id]}
    stored = api.post(f"{path}/messages", body).json["assistant"]
    return f"{path}/messages/{stored['id']}/results", stored


def test_a_table_in_all_its_kinds(api: Api, answer: tuple[str, Any]) -> None:
    path, stored = answer
    table, chart = stored["results"]
    assert (table["kind"], table["query"], chart["kind"]) == ("table", SQL, "chart")

    found = api.get(f"{path}/{table['result_id']}").json
    assert found["rows"] == [["=1+1", 1, "2024-05-01"], ["b.c", 2, "2024-05-02"]]
    assert found["columns"][1] == {"name": "n", "type": "BIGINT"}
    assert (found["title"], found["count"], found["total"]) == ("Sales", 2, 2)
    as_csv = api.get(f"{path}/{table['result_id']}?format=csv")
    assert list(csv.reader(io.StringIO(as_csv.body.decode("utf-8-sig")))) == [
        ["name", "n", "day"],
        ["'=1+1", "1", "2024-05-01"],
        ["b.c", "2", "2024-05-02"],
    ]
    assert as_csv.headers["content-disposition"] == 'attachment; filename="result.csv"'
    parquet = api.get(f"{path}/{table['result_id']}?format=parquet")
    assert pq.read_table(io.BytesIO(parquet.body))["n"].to_pylist() == [1, 2]


def test_a_chart_is_a_vega_lite_document(api: Api, answer: tuple[str, Any]) -> None:
    path, stored = answer

    document = api.get(f"{path}/{stored['results'][1]['result_id']}").json
    assert document["$schema"].startswith("https://vega.github.io/schema/vega-lite/")
    assert document["mark"]["type"] == "bar"
    assert document["encoding"]["x"]["field"] == "name"
    assert document["data"]["values"] == [{"name": "=1+1", "n": 1}, {"name": "b.c", "n": 2}]


def test_run_again(api: Api, answer: tuple[str, Any]) -> None:
    path, stored = answer
    file_id = _question(api, path)["files"][0]["file_id"]
    first, chart = (one["result_id"] for one in stored["results"])

    assert api.post(f"{path}/{first}/again").json["changes"] == []
    assert len(api.get(f"{path}/{first}").json["rows"]) == 2
    assert api.post(f"{path}/{chart}/again").status == 422
    api.parts.files.remove(LOCAL_USER, file_id)
    gone = api.post(f"{path}/{first}/again")
    assert (gone.status, gone.json["error"]["code"]) == (422, "invalid_input")


def _question(api: Api, path: str) -> Any:
    """The message above, as lists have it."""
    return api.get(path.rpartition("/messages/")[0] + "/messages").json[0]


@pytest.mark.parametrize("end", ["nowhere", "no way", "nowhere?format=xlsx", "nowhere?format=csv"])
def test_what_is_not_there(api: Api, end: str) -> None:
    path = api.make()
    asked = api.post(f"{path}/messages", {"content": "hi"}).json

    found = api.get(f"{path}/messages/{asked['assistant']['id']}/results/{end}".replace(" ", "%20"))
    assert found.status == (422 if end in ("no way", "nowhere?format=xlsx") else 404)


def test_a_result_event_is_streamed(api: Api, answer: tuple[str, Any]) -> None:
    path, _ = answer
    api.model.queue(calls(QUERY), Script([Text("So.")]))
    session = path.partition("/messages")[0]
    streamed = api.post(
        f"{session}/messages", {"content": "Again"}, headers={"Accept": "text/event-stream"}
    )

    events = [line for line in streamed.body.decode().splitlines() if line.startswith("data: ")]
    told = [json.loads(line[6:]) for line in events if '"type":"result"' in line]
    assert [(one["kind"], one["title"], one["total"]) for one in told] == [("table", "Sales", 2)]
