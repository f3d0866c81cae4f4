"""Files that no message has go by themselves, as much else does."""

from __future__ import annotations

from functools import partial

import pytest

from chat.turns import retention as looked
from store import all_files, files, users
from store.file_values import NewFile
from tests.chat.clock import NOON
from tests.chat.turns.test_retention import Times, retention
from tests.store.samples import ANN, BOB, add_file, asked, make, opened

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


def test_each_look_goes_on_where_the_last_one_ended(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    times, few = Times(), partial(all_files.unattached, limit=2)
    monkeypatch.setattr(all_files, "unattached", few)
    monkeypatch.setattr(looked, "PARTS_AT_ONCE", 1)
    with opened(sqlite_url) as database:
        kept = retention(database, times)
        for seconds in (30 * 3600, 3600):
            kept.look()
            times.pass_(seconds)
        kept.look()
        with database.transaction() as db:
            sent = [add_file(db, ANN, str(at)).file_id for at in range(2)]
            asked(db, make(db), file_ids=sent)
            for at in range(3):
                add_file(db, BOB, str(at))

        def left() -> int:
            with database.reading() as db:
                return all_files.counted(db)[0]

        for count in (5, 3, 2):
            kept.look()
            assert left() == count
        with database.transaction() as db:
            add_file(db, BOB, "later")
        for count in (3, 2):
            kept.look()
            assert left() == count, "it begins anew"
