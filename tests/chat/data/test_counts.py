"""What is counted of queries and of what they gave."""

from __future__ import annotations

import json

import pytest

from chat.work.pool import Pool
from tests.chat.conftest import Rooms
from tests.chat.data.conftest import CITIES, Desk, Shelf
from tests.chat.data.test_tables import ASK, DRAW
from tests.model_script import Call, Script, calls

REFUSED = "DELETE FROM cities"
LIMITED = ["SELECT repeat('a', 2000000000)", "SELECT 1 FROM cities a, cities b, cities c"]


@pytest.mark.process
def test_how_queries_ended_and_what_was_stored(rooms: Rooms, shelf: Shelf, queries: Pool) -> None:
    desk = Desk(rooms(metrics_token="secret"), shelf, queries)
    asks = [Call("query_table", json.dumps({"sql": sql})) for sql in (REFUSED, *LIMITED)]
    desk.room.model.queue(*map(calls, (ASK, ASK, DRAW, *asks)), Script())
    row, _ = desk.ask("Count", desk.add("cities.csv", data=CITIES))

    assert len(row.results) == 3
    text = desk.room.parts.metrics.text().decode()
    for line in (
        'parley_queries_total{outcome="done"} 2.0',
        'parley_queries_total{outcome="refused"} 1.0',
        'parley_queries_total{outcome="limit"} 2.0',
        'parley_results_total{kind="table"} 2.0',
        'parley_results_total{kind="chart"} 1.0',
    ):
        assert line in text
