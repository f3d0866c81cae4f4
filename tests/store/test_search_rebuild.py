"""Building the index anew, and how it is read."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import delete, text
from sqlmodel import Session

from store import search_index, search_rebuild
from store.database import Database
from store.tables import search_texts
from tests.store.samples import exchange, make
from tests.store.test_plans import plans
from tests.store.test_search import found, ids

BEGINNINGS = ("SCAN search_fts", "SCAN found", "SCAN anon_1")


def test_the_command_that_builds_it_anew(database: Database) -> None:
    with database.transaction() as db:
        place = make(db, title="Phones")
        exchange(db, place, "battery", "zebra")
        before = found(db, "battery OR phones OR zebra", sort="newest")
        db.execute(delete(search_texts).where(search_texts.c.message_id == 1))
    assert search_rebuild.rebuilt(database) == 1
    with database.reading() as db:
        after = found(db, "battery OR phones OR zebra", sort="newest")
    assert sorted((hit.role, hit.excerpt) for hit in after) == sorted(
        (hit.role, hit.excerpt) for hit in before
    )


def test_a_rebuild_that_is_ended_leaves_the_rest_as_it_was(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.transaction() as db:
        for number in range(3):
            exchange(db, make(db, title="One"), f"zebra {number}", "No.")
    rebuild = search_index.rebuilt

    def ended(_db: Session, _keys: list[Any]) -> int:
        raise KeyboardInterrupt

    def first_only(db: Session, keys: list[Any]) -> int:
        monkeypatch.setattr(search_index, "rebuilt", ended)
        return rebuild(db, keys)

    monkeypatch.setattr(search_rebuild, "AT_ONCE", 1)
    monkeypatch.setattr(search_index, "rebuilt", first_only)
    with pytest.raises(KeyboardInterrupt):
        search_rebuild.rebuilt(database)
    with database.reading() as db:
        assert len(found(db, "zebra")) == 3


def test_an_index_that_is_damaged_is_built_anew(sqlite: Database) -> None:
    with sqlite.transaction() as db:
        exchange(db, make(db, title="One"), "zebra", "No.")
    with sqlite.transaction() as db:
        db.execute(text("UPDATE search_fts_data SET block = x'ff'"))
    sqlite.engine.dispose()  # which knows the index as it was
    with sqlite.reading() as db:
        assert found(db, "zebra") == []
    assert search_rebuild.rebuilt(sqlite) == 1
    with sqlite.reading() as db:
        assert ids(found(db, "zebra")) == [1]


def test_reading_begins_with_the_words(database: Database) -> None:
    with database.transaction() as db:
        place = make(db, title="One")
        exchange(db, place, "zebra", "No.")
    for plan in plans(database, lambda db: found(db, "zebra")) if database.path else ():
        for step in plan.splitlines():
            assert not step.startswith("SCAN") or step.startswith(BEGINNINGS), plan
            assert "search_texts" not in step or "INTEGER PRIMARY KEY" in step, plan
