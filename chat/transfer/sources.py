"""Which program a file comes from, found out from what is in it, and its chats piece by piece."""

import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from chat.transfer import chatgpt, claude, open_webui, tables, zips
from chat.transfer.tables import Table
from chat.transfer.trees import ForeignJson
from store import own_format
from store.carried import FORMAT, CarriedPiece, OwnPiece, Skipped
from store.errors import Refused
from store.json_stream import JsonStream

SQLITE = b"SQLite format 3\0"
HEAD = 64 * 1024
NAMES = {FORMAT: "Parley", chatgpt.SOURCE: "ChatGPT", claude.SOURCE: "Claude"}
NAMES |= {open_webui.SOURCE: "Open WebUI", "table": "a table", "sqlite": "a SQLite file"}
_READERS = (chatgpt, open_webui, claude)
_OWN_KEYS = ('"format"', '"exported_at"', '"sessions"')
_LISTS = ("conversations", "chats", "data")
Pieces = Iterator[OwnPiece]


@dataclass(slots=True)
class Source:
    """An opened file: ``kind`` is known once something was read; ``table`` of one that is flat."""

    kind: str
    pieces: Callable[[], Pieces]
    table: Table | None = None


@contextmanager
def opened(
    file: IO[bytes], mapping: Mapping[str, str] | None = None, *, most: int
) -> Iterator[Source]:
    """A file from its beginning; raises `Refused` for what is nothing Parley can read.

    ``most`` is how many bytes whose it is may send.
    """
    file.seek(0)
    head = file.read(HEAD)
    file.seek(0)
    if head.startswith(SQLITE):
        with _on_disk(file) as path, tables.sqlite_table(path) as (table, db):
            of_file = tables.chosen(table, mapping or {})
            yield Source("sqlite", lambda: tables.read(of_file, db), of_file)
    elif zips.is_zip(head):
        zips.check(file)
        source = Source("", lambda: _zipped(file, source, zips.TIMES * most))
        yield source
    elif head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"[", b"{"):
        source = Source("", lambda: _json(file, "", source))
        yield source
    else:
        with tables.csv_table(file) as (table, db):
            of_file = tables.chosen(table, mapping or {})
            yield Source("table", lambda: tables.read(of_file, db), of_file)


def needs_copy(file: IO[bytes]) -> bool:
    """Whether it is read from a copy with a name, which would stay where the reader is killed."""
    file.seek(0)
    return file.read(len(SQLITE)) == SQLITE


@contextmanager
def _on_disk(file: IO[bytes]) -> Iterator[Path]:
    """A copy with a name, which SQLite needs; gone afterwards."""
    with tempfile.NamedTemporaryFile(prefix="parley-", suffix=".db") as copy:
        shutil.copyfileobj(file, copy, 1024 * 1024)
        copy.flush()
        yield Path(copy.name)


def _zipped(file: IO[bytes], source: Source, most: int) -> Pieces:
    found = False
    for name, inside in zips.json_files(file, most):
        for piece in _json(inside, f"{name}, ", source, may_be_other=True):
            found = True
            yield piece
    if not found:
        raise Refused("The zip has no chats in it.", "Use the export as it came.")


def _json(file: IO[bytes], where: str, source: Source, *, may_be_other: bool = False) -> Pieces:
    """Of a list of chats, or of the own format; with ``may_be_other`` nothing of anything else."""
    stream = JsonStream(file)
    if stream.peek() == "[":
        for at, _ in enumerate(stream.items(), 1):
            item = stream.value()
            if may_be_other and at == 1 and _reader(item) is None:
                return
            yield from _item(item, f"{where}chat {at}", source)
        stream.end()
    elif stream.begins_with(_OWN_KEYS):
        source.kind = FORMAT
        yield from own_format.read_from(stream)
    else:
        whole = stream.value() if stream.peek() == "{" else None
        inside = whole if isinstance(whole, dict) else {}
        lists = (inside[name] for name in _LISTS if isinstance(inside.get(name), list))
        items = next(lists, [inside])
        if may_be_other and not any(_reader(item) for item in items):
            return
        for at, item in enumerate(items, 1):
            yield from _item(item, f"{where}chat {at}", source)


def _reader(item: object) -> Callable[[ForeignJson, str], Iterator[CarriedPiece]] | None:
    if isinstance(item, dict):
        return next((one.read for one in _READERS if one.knows(item)), None)
    return None


def _item(item: object, where: str, source: Source) -> Iterator[CarriedPiece]:
    for one in _READERS:
        if isinstance(item, dict) and one.knows(item):
            source.kind = source.kind or one.SOURCE
            yield from one.read(item, where)
            return
    yield Skipped(where, "It is no chat of a program that Parley knows.")
