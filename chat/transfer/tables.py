"""Flat tables of messages: a CSV file, or a table of somebody's SQLite file, opened for reading.

Which column says what is guessed from its name, shown, and changed by whoever knows better. A CSV
file is sorted on disk, not in memory.
"""

import codecs
import csv
import io
import sqlite3
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import IO

from chat.transfer.trees import DAY_ONE, TITLE_FROM, text_of, time_of
from store.carried import CarriedMessage, CarriedPiece, CarriedSession, Skipped
from store.errors import Refused
from store.texts import TITLE_CUT, TITLE_MAX, cut, made_id, repaired

COLUMNS_MAX, NAME_MAX, FIELD_MAX, TITLES_MAX = 200, 200, 16 * 1024 * 1024, 200_000
GUESSES: Mapping[str, tuple[str, ...]] = {
    "content": ("content", "text", "message", "body", "message_text", "msg"),
    "role": ("role", "sender", "author", "message_type", "who", "type", "from"),
    "chat": ("conversation_id", "session_id", "thread_id", "chat_id", "conversation", "session"),
    "time": ("created_at", "timestamp", "time", "date", "datetime", "created", "sent_at", "when"),
    "title": ("title", "conversation_title", "session_name", "display_name", "chat_title"),
    "model": ("model", "model_name", "llm"),
    "id": ("id", "message_id", "uuid", "msg_id"),
}
"""What a row may say, and what columns that say it are called; without content there is nothing."""
_ROLES = {"human": "user", "user": "user", "me": "user", "client": "user", "1": "user"}
_ROLES |= {"assistant": "assistant", "ai": "assistant", "bot": "assistant", "model": "assistant"}
_ROLES |= {"agent": "assistant", "gpt": "assistant", "0": "assistant", "system": "system"}
FIRST_LINE, ENCODING_HEAD = 64 * 1024, 1024 * 1024
_CHATS = ("conversations", "sessions", "threads", "chats", "chat_sessions")
_TITLES = ("title", "name", "display_name", "session_name")
_IDS = ("id", "conversation_id", "session_id", "thread_id", "chat_id", "uuid")


@dataclass(frozen=True, slots=True)
class Table:
    """A table of messages, its columns, and which is taken for what."""

    name: str
    columns: tuple[str, ...]
    mapping: Mapping[str, str]
    titles: Mapping[str, str] = field(default_factory=dict)


def chosen(table: Table, mapping: Mapping[str, str]) -> Table:
    """The table with what somebody said of its columns; raises `Refused`."""
    for name, column in mapping.items():
        if name not in GUESSES or (column and column not in table.columns):
            raise Refused(f"There is no {name[:40]} or no column {column[:40]!r}.", "Pick another.")
    said = {name: column for name, column in {**table.mapping, **mapping}.items() if column}
    if "content" not in said:
        raise Refused("No column is said to have the texts.", "Say which one has.")
    return Table(table.name, table.columns, said, table.titles)


def guessed(columns: Sequence[str]) -> dict[str, str]:
    """Which column says what, by their names."""
    names = {name.strip().casefold(): name for name in reversed(columns)}
    found: dict[str, str] = {}
    for what, wanted in GUESSES.items():
        column = next((names[one] for one in wanted if one in names), None)
        if column is not None and column not in found.values():
            found[what] = column
    return found


@contextmanager
def csv_table(file: IO[bytes]) -> Iterator[tuple[Table, sqlite3.Connection]]:
    """A CSV file, as a table of a database that is only on disk, and gone afterwards."""
    csv.field_size_limit(min(FIELD_MAX, sys.maxsize))
    text = io.TextIOWrapper(file, _encoding(file), "replace", newline="")
    try:
        with closing(sqlite3.connect("", isolation_level=None)) as db:
            yield _loaded(db, text), db
    except csv.Error as error:
        raise Refused(f"The file is no table: {error}.", "Export it as CSV in UTF-8.") from None
    finally:
        text.detach()


def _encoding(file: IO[bytes]) -> str:
    """UTF-8, unless what it begins with is none: then one of those in which tables are saved."""
    head = file.read(ENCODING_HEAD)
    file.seek(0)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8-sig"


def _loaded(db: sqlite3.Connection, text: io.TextIOWrapper) -> Table:
    delimiter = max(",;\t|", key=text.readline(FIRST_LINE).count)
    text.seek(0)
    reader = csv.reader(text, delimiter=delimiter)
    header = [name.strip()[:NAME_MAX] for name in next(reader, [])]
    mapping = guessed(header)
    if len(set(header)) != len(header) or len(header) > COLUMNS_MAX or "content" not in mapping:
        raise Refused(
            "The file has nothing that Parley can read.",
            "Use an export of Parley, ChatGPT, Open WebUI or Claude, or a table with a column "
            "named content.",
        )
    columns = ", ".join(f"c{at}" for at in range(len(header)))
    db.execute(f"CREATE TABLE rows ({columns})")
    marks = ", ".join("?" * len(header))
    width = len(header)
    rows = ([*row[:width], *[""] * (width - len(row))] for row in reader if row)
    db.execute("BEGIN")
    db.executemany(f"INSERT INTO rows VALUES ({marks})", rows)
    db.execute("COMMIT")
    return Table("", tuple(header), mapping)


@contextmanager
def sqlite_table(path: Path) -> Iterator[tuple[Table, sqlite3.Connection]]:
    """The table of messages of a SQLite file; nothing of the file is run, and nothing written."""
    address = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
    try:
        with closing(sqlite3.connect(address, uri=True, isolation_level=None)) as db:
            db.text_factory = lambda given: given.decode("utf-8", "replace")
            db.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, FIELD_MAX)
            for pragma in ("query_only=ON", "trusted_schema=OFF", "cell_size_check=ON"):
                db.execute(f"PRAGMA {pragma}")
            yield _found(db), db
    except sqlite3.Error as error:
        text = f"The SQLite file cannot be read: {repaired(str(error))[:200]}."
        raise Refused(text, "Copy it while nothing writes to it, and try again.") from None


def _found(db: sqlite3.Connection) -> Table:
    query = "SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE 'CREATE TABLE%'"
    tables = {
        str(name): [str(row[1]) for row in db.execute(f"PRAGMA table_info({_quoted(str(name))})")]
        for (name,) in islice(db.execute(f"{query} LIMIT 500").fetchall(), 500)
    }
    best = max(
        tables,
        key=lambda name: ("content" in (found := guessed(tables[name])), len(found)),
        default="",
    )
    columns = tables.get(best, [])
    mapping = guessed(columns)
    if "content" not in mapping or len(columns) > COLUMNS_MAX:
        raise Refused("No table of the file has messages.", "One needs a column named content.")
    titles: dict[str, str] = {}
    for name, found in tables.items():
        id_ = next((one for one in _IDS if one in found), None)
        title = next((one for one in _TITLES if one in found), None)
        if name != best and name.casefold() in _CHATS and id_ and title:
            wanted = f"SELECT {_quoted(id_)}, substr({_quoted(title)}, 1, 200) FROM {_quoted(name)}"
            rows = db.execute(f"{wanted} LIMIT {TITLES_MAX}")
            titles |= {str(key): text_of(said) for key, said in rows}
    return Table(best, tuple(columns), mapping, titles)


def read(table: Table, db: sqlite3.Connection) -> Iterator[CarriedPiece]:
    """Each chat's rows in the order of their times, or in that of the table."""
    for name, rows in _by_chat(table, db):
        yield from _chat(table, name, rows)


def _by_chat(
    table: Table, db: sqlite3.Connection
) -> Iterator[tuple[str, Iterator[dict[str, object]]]]:
    """The rows of each chat, which are read before the next one is asked for."""
    said = table.mapping
    if table.name:
        names = {what: _quoted(column) for what, column in said.items()}
        source = _quoted(table.name)
    else:
        names = {what: f"c{table.columns.index(column)}" for what, column in said.items()}
        source = "rows"
    order = [names[what] for what in ("chat", "time") if what in names]
    order += [names["id"]] if table.name and "id" in names else ["rowid"] if not table.name else []
    by = f" ORDER BY {', '.join(order)}" if order else ""
    cursor = db.execute(f"SELECT {', '.join(names.values())} FROM {source}{by}")
    rows = (dict(zip(names, row, strict=True)) for row in cursor)
    first = next(rows, None)
    while first is not None:
        name, rest = str(first.get("chat", "")), _Rest(rows)
        yield name, rest.of(name, first)
        for _ in rest.of(name, None):
            pass
        first = rest.next


class _Rest:
    """Rows up to the first one of another chat, which is ``next``."""

    def __init__(self, rows: Iterator[dict[str, object]]) -> None:
        self._rows = rows
        self._is_over = False
        self.next: dict[str, object] | None = None

    def of(self, name: str, first: dict[str, object] | None) -> Iterator[dict[str, object]]:
        if first is not None:
            yield first
        while not self._is_over:
            row = next(self._rows, None)
            if row is None or str(row.get("chat", "")) != name:
                self.next, self._is_over = row, True
                return
            yield row


def _chat(table: Table, name: str, rows: Iterator[dict[str, object]]) -> Iterator[CarriedPiece]:
    said: CarriedSession | None = None
    number, last = 0, DAY_ONE
    for at, row in enumerate(rows, 1):
        content = _cell(row.get("content"))
        moment = time_of(row.get("time"), _number(row.get("time"))) or last
        if said is None:
            title = table.titles.get(name) or _cell(row.get("title"))
            title = title or cut(content[:TITLE_FROM], TITLE_CUT)
            said = _session(name, cut(title[:2_000], TITLE_MAX), moment)
            yield said
        where = f"“{said.title[:60]}”, row {at}"
        role = _ROLES.get(_cell(row.get("role")).strip().casefold())
        if role is None and "role" in table.mapping:
            yield Skipped(where, f"The role {_cell(row.get('role'))[:40]!r} is not known.")
            continue
        if not content.strip():
            yield Skipped(where, "It has no text.")
            continue
        last, number = max(moment, last), number + 1
        role = role or ("user" if number % 2 else "assistant")
        key = f"{said.session_id}\n{_cell(row.get('id')) or at}"
        yield CarriedMessage(
            id=number,
            parent_id=number - 1 or None,
            role=role,
            content=content,
            model=_cell(row.get("model"))[:200] if role == "assistant" else "",
            idempotency_key=made_id(key),
            created_at=last,
        )


def _session(name: str, title: str, moment: datetime) -> CarriedSession:
    """Ids such as 1 are in many tables: when it began, and its title, tell chats apart."""
    return CarriedSession(
        session_id=f"{repaired(name)[:200]} {moment.isoformat()} {title}",
        title=title,
        created_at=moment,
        last_activity_at=moment,
        source="table",
    )


def _cell(value: object) -> str:
    return "" if value is None or isinstance(value, bytes) else repaired(str(value))


def _number(value: object) -> float | None:
    try:
        return float(str(value))
    except ValueError:
        return None


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
