"""Files whose tables cannot be read any more, among others that can."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from chat.errors import InvalidInput
from store import profiles
from tests.chat.data.conftest import CITIES, Desk
from tests.chat.data.test_tables import ASK, now
from tests.model_script import Call, Script, calls

LONG = "SELECT i, hash(i) AS price FROM range(200000) r(i)"
BLOCKS = 12_288
"""Where those begin that have the rows: opening a file does not look at them."""


def gone(desk: Desk, file_id: str) -> None:
    del desk.paths[file_id]


def no_tables(desk: Desk, file_id: str) -> None:
    path = desk.paths[file_id]
    path.write_bytes(b"x" * path.stat().st_size)


def other_tables(desk: Desk, file_id: str) -> None:
    desk.paths[file_id] = Path(desk.shelf(other="SELECT 1 AS a")[0].path)


def flipped(desk: Desk, file_id: str) -> None:
    with desk.paths[file_id].open("r+b") as file:
        file.seek(BLOCKS + 100)
        file.write(os.urandom(64))


def query(sql: str) -> Script:
    return calls(Call("query_table", json.dumps({"sql": sql, "title": "It"})))


def given(desk: Desk, at: int) -> Any:
    """What the model was given of a call, by which of its requests that was."""
    return desk.room.model.requests[at].body["messages"][-1]["content"]


@pytest.mark.parametrize("damage", [gone, no_tables, other_tables])
def test_the_other_tables_are_asked_and_it_is_said_which_cannot_be_read(
    desk: Desk, damage: Callable[[Desk, str], None]
) -> None:
    broken, whole = desk.add("Broken.csv", data=LONG), desk.add("cities.csv", data=CITIES)
    damage(desk, broken.file_id)
    asks = [calls(ASK), query("SHOW TABLES"), query("FROM broken"), query("FROM nowhere")]
    desk.room.model.queue(*asks, Script())
    row, _ = desk.ask("Add it up", broken, whole)

    assert [one.total for one in row.results] == [5, 1]
    for at in (1, 2):
        assert json.loads(given(desk, at))["files_that_cannot_be_read"] == ["Broken.csv"]
    assert [use["outcome"] for use in row.tools_used] == ["done", "done", "error", "error"]
    steps = [str(use["summary"]) for use in row.tools_used]
    assert steps[0] == "5 rows, 2 columns; cannot be read: Broken.csv"
    assert steps[2] == 'The file "Broken.csv" of the table "Broken" cannot be read any more.'
    for at in (3, 4):
        assert '"cities" ("i" BIGINT' in given(desk, at)
        assert '"Broken" (' not in given(desk, at)
        assert 'Cannot be read any more: "Broken.csv"' in given(desk, at)


def test_rows_that_are_damaged_are_found_when_they_are_read(desk: Desk) -> None:
    broken, whole = desk.add("broken.csv", data=LONG), desk.add("cities.csv", data=CITIES)
    flipped(desk, broken.file_id)
    joined = "SELECT sum(b.price) FROM cities JOIN broken b ON b.i = cities.i"
    desk.room.model.queue(calls(ASK), query(joined), calls(ASK), Script())
    row, _ = desk.ask("Add it up", broken, whole)

    assert [use["outcome"] for use in row.tools_used] == ["done", "error", "done"]
    assert 'The file "broken.csv"' in str(row.tools_used[1]["summary"])
    assert 'Cannot be read any more: "broken.csv". Ask' in given(desk, 2)


def test_analysis_results_are_called_the_same_where_a_table_of_that_name_is_gone(
    desk: Desk,
) -> None:
    broken = desk.add("posts.csv", data=CITIES)
    gone(desk, broken.file_id)
    with desk.room.database.transaction() as db:
        profiles.save(db, desk.key, source="x", handle="ann", result={"post_count": 3})
    desk.room.model.queue(query("FROM posts"), query("FROM analyzed_posts"), Script())
    row, _ = desk.ask("How many?", broken)

    assert [use["outcome"] for use in row.tools_used] == ["error", "done"]
    assert '"analyzed_posts" ("source"' in given(desk, 1)


def test_where_none_can_be_read_that_is_said_and_not_that_there_is_none(desk: Desk) -> None:
    broken = desk.add("broken.csv", data=LONG)
    gone(desk, broken.file_id)
    asks = [query("SELECT 1 AS one"), query("FROM broken"), query("SHOW broken")]
    desk.room.model.queue(*asks, Script())
    row, _ = desk.ask("Add it up", broken)

    assert [one.total for one in row.results] == [1]
    for at in (2, 3):
        assert 'file "broken.csv"' in given(desk, at)
        assert "no table in this chat yet" not in given(desk, at)


@pytest.mark.parametrize("damage", [no_tables, flipped])
def test_what_is_damaged_is_made_anew_once(
    desk: Desk, tmp_path: Path, damage: Callable[[Desk, str], None]
) -> None:
    broken = desk.add("broken.csv", data=LONG)
    path, made = desk.paths[broken.file_id], list[str]()
    copy = shutil.copy(path, tmp_path / "copy")
    damage(desk, broken.file_id)

    def mend(file: Any) -> Path:
        made.append(file.file_id)
        return Path(shutil.copy(copy, path))

    object.__setattr__(desk.data, "made_anew", mend)
    desk.room.model.queue(query("SELECT sum(price) FROM broken"), Script())
    row, _ = desk.ask("The most", broken)

    assert [one.total for one in row.results] == [1]
    assert "cannot_be_read" not in given(desk, 1)
    assert made == [broken.file_id]
    damage(desk, broken.file_id)
    object.__setattr__(desk.data, "made_anew", lambda _: None)
    with pytest.raises(InvalidInput, match=r'file "broken\.csv"'):
        now(desk.data.again(desk.key, row.id, row.results[0].result_id))


def test_what_stays_damaged_is_made_anew_only_once(desk: Desk) -> None:
    broken, whole = desk.add("broken.csv", data=LONG), desk.add("cities.csv", data=CITIES)
    no_tables(desk, broken.file_id)
    made: list[str] = []

    def mend(file: Any) -> Path:
        made.append(file.file_id)
        return desk.paths[file.file_id]

    object.__setattr__(desk.data, "made_anew", mend)
    desk.room.model.queue(calls(ASK), Script())
    row, _ = desk.ask("Add it up", broken, whole)

    assert [one.total for one in row.results] == [5]
    assert made == [broken.file_id]
