"""Tables that are an attack: with columns without end, and with formulas for whoever opens them."""

from __future__ import annotations

import csv
import io
import json

import pytest

from chat.profiles.downloads import as_csv
from chat.profiles.result import read_result
from chat.profiles.sources.file import read
from tests.chat.profiles.conftest import LATER, wide
from tests.work import counted


def test_columns_without_end_cost_no_more_than_the_file_is_long() -> None:
    read("a.csv", wide(10_000), "me", 10, LATER)
    with counted() as few:
        read("a.csv", wide(10_000), "me", 10, LATER)
    with counted() as more:
        read("a.csv", wide(20_000), "me", 10, LATER)
    assert more.calls.total() < 1.1 * few.calls.total() < 500_000


@pytest.mark.parametrize("name", ["a.csv", "a.json"])
def test_the_first_200_columns_are_read_and_it_is_said(name: str) -> None:
    keys = ["text", "date", *(f"c{number}" for number in range(198)), "likes"]
    row = dict.fromkeys(keys, "2024-04-01")
    table = f"{','.join(keys)}\n{','.join(row.values())}\n"
    written = table if name == "a.csv" else json.dumps([row])
    account = read(name, written.encode(), "me", 9, LATER)
    assert account.posts[0].likes is None
    assert account.notes == ("Only the first 200 columns are read.",)
    del row["c0"]
    written = json.dumps([{**row, "likes": 3}])
    assert read("a.json", written.encode(), "me", 9, LATER).posts[0].likes == 3


@pytest.mark.parametrize("separator", [";", "\t", "\n", "\r", '";"', "; "])
@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "＝"])
def test_no_cell_begins_a_formula_whatever_the_separator(separator: str, sign: str) -> None:
    """Spreadsheets of some countries end a cell at a semicolon, quoted as they see it or not."""
    attack = f"{sign}cmd|' /C calc'!A0"
    texts = [attack, f"nice{separator}{attack}"]
    result = read_result({"posts": [{"id": "1", "text": text} for text in texts]})
    written = as_csv(result).decode("utf-8-sig")
    assert written.splitlines()[0] == '"id","created_at","text","likes","url"'
    for delimiter in (",", ";", "\t"):
        rows = csv.reader(io.StringIO(written, newline=""), delimiter=delimiter)
        cells = [cell.strip(' "') for row in rows for cell in row]
        assert not [cell for cell in cells if cell.startswith(sign)]
