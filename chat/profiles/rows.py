"""From the bytes of a file to its rows, whatever format and encoding it has."""

from __future__ import annotations

import codecs
import csv
import io
import json
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

ROWS_MAX = 200_000
LISTS = ("posts", "tweets", "data", "statuses", "items", "results", "feed")
_ARCHIVE = re.compile(r"\s*window\.YTD\.\w{1,40}\.part\d{1,5}\s*=\s*")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def rows(name: str, data: bytes) -> tuple[bool, Iterable[Any]]:
    """Whether it is from an X archive, and the rows: dicts, or something else that fits nothing."""
    text = decoded(data)
    archive = _ARCHIVE.match(text)
    if archive:
        return True, _of_json(text[archive.end() :].strip().rstrip(";")) or ()
    is_table = name.lower().endswith((".csv", ".tsv"))
    if not is_table and text.lstrip()[:1] in {"{", "["}:
        whole = _of_json(text)
        return False, islice(_lines(text) if whole is None else whole, ROWS_MAX)
    return False, islice(_table(text), ROWS_MAX)


def decoded(data: bytes) -> str:
    """The text without NUL; by its byte order mark, as UTF-8, as UTF-16, or else as Latin-1."""
    names = [name for bom, name in _BOMS if data.startswith(bom)]
    head = data[:200]
    if not names and head.count(0) > len(head) // 4:
        names = ["utf-16-le" if head[1::2].count(0) > head[::2].count(0) else "utf-16-be"]
    for name in [*names, "utf-8"]:
        try:
            return data.decode(name).replace("\0", "")
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1").replace("\0", "")


def _of_json(text: str) -> list[Any] | None:
    """The list in it, or the list that its object has; None when it is no JSON."""
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if isinstance(whole, dict):
        for name in LISTS:
            inner = whole.get(name)
            if isinstance(inner, dict):
                inner = next((one for one in map(inner.get, LISTS) if isinstance(one, list)), None)
            if isinstance(inner, list):
                return inner[:ROWS_MAX]
        return [whole]
    return whole[:ROWS_MAX] if isinstance(whole, list) else []


def _lines(text: str) -> Iterator[Any]:
    for line in io.StringIO(text):
        if line.strip():
            try:
                yield json.loads(line)
            except (ValueError, RecursionError):
                yield None


def _table(text: str) -> Iterator[Any]:
    head = text.partition("\n")[0]
    separator = max(",;\t|", key=head.count)
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=separator)
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield None
        else:
            yield {key: value for key, value in row.items() if isinstance(key, str)}
