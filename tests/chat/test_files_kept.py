"""Files of a process as they are: they leave for good with the last who has them, and come back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from io import BytesIO
from pathlib import Path

import pytest
from sqlalchemy import update

from chat.config import Settings
from chat.errors import InvalidInput
from chat.people.identity import Identity
from chat.runtime import Runtime, put_together
from store import files, messages, sessions, tables, users
from store.file_values import StoredFile
from store.values import SessionKey
from tests.logins import login_of
from tests.store.samples import ANN, BOB, add_result, asked, end, make
from tests.waiting import until

pytestmark = pytest.mark.process
TABLE = b"city,price\nUlm,3\nBonn,5\n"


@pytest.fixture
def parts(sqlite_url: str, tmp_path: Path) -> Iterator[Runtime]:
    settings = Settings(
        database_url=sqlite_url, auth="password", files=str(tmp_path), find_local_servers=False
    )
    parts = put_together(settings)
    with parts.database.transaction() as db:
        for name in (ANN, BOB):
            users.create(db, username=name, user_id=name)
    parts.start()
    yield parts
    parts.close()


def chat(parts: Runtime, user_id: str, title: str = "Chat") -> tuple[SessionKey, StoredFile]:
    """With the table."""
    file, _ = parts.files.add(user_id, BytesIO(TABLE), "prices.csv")
    with parts.database.transaction() as db:
        key = make(db, user_id, title=title)
        pair = asked(db, key, "Look", file_ids=[file.file_id])
        end(db, key, pair.answer.id)
    return key, file


def login(parts: Runtime, user_id: str) -> Identity:
    with parts.database.reading() as db:
        return login_of(users.get(db, user_id=user_id))


def test_bytes_go_with_the_last_who_has_them(parts: Runtime) -> None:
    hers, file = chat(parts, ANN)
    other, _ = chat(parts, ANN, "Other")
    chat(parts, BOB)
    place = parts.files.folder.of(file.sha256 or "")
    parts.sessions.purge([hers])
    assert parts.files.bytes_path(file).read_bytes() == TABLE, "the other chat has it"
    parts.sessions.trash([other])
    parts.sessions.purge_trash(ANN)
    with parts.database.reading() as db:
        assert files.listed(db, user_id=ANN) == []
    assert place.exists(), "Bob has it"
    parts.members.remove(login(parts, BOB), BOB)
    assert not place.exists()
    assert not any(parts.files.folder.path.rglob("bytes"))


def test_what_cannot_go_now_goes_later(parts: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    key, file = chat(parts, ANN)
    place = parts.files.folder.of(file.sha256 or "")

    def full(*_: object) -> None:
        raise OSError("no room")

    with monkeypatch.context() as broken:
        broken.setattr(type(parts.files.folder), "take_away", full)
        parts.sessions.purge([key])
    assert place.exists()
    parts.files.sweep()
    assert not place.exists()


def test_a_temporary_chat_takes_its_files_along(parts: Runtime) -> None:
    key, file = chat(parts, ANN)
    with parts.database.transaction() as db:
        sessions.change(db, key, temporary=True)
    assert parts.sessions.close(key)
    assert not parts.files.folder.of(file.sha256 or "").exists()


def test_nothing_is_copied_that_is_more_than_somebody_may_keep(parts: Runtime) -> None:
    key, _ = chat(parts, ANN)
    most = parts.settings.results_mb * 1_000_000
    with parts.database.transaction() as db:
        add_result(db, key, 2)
        db.execute(update(tables.results).values(size=most // 2))
    copy = parts.sessions.duplicate(key)
    again = partial(parts.turns.answer_again, message_id=2, continued=True)
    for make_one in (parts.sessions.duplicate, partial(parts.sessions.branch, message_id=2), again):
        with pytest.raises(InvalidInput, match="200 MB"):
            make_one(key)
    assert parts.sessions.branch(key, 1), "it has none"
    parts.sessions.purge([SessionKey(ANN, copy.session_id)])
    assert parts.sessions.duplicate(key)


def test_an_own_export_brings_them_into_another_account(parts: Runtime) -> None:
    """Read again there, whatever the text says of them."""
    key, file = chat(parts, ANN)
    whole = b"".join(parts.exports.make(ANN, "json", [key.session_id]).pieces)
    said = json.loads(whole)
    said["files"][0] |= {"kind": "text", "details": {"beginning": "Nothing of it"}}
    spool = parts.imports.spools.open(BOB, "user")
    parts.imports.spools.write(spool, json.dumps(said).encode())
    started = parts.imports.start(spool)
    until(lambda: not parts.imports.get(BOB, started).is_running)
    done = parts.imports.get(BOB, started)
    assert (done.state, done.added, done.skipped) == ("done", 2, [])
    with parts.database.reading() as db:
        window = messages.window(db, SessionKey(BOB, key.session_id), leaf_id=2)
    (theirs,) = window[0].files
    assert (theirs.kind, theirs.details, theirs.sha256) == ("table", file.details, file.sha256)
    parts.sessions.purge([key])
    assert parts.files.bytes_path(theirs).read_bytes() == TABLE
