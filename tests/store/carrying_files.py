"""Files and computed results that tests take out and put in, and generated ones of any shape."""

from __future__ import annotations

import hashlib
import io
import json
from base64 import b64encode
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import IO, Any

from hypothesis import strategies as st
from sqlalchemy import select

from store import files, tables
from store.carried_files import PIECE, CarriedFile
from store.database import Database
from store.file_values import FILE_KINDS, FileDetails, NewFile
from store.intake import IntakeTerms
from store.result_rows import read, with_rows
from tests.store.samples import NOON

TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=40)
NUMBERS = st.none() | st.integers(0, 2**31 - 1)
LEAVES = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXTS
SENT = ["You are kind.", "NUL \0", "half \ud800 of a pair", "Ü" * 30]
OBJECTS = st.dictionaries(TEXTS, LEAVES | st.lists(LEAVES, max_size=3), max_size=3)


def written_at(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


TIMES = st.integers(0, 10**15).map(lambda us: written_at(NOON + timedelta(microseconds=us)))


BYTES = [b"", b"x", b"Name,Price\nOil,3\n", bytes(range(256)) * 3_000]
"""Of attached files; the last one goes in several pieces."""


class Bytes:
    """Those of attached files, by their hash, as a folder keeps them."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def opened(self, sha256: str) -> IO[bytes]:
        if sha256 not in self.kept:
            raise FileNotFoundError(sha256)
        return io.BytesIO(self.kept[sha256])

    def put(self, content: bytes) -> str:
        hashed = hashlib.sha256(content).hexdigest()
        self.kept[hashed] = content
        return hashed

    def terms(self, database: Database, user_id: str) -> IntakeTerms:
        """Everything comes in, and nothing is read in it but what is shown of results."""

        def keep(said: CarriedFile, body: IO[bytes]) -> str:
            assert self.put(body.read()) == said.sha256
            named = (said.name, said.kind, said.media_type, said.size, said.sha256 or "")
            new = NewFile(*named, FileDetails.of(said.details))
            with database.transaction() as db:
                return files.add(db, user_id=user_id, new=new, now=said.created_at)[0].file_id

        return IntakeTerms(file=keep, computed=lambda said: with_rows(said, read(said.data)))


@cache
def parquet(rows: int) -> str:
    """A table of a text and a number, in Base64."""
    from pyarrow import BufferOutputStream, float64, schema, string, table
    from pyarrow.parquet import write_table

    sink = BufferOutputStream()
    names = [f"city {at}" for at in range(rows)]
    given = {"city": names, "price": [0.5 * at for at in range(rows)]}
    write_table(table(given, schema([("city", string()), ("price", float64())])), sink)
    return b64encode(sink.getvalue()).decode()


CHART = {"chart": {"kind": "bar", "x": "city", "y": "price"}, "of": "result-0"}
COLUMNS = [{"name": "city", "type": "VARCHAR"}, {"name": "price", "type": "DOUBLE"}]


@st.composite
def attached(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Files that messages may have, each of other bytes; some were removed."""
    found: list[dict[str, Any]] = []
    for at, content in enumerate(draw(st.lists(st.sampled_from(BYTES), unique=True, max_size=3))):
        pieces = [content[start : start + PIECE] for start in range(0, len(content), PIECE)]
        one = {
            "file_id": f"file-{at}",
            "name": draw(st.sampled_from(["a.csv", "Ü b.txt", "../x"])),
            "kind": draw(st.sampled_from(FILE_KINDS)),
            "media_type": "image/png",
            "size": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
            "details": draw(st.sampled_from([{}, {"lines": 3, "beginning": "Ü"}])),
            "created_at": draw(TIMES),
            "deleted_at": None,
            "bytes": [b64encode(piece).decode() for piece in pieces],
        }
        if draw(st.booleans()):
            one |= {"sha256": None, "details": {}, "deleted_at": draw(TIMES)}
            del one["bytes"]
        found.append(one)
    return found


@st.composite
def computed(draw: st.DrawFn, ids: Sequence[int]) -> list[dict[str, Any]]:
    """Tables of some of these messages, in their order."""
    found = []
    for id_ in ids:
        for at in range(draw(st.integers(0, 2))):
            rows = draw(st.integers(0, 3))
            found.append(
                {
                    "message_id": id_,
                    "result_id": f"result-{at}",
                    "number": at + 1,
                    "kind": draw(st.sampled_from(["table", "chart"])),
                    "title": draw(st.sampled_from(["", "Prices"])),
                    "query": draw(TEXTS),
                    "about": draw(st.sampled_from([{}, CHART, {"ü": [1, None]}])),
                    "columns": COLUMNS,
                    "count": rows,
                    "total": rows + draw(st.integers(0, 2**40)),
                    "created_at": draw(TIMES),
                    "data": parquet(rows),
                }
            )
    return found


def shown_of(database: Database, user_id: str) -> list[list[tuple[Any, ...]]]:
    """What is shown of results, and how many files and results messages say they have."""
    shown = select(*(tables.results.c[name] for name in ("session_id", "message_id", "shown")))
    names = ("session_id", "id", "file_count", "result_count")
    counts = select(*(tables.messages.c[name] for name in names))
    with database.reading() as db:
        found = [
            db.execute(shown.where(tables.results.c.user_id == user_id)).all(),
            db.execute(counts.where(tables.messages.c.user_id == user_id)).all(),
        ]
    return [sorted(map(tuple, rows)) for rows in found]


def known(whole: dict[str, Any]) -> dict[str, Any]:
    """With files called by what is in them, wherever they are."""
    names = {one["file_id"]: json.dumps({**one, "file_id": ""}) for one in whole["files"]}
    chats = []
    for chat in whole["sessions"]:
        found = [
            {**one, "files": [names[id_] for id_ in one.get("files", ())]}
            for one in chat["messages"]
        ]
        chats.append({**chat, "messages": found})
    return {**whole, "files": sorted(names.values()), "sessions": chats}


def only(attached: list[dict[str, Any]], used: set[str]) -> list[dict[str, Any]]:
    return [one for one in attached if one["file_id"] in used]
