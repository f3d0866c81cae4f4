"""Files and computed results of a shared chat: seen where they are included, and taken along."""

from __future__ import annotations

from base64 import b64decode
from hashlib import sha256
from pathlib import Path
from typing import IO, Any

import pytest

from chat.limits.payers import PeerAddress
from chat.sharing.sharing import Sharing
from store import files, messages, results, sessions
from store.database import Database
from store.errors import FileNotHere, Refused
from store.file_values import ColumnInfo, FileDetails, NewFile, StoredFile, TableInfo
from store.result_rows import read
from store.share_values import Included
from store.values import SessionKey
from tests.chat.sharing.conftest import HERE, THERE, Scene, nowhere
from tests.store.carrying_files import parquet
from tests.store.samples import ANN, BOB, add_file, add_result, asked, end

TABLE = TableInfo("sales", (ColumnInfo("city", "VARCHAR"),), 9, tuple((str(n),) for n in range(9)))
SECRET = "secret-of-the-camera"
MINE = ("notes.txt", "photo.jpg", "sales.csv")


class Shelf:
    """Bytes of files in a folder, each with a copy that is called clean."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database, self.folder = database, folder
        self.most = 1_000

    def put(self, content: bytes) -> Path:
        path = self.folder / sha256(content).hexdigest()
        path.write_bytes(content)
        return path

    def add(
        self, user_id: str, body: IO[bytes], name: str, *, address: PeerAddress
    ) -> tuple[StoredFile, bool]:
        content = body.read()
        if len(content) > self.most:
            raise Refused("That is too much.", f"Remove some, {address}.")
        path = self.put(content)
        kind: Any = "image" if name == "photo.jpg" else "text"
        new = NewFile(name, kind, "text/plain", len(content), path.name)
        with self.database.transaction() as db:
            return files.add(db, user_id=user_id, new=new)

    def bytes_path(self, file: StoredFile) -> Path:
        if file.sha256 is None:
            raise FileNotHere
        return self.folder / file.sha256

    def picture(self, file: StoredFile) -> Path | None:
        return self.put(b"clean") if file.kind == "image" else None


@pytest.fixture
def shelf(scene: Scene, tmp_path: Path) -> Shelf:
    """A chat with a text, a picture, a table that was removed, and a computed table."""
    shelf = Shelf(scene.database, tmp_path)
    object.__setattr__(scene.sharing, "attached", shelf)
    known = FileDetails(beginning="Line\n" * 50, lines=50, tables=(TABLE,), notes=(SECRET,))
    data = b64decode(parquet(3))
    with scene.database.transaction() as db:
        given = [
            add_file(db, name=name, content=name + SECRET, kind=kind, details=known)
            for name, kind in zip(MINE, ("text", "image", "table"), strict=True)
        ]
        for name in MINE:
            shelf.put((name + SECRET).encode())
        pair = asked(db, scene.key, "Look", file_ids=[one.file_id for one in given])
        shown = b64decode(read(data).shown)
        add_result(db, scene.key, pair.answer.id, data=data, shown=shown)
        end(db, scene.key, pair.answer.id)
        files.remove(db, user_id=ANN, file_id=given[2].file_id)
    return shelf


@pytest.mark.usefixtures("shelf")
def test_they_are_seen_where_they_are_included_and_nothing_of_them_elsewhere(scene: Scene) -> None:
    for include in (Included(), Included(profiles=True, names=True)):
        (question, answer) = scene.sees(scene.share(include=include)).messages
        assert (question.files, answer.results) == ((), ())
        assert not [name for name in MINE if name in str(scene.sees(scene.share(include=include)))]
    (question, answer) = scene.sees(scene.share(include=Included(files=True))).messages
    assert [one.name for one in question.files] == list(MINE)
    known = question.files[0].details
    assert (known.beginning, known.notes) == ("\n".join(["Line"] * 20), ())
    assert [len(one.sample) for one in known.tables] == [5]
    assert question.files[2].deleted_at is not None
    assert SECRET not in str(question)
    assert answer.results == ()
    chat = scene.sees(scene.share(include=Included(tools=True)))
    assert chat.messages[0].files == ()
    (table,) = chat.messages[1].results
    assert chat.rows[2, table.result_id] == [["city 0", 0.0], ["city 1", 0.5], ["city 2", 1.0]]


@pytest.mark.usefixtures("shelf")
def test_a_live_link_tells_when_something_was_computed(scene: Scene) -> None:
    opened = scene.opens(scene.share(mode="live", include=Included(tools=True)))
    before = scene.sharing.look(opened)
    with scene.database.transaction() as db:
        add_result(db, scene.key, 2)
    assert scene.sharing.look(opened) != before


@pytest.mark.usefixtures("shelf")
def test_a_picture_is_its_cleaned_copy_and_costs_no_view(scene: Scene) -> None:
    token = scene.share(include=Included(files=True), view_limit=1, password="sesame, open")
    opened = scene.opens(token, "sesame, open")
    chat = scene.sharing.again(opened, limit=9)
    text, picture, gone = (one.file_id for one in chat.messages[0].files)
    find = scene.sharing.picture
    assert find(token, "sesame, open", HERE, picture).read_bytes() == b"clean"
    for password, file_id in (("", picture), ("wrong", picture), ("sesame, open", text)):
        with nowhere():
            find(token, password, HERE, file_id)
    for file_id in (gone, "none", "../x"):
        with nowhere():
            find(token, "sesame, open", HERE, file_id)
    hidden = scene.share(include=Included(tools=True))
    with nowhere():
        find(hidden, "", HERE, picture)
    scene.sharing.revoke_all(ANN)
    with nowhere():
        find(token, "sesame, open", HERE, picture)


def copied(sharing: Sharing, scene: Scene, include: Included) -> SessionKey:
    made = sharing.copy(BOB, scene.opens(scene.share(include=include)), THERE)
    return SessionKey(BOB, made.session_id)


def test_whoever_continues_it_has_what_was_included_as_their_own(
    scene: Scene, shelf: Shelf
) -> None:
    key = copied(scene.sharing, scene, Included(files=True, tools=True))
    with scene.database.reading() as db:
        question, answer = messages.window(db, key, leaf_id=2)
        mine = {one.file_id for one in files.listed(db, user_id=ANN)}
        (table,) = answer.results
        data = results.data(db, key, message_id=2, result_id=table.result_id)
    text, picture = question.files
    assert (text.name, picture.name) == MINE[:2]
    assert shelf.bytes_path(text).read_bytes() == f"notes.txt{SECRET}".encode()
    assert shelf.bytes_path(picture).read_bytes() == b"clean"
    assert not mine & {text.file_id, picture.file_id}
    assert (question.file_count, answer.result_count) == (2, 1)
    assert data == b64decode(parquet(3))
    bare = copied(scene.sharing, scene, Included())
    with scene.database.reading() as db:
        for one in messages.window(db, bare, leaf_id=2):
            assert (one.files, one.results, one.file_count, one.result_count) == ((), (), 0, 0)


def test_nothing_is_copied_where_the_files_are_too_much(scene: Scene, shelf: Shelf) -> None:
    shelf.most = 3
    with pytest.raises(Refused, match="too much"):
        copied(scene.sharing, scene, Included(files=True))
    with scene.database.reading() as db:
        assert sessions.recent(db, user_id=BOB) == []
