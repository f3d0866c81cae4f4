"""A table that a running answer computes is kept with it, also when it has become read only."""

from __future__ import annotations

import pytest

from store.errors import ReadOnly
from tests.chat.data.conftest import CITIES, Desk
from tests.chat.data.test_tables import ASK
from tests.model_script import Gate, Script, Text, calls


def test_the_table_of_an_answer_that_runs_is_kept(desk: Desk) -> None:
    parts, gate = desk.room.parts, Gate()
    file = desk.add("cities.csv", data=CITIES)
    desk.room.model.queue(Script([gate, *calls(ASK).steps]), Script([Text("City 4.")]))
    asked = desk.room.send("Which?", session_id="desk", file_ids=[file.file_id])
    parts.read_only.switch(parts.identities.local, on=True)
    gate.opened.set()
    desk.room.watch(asked.answer.id, "desk")
    row = desk.room.row(asked.answer.id, "desk")
    assert (row.status, row.content, len(row.results)) == ("complete", "City 4.", 1)
    with pytest.raises(ReadOnly):
        desk.room.send("More", session_id="desk")
