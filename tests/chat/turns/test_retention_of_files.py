"""Files that no message has go by themselves, as much else does."""

from __future__ import annotations

from store import files, users
from store.file_values import NewFile
from tests.chat.clock import NOON
from tests.chat.turns.test_retention import Times, retention
from tests.store.samples import opened

NEW = NewFile("a.txt", "text", "text/plain", 1, "0" * 64)


def test_files_of_drafts_that_were_never_sent_go_after_a_day(sqlite_url: str) -> None:
    times = Times()
    with opened(sqlite_url) as database:
        with database.transaction() as db:
            users.create(db, username="somebody", user_id="somebody", now=NOON)
            files.add(db, user_id="somebody", new=NEW, now=NOON)
        kept = retention(database, times)
        for hours, count in [(2, 1), (22, 1), (1, 1), (1, 1), (1, 0)]:
            for _ in range(hours):
                kept.look()
                times.pass_(3600)
            with database.reading() as db:
                assert len(files.listed(db, user_id="somebody")) == count, hours
        with database.reading() as db:
            assert files.going(db) == [NEW.sha256]
