"""Files and computed results of chats on their way out for people, and in from anybody."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import closing
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import IO, Any

import pytest

from chat.config import Settings
from chat.limits.spending import Limits
from chat.personas.book import PersonaBook
from chat.transfer.arriving_parts import ArrivingParts
from chat.transfer.exports import Exports, Format
from chat.work.pool import Pool
from store import files
from store.carried_files import CarriedFile
from store.database import Database
from store.errors import Refused
from store.file_values import ColumnInfo, NewFile, StoredFile
from store.result_rows import read
from store.users import LOCAL_USER
from tests.chat.conftest import PERSONAS
from tests.chat.transfer.conftest import Desk
from tests.chat.transfer.test_written import Seen
from tests.store.carrying import taken_out
from tests.store.carrying_files import COLUMNS, parquet
from tests.store.samples import ANN, NOON, add_file, add_result, asked, end, make, opened

HOSTILE = '</p><script>alert("x")</script>|`*[a](javascript:x)'
PICTURE = b"RIFF small"


@pytest.fixture
def exports(sqlite_url: str, tmp_path: Path) -> Iterator[tuple[Exports, str]]:
    """Of a chat with a picture, a text that was removed, a table and a chart, all called badly."""
    (tmp_path / "small.webp").write_bytes(PICTURE)
    data = b64decode(parquet(30))
    columns = (ColumnInfo(HOSTILE, "VARCHAR"), ColumnInfo("price", "DOUBLE"))
    with opened(sqlite_url) as database:
        with database.transaction() as db:
            key = make(db, ANN, title="Chat")
            picture = add_file(db, name=f"{HOSTILE}.jpg", kind="image", size=12_345)
            gone = add_file(db, name="gone.txt")
            pair = asked(db, key, "Look", file_ids=[picture.file_id, gone.file_id])
            shown = b64decode(read(data).shown)
            said = {"query": f"SELECT '```' -- {HOSTILE}", "columns": columns, "total": 30}
            for kind in ("table", "chart"):
                add_result(
                    db, key, pair.answer.id, HOSTILE, kind=kind, data=data, shown=shown, **said
                )
            end(db, key, pair.answer.id)
            files.remove(db, user_id=ANN, file_id=gone.file_id)
        book = PersonaBook(PERSONAS, database, Limits(Settings(), database), set())
        made = Exports(database, book, str, small=lambda _: tmp_path / "small.webp")
        yield made, key.session_id


def text_of(exports: tuple[Exports, str], kind: Format) -> str:
    made, session_id = exports
    return b"".join(made.make(ANN, kind, [session_id]).pieces).decode()


def test_a_page_has_them_and_still_runs_and_fetches_nothing(exports: tuple[Exports, str]) -> None:
    text = text_of(exports, "html")
    seen = Seen()
    seen.feed(text)
    assert not seen.tags & {"script", "iframe", "link", "object", "form"}
    assert seen.addresses == [f"data:image/webp;base64,{b64encode(PICTURE).decode()}"]
    assert "gone.txt (removed)" in text
    assert "12 kB" in text
    assert "<td>city 19</td><td>9.5</td>" in text
    assert "city 20" not in text
    assert "The first 20 of 30 rows" in text
    assert "Chart: " in text


def test_markdown_and_a_notebook_have_them_in_their_place(exports: tuple[Exports, str]) -> None:
    text = text_of(exports, "markdown")
    assert "- Attached: gone.txt (removed)" in text
    assert "| city 19 | 9.5 |" in text
    assert f"````sql\nSELECT '```' -- {HOSTILE}\n````" in text
    (head,) = [line for line in text.splitlines() if line.endswith("| price |")]
    assert "\\|\\`\\*\\[a](javascript:x)" in head
    notebook = json.loads(text_of(exports, "ipynb"))
    told = [cell["source"] for cell in notebook["cells"] if cell["cell_type"] == "markdown"]
    assert "Attached: " in told[1]
    assert "| city 19 | 9.5 |" in told[2]


class Kept:
    """What was kept of files; those that are called bad are refused."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.paid: list[bool] = []

    def add(
        self, user_id: str, body: IO[bytes], name: str, *, is_paid: bool
    ) -> tuple[StoredFile, bool]:
        content = body.read()
        self.paid.append(is_paid)
        if name == "bad":
            raise Refused("It cannot be read.", "Send text.")
        new = NewFile(name, "text", "text/plain", len(content), sha256(content).hexdigest())
        with self.database.transaction() as db:
            return files.add(db, user_id=user_id, new=new)


def own(name: str, content: bytes, data: str) -> dict[str, Any]:
    """An own text with a chat with a file and a result."""
    moment = "2024-05-01T12:00:00Z"
    file = {"file_id": "f", "name": name, "kind": "image", "media_type": "image/png"}
    file |= {"size": len(content), "sha256": sha256(content).hexdigest(), "created_at": moment}
    file["bytes"] = [b64encode(content).decode()]
    about = {"result_id": "r", "number": 1, "kind": "table", "count": 9_999, "total": 1}
    result = {**about, "message_id": 2, "columns": COLUMNS, "created_at": moment, "data": data}
    said = [
        {"id": 1, "role": "user", "content": "Look", "created_at": moment, "files": ["f"]},
        {"id": 2, "parent_id": 1, "role": "assistant", "content": "A", "created_at": moment},
    ]
    chat = {"session_id": "c", "title": "Chat", "created_at": moment, "last_activity_at": moment}
    chat |= {"messages": said, "results": [result]}
    return {"format": "parley", "version": 3, "files": [file], "sessions": [chat]}


@pytest.mark.process
def test_they_come_in_read_again_and_what_is_refused_is_named(desk: Desk) -> None:
    """Rows are read in a child; of what is said of a file only the name counts."""
    work = Pool()
    desk.imports.parts = ArrivingParts(Kept(desk.database).add, work, lambda _: 10_000)
    try:
        done = desk.put_in(json.dumps(own("good", b"text", parquet(3))).encode())
        assert (done.state, done.added, done.skipped) == ("done", 2, [])
        (chat,) = desk.chats().values()
        (result,) = chat["results"]
        assert (result["count"], result["total"], result["data"]) == (3, 3, parquet(3))
        with desk.database.reading() as db:
            (file,) = files.listed(db, user_id=LOCAL_USER)
        assert (file.kind, file.media_type) == ("text", "text/plain")
        desk.imports.parts = ArrivingParts(Kept(desk.database).add, work, lambda _: 9)
        full = own("good", b"text", parquet(3))
        full["sessions"][0] |= {"session_id": "full", "title": "Full"}
        done = desk.put_in(json.dumps(full).encode())
        assert [one["why"][:28] for one in done.skipped] == ["It is more than you may keep"]
        broken = own("bad", b"text", b64encode(b"PAR1" * 9).decode())
        broken["sessions"][0] |= {"session_id": "d", "title": "Other"}
        desk.imports.parts = ArrivingParts(Kept(desk.database).add, work, lambda _: 10_000)
        done = desk.put_in(json.dumps(broken).encode())
    finally:
        work.close()
    assert done.added == 2
    whys = [one["why"] for one in done.skipped]
    assert [why.partition(".")[0] for why in whys] == [
        "It cannot be read",
        "Its rows cannot be read",
        "one of its files is left out",
    ]
    assert "files" not in taken_out(desk.database, LOCAL_USER)["sessions"][1]["messages"][0]


def test_bytes_that_were_counted_with_what_they_came_in_are_not_counted_again(desk: Desk) -> None:
    """But those of a packed one are, from where they are more."""
    kept, body = Kept(desk.database), b"text"
    said = CarriedFile(file_id="f", name="a", kind="text", size=len(body), created_at=NOON)
    with closing(Pool()) as work:
        terms = ArrivingParts(kept.add, work, lambda _: 0).of(LOCAL_USER, paid=10)
        for _ in range(3):
            terms["file"](said, BytesIO(body))
    assert kept.paid == [True, True, False]
