"""A table that is attached, asked about and drawn: what was computed stays, wherever one looks."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from chat.runtime import Runtime
from store import put_in, users
from tests.chat.api.client import Client
from tests.chat.api.conftest import MINE, running, served
from tests.logins import login_of
from tests.model_script import Call, Script, Text, calls
from tests.scripted_model import ScriptedModel
from tests.waiting import until

pytestmark = pytest.mark.process
ROWS = '"Graz, Süd",1.25\nWien,2.5\nWien,\n"Graz, Süd",3\nLinz,0.1\n'
CSV = f"city,price\n{ROWS * 40}".encode()
MEAN = 'SELECT city, avg("price") AS mean FROM "sales" GROUP BY city ORDER BY city'
QUERY = Call("query_table", json.dumps({"sql": MEAN, "title": "Average price by city"}))
CHART = Call("draw_chart", '{"kind": "bar", "x": "city", "y": "mean"}')
CHAT = f"{MINE}/sales"
BYTES = {"Content-Type": "application/octet-stream"}


def ask(client: Client, model: ScriptedModel) -> list[str]:
    """The question of a file that is sent; the kinds of results that are told meanwhile."""
    model.queue(calls(QUERY), calls(CHART), Script([Text("Wien is dear.")]))
    sent = client.ask("POST", "/users/me/files?name=sales.csv", CSV, BYTES)
    assert client.post(MINE, {"session_id": "sales", "persona": "analyst"}).status == 201
    question = {
        "content": "What is the average price by city? Draw it.",
        "file_ids": [sent.json["file_id"]],
    }
    with client.stream("POST", f"{CHAT}/messages", question) as stream:
        told = stream.until(lambda event: event.event == "done")
    return [one.data["kind"] for one in told if one.event == "result"]


def seen(client: Client) -> dict[str, Any]:
    """All that there is of it: the file, the table with its query, the chart."""
    question, answer = client.get(f"{CHAT}/messages").json
    (file,) = question["files"]
    path = f"{CHAT}/messages/{answer['id']}/results"
    table, chart = ([one["result_id"], one["query"]] for one in answer["results"])
    found = pd.read_parquet(io.BytesIO(client.get(f"{path}/{table[0]}?format=parquet").body))
    wanted = pd.read_csv(io.BytesIO(CSV)).groupby("city", as_index=False).price.mean()
    pd.testing.assert_frame_equal(found, wanted.rename(columns={"price": "mean"}))
    assert client.post(f"{path}/{table[0]}/again").json["changes"] == []
    document = client.get(f"{path}/{chart[0]}").json
    assert [one["mean"] for one in document["data"]["values"]] == found["mean"].tolist()
    return {
        "bytes": client.get(f"/users/me/files/{file['file_id']}").body,
        "text": answer["content"],
        "table": client.get(f"{path}/{table[0]}").json,
        "chart": document,
        "queries": [table[1], chart[1]],
    }


def join(parts: Runtime, url: str, name: str) -> Client:
    """Somebody new, with a token."""
    with parts.database.transaction() as db:
        user = users.create(db, username=name, role="user", password_hash="x")
    token = parts.accounts.new_token(login_of(user), name="test").token
    return Client(url, {"Authorization": f"Bearer {token}"})


def test_it_stays_after_a_restart_and_goes_with_an_export_to_the_other_database(
    tmp_path: Path, scripted: ScriptedModel, postgres_url: str
) -> None:
    with running(tmp_path, scripted), served() as url:
        assert ask(Client(url), scripted) == ["table", "chart"]
        first = seen(Client(url))
        assert (first["bytes"], first["text"]) == (CSV, "Wien is dear.")
        assert first["queries"] == [MEAN, MEAN]
    with running(tmp_path, scripted), served() as url:
        assert seen(Client(url)) == first
        export = Client(url).get("/users/me/export").body
    (tmp_path / "own.json").write_bytes(export)
    elsewhere = str(tmp_path / "elsewhere")
    other = {"database_url": postgres_url, "files": elsewhere, "auth": "password"}
    with running(tmp_path, scripted, **other) as parts, served() as url:
        ann = join(parts, url, "ann")
        begun = ann.ask("POST", "/users/me/import", export, BYTES)
        path = f"/users/me/import/{begun.json['import_id']}"
        until(lambda: ann.get(path).json["state"] != "running")
        done = ann.get(path).json
        assert (done["state"], done["skipped"]) == ("done", [])
        assert seen(ann) == first
        bob = join(parts, url, "bob")
        given = ["bob", str(tmp_path / "own.json"), "--to", postgres_url, "--files", elsewhere]
        assert put_in.main(given) == 0
        assert seen(bob) == first
