"""From the bytes of a file to its rows, whatever format and encoding it has."""

import codecs
import csv
import io
import json
import re
from collections.abc import Iterable, Iterator
from itertools import islice

ROWS_MAX, COLUMNS_MAX = 200_000, 200
LISTS = ("posts", "tweets", "data", "statuses", "items", "results", "feed")
SAMPLE_BYTES = 20_000
ENCODINGS = ["cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "koi8_r", "utf_16_le", "utf_16_be"]
ENCODINGS += ["cp932", "euc_jp", "gb18030", "big5", "euc_kr"]
_ARCHIVE = re.compile(r"\s*window\.YTD\.\w{1,40}\.part\d{1,5}\s*=\s*")


def rows(name: str, data: bytes) -> tuple[bool, Iterable[object]]:
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
    """The text without NUL; as UTF-8, by its byte order mark, or as a part of it looks."""
    name = "utf-16" if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"
    start = 0
    if name == "utf-16" or 0 not in data[:200]:
        try:
            return data.decode(name).replace("\0", "")
        except UnicodeDecodeError as error:
            start = max(0, error.start - 100) // 2 * 2  # even, for UTF-16
    from charset_normalizer import from_bytes  # for few files; a start does not wait for it

    found = from_bytes(data[start : start + SAMPLE_BYTES], cp_isolation=ENCODINGS)
    best = min(
        found, key=lambda one: (one.chaos, -one.coherence, one.encoding != "cp1252"), default=None
    )
    return data.decode(best.encoding if best else "latin-1", "replace").replace("\0", "")


def _of_json(text: str) -> list[object] | None:
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


def _lines(text: str) -> Iterator[object]:
    for line in io.StringIO(text):
        if line.strip():
            try:
                yield json.loads(line)
            except (ValueError, RecursionError):
                yield None


def _table(text: str) -> Iterator[object]:
    """One column more than are read, so that it can be said; short rows stay short."""
    head = text.partition("\n")[0]
    separator = max(",;\t|", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    header: list[str] = []
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield None
        else:
            if header and row:
                yield dict(zip(header, row, strict=False))
            header = header or row[: COLUMNS_MAX + 1]
