"""Bytes that are swept away in one process while another one brings the same."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from sqlalchemy import text

from chat.files.sweeping import sweep
from store import files, users
from store.database import Database
from store.file_folder import FileFolder
from store.file_values import NewFile
from store.users import LOCAL_USER
from tests.waiting import until

pytestmark = pytest.mark.process
SHA = "ab" * 32
NEW = NewFile("a.txt", "text", "text/plain", 1, SHA)
_WAITING = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")


def put(folder: FileFolder) -> None:
    coming = folder.new()
    (coming / "bytes").write_bytes(b"x")
    folder.keep(coming, SHA)


def test_a_sweep_waits_for_whoever_brings_the_same(postgres_url: str, tmp_path: Path) -> None:
    database, folder = Database(postgres_url), FileFolder(tmp_path / "files")
    database.open()
    with database.transaction() as db:
        users.ensure_local(db)
        gone, _ = files.add(db, user_id=LOCAL_USER, new=NEW)
        put(folder)
    with database.transaction() as db:
        files.remove(db, user_id=LOCAL_USER, file_id=gone.file_id)
    sweeping = threading.Thread(target=sweep, args=(database, folder, 0))
    with database.transaction() as db:
        again, _ = files.add(db, user_id=LOCAL_USER, new=NEW)
        put(folder)
        sweeping.start()
        until(lambda: db.scalar(_WAITING) == 1)
    sweeping.join()
    assert (folder.of(SHA) / "bytes").read_bytes() == b"x"
    with database.transaction() as db:
        assert files.going(db) == []
        files.remove(db, user_id=LOCAL_USER, file_id=again.file_id)
    sweep(database, folder, 0)
    assert not folder.of(SHA).exists()
    database.close()
