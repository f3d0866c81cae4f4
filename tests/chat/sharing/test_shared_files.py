"""Files and computed results of a shared chat: seen where they are included, and taken along."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest

from chat.files.files import LIMITS, Files
from chat.sharing.sharing import Sharing
from chat.work.pool import Pool
from store import files, messages, results, sessions
from store.errors import Refused
from store.result_rows import read
from store.share_values import Included
from store.values import SessionKey
from tests.chat.sharing.conftest import HERE, THERE, Scene, nowhere
from tests.store.carrying_files import parquet
from tests.store.samples import ANN, BOB, add_result, asked, end

pytestmark = pytest.mark.process
SECRET = "secret-of-the-camera"
MINE = ("notes.txt", "photo.jpg", "sales.csv")


@pytest.fixture(scope="module")
def work() -> Iterator[Pool]:
    pool = Pool(LIMITS)
    yield pool
    pool.close()


def photo() -> bytes:
    """One that says where it was taken."""
    from PIL import Image

    said = Image.Exif()
    said[0x010E] = SECRET
    sink = BytesIO()
    Image.new("RGB", (40, 20), "red").save(sink, "JPEG", exif=said)
    return sink.getvalue()


@pytest.fixture
def shelf(scene: Scene, tmp_path: Path, work: Pool) -> Files:
    """A chat with a text, a picture, a table that was removed, and a computed table."""
    settings = scene.sharing.settings.model_copy(update={"files": str(tmp_path)})
    shelf = Files(settings, scene.database, scene.sharing.limits, work=work)
    object.__setattr__(scene.sharing, "attached", shelf)
    table = "city,price\n" + "".join(f"{SECRET} {n},{n}\n" for n in range(9))
    contents = (b"Line\n" * 50 + SECRET.encode(), photo(), table.encode())
    given = [
        shelf.add(ANN, BytesIO(content), name)[0]
        for name, content in zip(MINE, contents, strict=True)
    ]
    data = b64decode(parquet(3))
    with scene.database.transaction() as db:
        pair = asked(db, scene.key, "Look", file_ids=[one.file_id for one in given])
        shown = b64decode(read(data).shown)
        add_result(db, scene.key, pair.answer.id, data=data, shown=shown)
        end(db, scene.key, pair.answer.id)
    return shelf


@pytest.mark.usefixtures("shelf")
def test_they_are_seen_where_they_are_included_and_nothing_of_them_elsewhere(scene: Scene) -> None:
    for include in (Included(), Included(profiles=True, names=True)):
        (question, answer) = scene.sees(scene.share(include=include)).messages
        assert (question.files, answer.results) == ((), ())
        assert not [name for name in MINE if name in str(scene.sees(scene.share(include=include)))]
    (question, answer) = scene.sees(scene.share(include=Included(files=True))).messages
    assert [one.name for one in question.files] == list(MINE)
    assert set(question.files[0].details.beginning.split()) == {"Line"}
    (table,) = question.files[2].details.tables
    assert (table.rows, len(table.sample)) == (9, 5)
    assert SECRET not in str(question.files[:2])
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
    with scene.database.transaction() as db:
        files.remove(db, user_id=ANN, file_id=gone)
    assert scene.sharing.again(opened, limit=9).messages[0].files[2].deleted_at is not None
    find = scene.sharing.picture
    clean = find(token, "sesame, open", HERE, picture).read_bytes()
    assert SECRET.encode() in photo()
    assert SECRET.encode() not in clean
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
    scene: Scene, shelf: Files
) -> None:
    key = copied(scene.sharing, scene, Included(files=True, tools=True))
    with scene.database.reading() as db:
        question, answer = messages.window(db, key, leaf_id=2)
        mine = {one.file_id for one in files.listed(db, user_id=ANN)}
        (table,) = answer.results
        data = results.data(db, key, message_id=2, result_id=table.result_id)
    text, picture, sheet = question.files
    assert (text.name, picture.name, sheet.name) == MINE
    assert shelf.bytes_path(text).read_bytes() == b"Line\n" * 50 + SECRET.encode()
    assert shelf.bytes_path(sheet).read_bytes().count(SECRET.encode()) == 9
    assert SECRET.encode() not in shelf.bytes_path(picture).read_bytes()
    assert (picture.kind, picture.details.width) == ("image", 40)
    assert not mine & {text.file_id, picture.file_id, sheet.file_id}
    assert (question.file_count, answer.result_count) == (3, 1)
    assert data == b64decode(parquet(3))
    bare = copied(scene.sharing, scene, Included())
    with scene.database.reading() as db:
        for one in messages.window(db, bare, leaf_id=2):
            assert (one.files, one.results, one.file_count, one.result_count) == ((), (), 0, 0)


def test_nothing_is_copied_where_the_files_are_too_much(scene: Scene, shelf: Files) -> None:
    shelf.arrivals.settings = shelf.settings.model_copy(update={"user_files_mb": 1})
    shelf.add(BOB, BytesIO(b"x" * (1024 * 1024 - 100)), "much.txt")
    with pytest.raises(Refused, match="more space"):
        copied(scene.sharing, scene, Included(files=True))
    with scene.database.reading() as db:
        assert sessions.recent(db, user_id=BOB) == []
    assert copied(scene.sharing, scene, Included())
