"""What a file is, by its bytes."""

from __future__ import annotations

from pathlib import Path

import pytest

from chat.files import texts
from chat.files.kinds import What, what
from chat.files.languages import LANGUAGES
from chat.files.refusals import CAN, Unreadable
from tests import attached

WORDS = "This is a letter, or so.\nIt has a few lines.\nAnd nothing, really, in it.\n"
MARKDOWN = "# Notes\n\n- one\n- two\n- [three](https://example.org)\n\n## More\n\n**bold**\n"
ROWS = "city,price,amount\nGraz,1.5,2\nWien,2.5,3\nLinz,3.5,4\n"
OBJECTS = '{"city": "Graz", "price": 1}\n{"city": "Wien", "price": 2}\n'
LIST = '[\n {"city": "Graz"},\n {"city": "Wien"}\n]'


def of(place: Path, data: bytes | str, name: str) -> What:
    place.write_bytes(data.encode() if isinstance(data, str) else data)
    return what(place, name)


@pytest.mark.parametrize(
    ("name", "data", "kind", "form"),
    [
        ("a.txt", WORDS, "text", "text"),
        ("a", WORDS, "text", "text"),
        ("a.csv", WORDS, "text", "text"),
        ("photo.png", WORDS, "text", "text"),
        ("a.md", WORDS, "markdown", "text"),
        ("README", MARKDOWN, "markdown", "text"),
        ("a.log", "10:00:00,123 INFO started\n" * 9, "text", "text"),
        ("a.txt", "| a | b |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |\n", "text", "text"),
        ("a.py", "import os\n", "code", "text"),
        ("a.py", ROWS, "code", "text"),
        ("run", "#!/usr/bin/env python3\nprint(1)\n", "code", "text"),
        ("Dockerfile", "FROM python:3.11\n", "code", "text"),
        ("page", "<!DOCTYPE html><script>alert(1)</script>", "code", "text"),
        ("export.csv", "<html><body>Please log in, again, now</body></html>", "code", "text"),
        ("a.csv", ROWS, "table", "csv"),
        ("a.txt", ROWS, "table", "csv"),
        ("a.xlsx", ROWS, "table", "csv"),
        ("a", ROWS.replace(",", "\t"), "table", "csv"),
        ("a.csv", ROWS.replace(",", ";"), "table", "csv"),
        ("a.csv", "name\nAnna\nBert\n", "table", "csv"),
        ("a.csv", "a,b\n", "table", "csv"),
        ("a.json", LIST, "table", "json"),
        ("a.txt", LIST, "table", "json"),
        ("a.jsonl", OBJECTS, "table", "ndjson"),
        ("a", OBJECTS, "table", "ndjson"),
        ("a.json", '{"a": {"b": [1, 2]}}', "code", "text"),
        ("a.json", "[1, 2, 3]", "code", "text"),
        ("a.ini", "[section]\nkey = 1\n", "code", "text"),
        ("a.txt", b"PAR1" + b"\0" * 20, "table", "parquet"),
        ("a.txt", b"SQLite format 3\0" + b"\0" * 20, "table", "sqlite"),
        ("a.txt", attached.pdf([["Hello"]]), "pdf", "pdf"),
        ("a.txt", attached.png(2, 2), "image", "image"),
        ("a.txt", b"\xff\xd8\xff\xe0" + b"\0" * 20, "image", "image"),
        ("a.txt", b"GIF89a" + b"\0" * 20, "image", "image"),
        ("a.txt", b"RIFF\x10\0\0\0WEBPVP8 ", "image", "image"),
        ("a.zip", attached.xlsx({"one": [["a"], [1]]}), "table", "xlsx"),
        ("a.zip", attached.docx(attached.paragraph("Hello")), "document", "docx"),
    ],
)
def test_it_is_what_is_in_it(
    tmp_path: Path, name: str, data: bytes | str, kind: str, form: str
) -> None:
    seen = of(tmp_path / "bytes", data, name)
    assert (seen.kind, seen.form) == (kind, form)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b" \n\t ", "empty"),
        (b"\x1f\x8b\x08" + bytes(range(256)), "A gzip file"),
        (b"MZ\x90\0" + bytes(range(256)), "A program"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(99),
            "old Office file, or one with a password",
        ),
        (b"\0\0\0\x18ftypheic" + bytes(99), "HEIC"),
        (b"\0\0\0\x18ftypisom" + bytes(99), "A film"),
        (bytes(range(256)) * 9, "of this kind"),
        (b"text that is none\0" * 99, "of this kind"),
        (attached.zipped({"a.txt": "x"}), "Unpack it"),
        (attached.zipped({"a.txt": "x"})[:-9], "not whole"),
        (b"PK\x03\x04" + bytes(99), "not whole"),
    ],
)
def test_what_cannot_be_read_is_refused_in_words(tmp_path: Path, data: bytes, words: str) -> None:
    with pytest.raises(Unreadable) as refused:
        of(tmp_path / "bytes", data, "photo.png")
    assert words in str(refused.value)
    assert refused.value.fix


def test_who_is_refused_hears_what_can_be_read(tmp_path: Path) -> None:
    with pytest.raises(Unreadable) as refused:
        of(tmp_path / "bytes", b"\x7fELF" + bytes(99), "a.txt")
    assert refused.value.fix == CAN


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_texts_are_read_in_what_they_are_written_in(tmp_path: Path, encoding: str) -> None:
    words = "Schöne Grüße aus Österreich, und weiß der Kuckuck, was noch für Wörter.\n" * 9
    found = of(tmp_path / "bytes", words.encode(encoding), "a.txt").encoding
    assert "".join(texts.pieces(tmp_path / "bytes", found)) == words


def test_many_languages_are_known() -> None:
    assert len(LANGUAGES) >= 50
