"""Names from outside."""

from __future__ import annotations

import pytest

from chat.files.names import NAME_MAX, file_name, unique


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("sales.csv", "sales.csv"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\sales.csv", "sales.csv"),
        ("/tmp/", "file"),
        ("..", "file"),
        ("", "file"),
        ("a\0b\r\nc\x7f.csv", "ab c.csv"),
        ("invoice\u202exslx.exe", "invoicexslx.exe"),
        ("\u2066\u200fa\ufeff\u200b.txt", "a.txt"),
        ("\ud800x.txt", "x.txt"),
        ("  a \t b .txt ", "a b .txt"),
        ("Ze\u0301.md", "Zé.md"),
        (".bashrc", "bashrc"),
    ],
)
def test_names_have_no_way_and_nothing_that_is_not_seen(written: str, expected: str) -> None:
    assert file_name(written) == expected


def test_long_names_keep_their_ending() -> None:
    name = file_name("x" * 5_000 + ".parquet")
    assert (len(name), name[-9:]) == (NAME_MAX, "….parquet")
    assert len(file_name("é" * 300)) == NAME_MAX


def test_columns_are_unique_in_any_case_and_never_empty() -> None:
    written = ["a", "A", "", None, 'b"c', " a ", "x" * 500, "x" * 500]
    found = unique(written, "column")
    assert found[:6] == ["a", "A_2", "column3", "column4", "b'c", "a_3"]
    assert len({one.casefold() for one in found}) == len(written)


def test_many_equal_names_are_numbered_in_little_time() -> None:
    assert unique(["a"] * 20_000, "column")[-1] == "a_20000"
