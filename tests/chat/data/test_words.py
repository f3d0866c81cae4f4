"""Tables in words: as many as there is room for."""

from __future__ import annotations

import json

from chat.data.values import ColumnInfo, TableInfo
from chat.data.words import PROMPT_CHARS, for_prompt


def table(name: str, columns: int) -> TableInfo:
    return TableInfo(name, tuple(ColumnInfo(f"column {n}", "VARCHAR") for n in range(columns)), 7)


def told(text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines() if line.startswith('{"table"')]


def test_all_of_few_tables() -> None:
    found = told(for_prompt([table("old", 2), table("new", 1)]))

    assert [one["table"] for one in found] == ["old", "new"]
    assert found[1] == {"table": "new", "rows": 7, "columns": {"column 0": "VARCHAR"}}
    assert for_prompt([]) == ""


def test_of_many_tables_the_newest() -> None:
    text = for_prompt([table(f"t{n}", 10) for n in range(200)])

    names = [one["table"] for one in told(text)]
    assert names[-1] == "t199"
    assert names == [f"t{n}" for n in range(200 - len(names), 200)]
    assert f"… {200 - len(names)} more" in text
    assert PROMPT_CHARS * 0.9 < len(text) < PROMPT_CHARS + 100


def test_of_a_wide_table_the_first_columns() -> None:
    (wide,) = told(for_prompt([table("wide", 1_000)]))
    assert isinstance(wide["columns"], dict)
    assert len(wide["columns"]) + int(str(wide["more_columns"])) == 1_000
    both = told(for_prompt([table("small", 3), table("wide", 1_000)]))
    assert [one["table"] for one in both] == ["small", "wide"]


def test_where_there_is_hardly_any_room() -> None:
    text = for_prompt([table("wide", 1_000)], 300)

    assert len(text) <= 300 + 100
    assert len(for_prompt([table("wide", 1_000)], 0)) < 300
