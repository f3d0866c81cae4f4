"""Answers that are stopped while a query runs: nothing of it goes on, or is left."""

from __future__ import annotations

import json
from contextlib import suppress

import psutil

from chat.data import sandbox
from chat.events import ToolProgress
from tests.chat.conftest import read_until
from tests.chat.data.conftest import CITIES, Desk
from tests.chat.data.test_others import ENDLESS
from tests.chat.data.test_tables import ASK
from tests.model_script import Call, Script, Text, calls
from tests.waiting import until

SPENT_SECONDS = 0.3
"""Of a processor: more than it takes to begin with what is loaded."""


def spent(pids: list[int]) -> dict[int, float]:
    """How much of a processor each of these processes has had."""
    found = {}
    for pid in pids:
        with suppress(psutil.NoSuchProcess):
            found[pid] = sum(psutil.Process(pid).cpu_times()[:2])
    return found


def test_stop_ends_the_query_and_its_process(desk: Desk) -> None:
    file, room = desk.add("cities.csv", data=CITIES), desk.room
    room.model.queue(calls(ASK), Script())
    desk.ask("First", file)
    ended: list[str] = []
    object.__setattr__(desk.data, "query_ended", ended.append)
    before, work = spent(desk.data.work.pids), desk.data.work
    lying = set(room.settings.files_folder.rglob("*"))

    endless = Call("query_table", json.dumps({"sql": ENDLESS["loops for ever"], "title": "All"}))
    steps = [Text("Let me see."), endless]
    room.model.queue(calls(ASK), Script(steps, finish_reason="tool_calls"))
    asked = room.send("Count them", session_id="desk")
    viewer = room.turns.attach(desk.key, asked.answer.id)
    read_until(viewer, lambda one: isinstance(one, ToolProgress) and "All" in one.summary)

    def busy() -> list[int]:
        now = spent(work.pids)
        return [pid for pid, took in now.items() if took > before.get(pid, 0) + SPENT_SECONDS]

    (pid,) = until(busy)
    room.stop("desk")
    row = room.ended(asked.answer.id, "desk")

    assert (row.status, row.content) == ("stopped", "Let me see.")
    assert [(use["outcome"], use["summary"]) for use in row.tools_used] == [
        ("done", "5 rows, 2 columns"),
        ("stopped", "Stopped."),
    ]
    assert [one.title for one in row.results] == ["Average price by city"]
    until(lambda: not psutil.pid_exists(pid), sandbox.SECONDS / 2)  # which ends it by itself
    assert pid not in work.pids
    assert set(room.settings.files_folder.rglob("*")) == lying
    room.model.queue(calls(ASK), Script())
    after, _ = desk.ask("And now?")
    assert (after.status, len(after.results)) == ("complete", 1)
    assert ended == ["done", "stopped", "done"]
