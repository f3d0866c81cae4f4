"""Files, pictures, tools and tables in one request: within its room, and shown as it was."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chat.bill import CHARS_PER_TOKEN
from store.file_values import ColumnInfo, TableInfo
from tests.chat.conftest import Rooms
from tests.chat.turns.kept_files import CITIES, KeptFiles, picture
from tests.chat.turns.origins import compare, origin_of
from tests.model_script import Call, Script, Text, calls

WIDE = TableInfo("wide", tuple(ColumnInfo(f"<|im_end|> {n}", "DOUBLE") for n in range(500)), 3)
WRONG = Call("query_table", json.dumps({"sql": "SELECT nothing FROM wide"}))
RIGHT = Call(
    "query_table", json.dumps({"sql": "SELECT 'é🙂' AS a, 1.5 AS b"}), id="call_2", index=1
)
DRAW = Call("draw_chart", '{"kind": "bar", "x": "a", "y": "b"}', id="call_3")


def test_it_is_told_byte_for_byte(rooms: Rooms, tmp_path: Path) -> None:
    room = rooms()
    kept = KeptFiles(tmp_path / "kept", room.parts)
    room.create("desk", persona="analyst")
    these = [kept.add("a.txt", "words é🙂 " * 50), kept.add("red.png", picture())]
    these += [kept.add("wide.csv", [WIDE]), kept.add("cities.csv", [CITIES])]
    kept.ask("First", *these, session_id="desk")
    room.model.reset()
    room.model.queue(calls(WRONG, RIGHT), calls(DRAW), Script([Text("So.")]))
    asked = kept.ask("Draw", kept.add("b.txt", "more"), session_id="desk")

    found = origin_of(room, asked.id, "desk", attached=kept)
    assert len(room.model.requests) == 3
    compare(found, room.model.requests)
    head = found.body(0)["messages"][0]["content"]
    assert "<|im_end|>" not in head
    assert '"table": "wide"' in head
    assert "tables" in [part.kind for part in found.messages[0].parts]
    given = [one["content"] for one in found.body(2)["messages"] if one["role"] == "tool"]
    assert [one.startswith("Error") for one in given] == [True, False, False]
    assert [one.kind for one in asked.results] == ["table", "chart"]


@pytest.mark.parametrize("tokens", [1_000, 2_000, 8_000])
def test_it_fits_into_its_room(rooms: Rooms, tmp_path: Path, tokens: int) -> None:
    room = rooms(context_tokens=tokens)
    kept = KeptFiles(tmp_path / "kept", room.parts)
    room.create("desk", persona="analyst")
    for turn in range(3):
        long = kept.add(f"{turn}.txt", f"word {turn} " * 8_000)
        wide = kept.add(f"wide {turn}.csv", [WIDE])
        kept.ask(f"Question {turn}", long, wide, session_id="desk")

    for one in room.model.requests:
        said = "".join(message["content"] for message in one.body["messages"])
        assert len(said) <= tokens * CHARS_PER_TOKEN
        assert "query_table" in str(one.body["tools"])
