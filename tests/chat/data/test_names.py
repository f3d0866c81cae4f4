"""What tables are called in queries."""

from __future__ import annotations

import pytest

from chat.data.names import named
from chat.data.words import FIX_CHARS, PROMPT_CHARS, for_prompt, there_are
from store.file_values import ColumnInfo, FileDetails, StoredFile, TableInfo
from tests.store.samples import NOON


def file(name: str, *tables: str) -> StoredFile:
    infos = tuple(TableInfo(one, (ColumnInfo("a", "BIGINT"),), 1) for one in tables)
    return StoredFile(name, name, "table", "", 1, "0", FileDetails(tables=infos), NOON)


@pytest.mark.parametrize(
    ("names", "called"),
    [
        (["sales.csv"], ["sales"]),
        (["Umsätze (2024).csv", "umsätze 2024.csv"], ["Umsätze_2024", "umsätze_2024_2"]),
        (["2024.csv", "duckdb_settings.csv", "---.csv"], ["t_2024", "t_duckdb_settings", "data"]),
        ([".csv", "a" * 100 + ".csv"], ["csv", "a" * 60]),
    ],
)
def test_the_only_table_is_called_as_its_file(names: list[str], called: list[str]) -> None:
    found = named([file(name, "data") for name in names])

    assert [one.info.name for one in found] == called
    assert {one.name for one in found} == {"data"}


def test_others_keep_their_names_and_later_files_change_none() -> None:
    book, more = file("book.xlsx", "Sheet 1", "Notes"), file("more.xlsx", "notes", "Sheet 1")

    first = [one.info.name for one in named([book])]
    assert first == ["Sheet 1", "Notes"]
    assert [one.info.name for one in named([book, more])] == [*first, "notes_2", "Sheet 1_2"]


def test_words_about_many_tables_are_cut() -> None:
    many = [TableInfo(f"t{n}", (ColumnInfo("a" * 100, "BIGINT"),) * 3, 1) for n in range(200)]

    _, more, *lines = for_prompt(many).splitlines()
    assert len(for_prompt(many)) < PROMPT_CHARS + 500
    assert more.startswith(f"… {200 - len(lines)} more")
    assert lines[-1].startswith('{"table": "t199"')
    assert len(there_are(many)) < FIX_CHARS + 100
    assert for_prompt([]) == ""
