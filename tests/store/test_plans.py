"""What the queries cost: by what the databases say they do, and by texts that cannot be read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, insert, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from store import bookmarks, cleanup, copies, messages, sessions, unused
from store.database import Database
from store.retention_rules import RetentionRule
from store.tables import answer_pieces
from store.tree import context
from store.types import utc_now
from store.values import SessionKey
from tests.databases import DIALECTS, new_postgres
from tests.store.samples import ANN, FREE, NOON, asked, chain, make, opened, statements

LONG = 20_000
PIECES = 2000
LATER = utc_now() + timedelta(days=2)
MANY, FEW = SessionKey(ANN, "many"), SessionKey(ANN, "few")
"""In which an answer of `PIECES` and one of 20 are being written."""


Long = tuple[Database, SessionKey]


@pytest.fixture(scope="module", params=DIALECTS)
def long(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Long]:
    """A session of 20,000 messages beside 200 of which 198 are empty."""
    url = f"sqlite:///{tmp_path_factory.mktemp('long') / 'parley.db'}"
    if request.param == "postgresql":
        url = new_postgres(request.getfixturevalue("postgres_server"), "long")
    with opened(url) as database:
        with database.transaction() as db:
            for number in range(198):
                make(db, title=f"Session {number}")
            for key, pieces in ((MANY, PIECES), (FEW, 20)):
                open_answer(db, make(db, session_id=key.session_id), pieces)
            # Now the database counts what it has.
            place = make(db, title="Long")
            chain(db, place, LONG)
        yield database, place


def open_answer(db: Session, place: SessionKey, pieces: int) -> None:
    """One that says "x" as often."""
    answer = {**asdict(place), "message_id": asked(db, place).answer.id}
    rows = [{**answer, "number": start, "text": "x"} for start in range(pieces)]
    db.execute(insert(answer_pieces), rows)


def plans(database: Database, run: Callable[[Session], Any]) -> list[str]:
    """How the database does each query of ``run``."""
    seen: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, sql: str, parameters: Any, *_rest: Any) -> None:
        if not sql.startswith("BEGIN"):
            seen.append((sql, parameters))

    event.listen(database.engine, "before_cursor_execute", note)
    with database.reading() as db:
        run(db)
    event.remove(database.engine, "before_cursor_execute", note)
    explain = "EXPLAIN QUERY PLAN " if database.path else "EXPLAIN (ANALYZE, COSTS OFF) "
    with database.engine.connect() as connection:
        return [
            "\n".join(str(row[-1]) for row in connection.exec_driver_sql(explain + sql, values))
            for sql, values in seen
        ]


def most_rows(plan: str) -> int:
    """The most rows that any step of a PostgreSQL plan touched."""
    touched = re.findall(r"(?:rows=|Removed by (?:Join )?Filter: )(\d+)", plan)
    return max(int(rows) for rows in touched)


def test_the_list_follows_its_index(long: Long) -> None:
    database, _ = long
    (plan,) = plans(database, lambda db: sessions.recent(db, user_id=ANN))
    if database.path:
        first, *marks = plan.splitlines()
        assert first == "SEARCH sessions USING INDEX ix_sessions_list (user_id=?)"
        place = "user_id=? AND session_id=?"
        assert [mark for mark in marks if mark.startswith("SEARCH")] == [
            f"SEARCH tags USING COVERING INDEX sqlite_autoindex_tags_1 ({place})",
            f"SEARCH messages USING INDEX ix_messages_open (status=? AND {place})",
            f"SEARCH messages USING INDEX ix_messages_open (status=? AND {place})",
            f"SEARCH messages USING INDEX ix_messages_bookmarked ({place} AND bookmarked=?)",
            f"SEARCH messages USING INDEX ix_messages_files ({place})",
        ]
    else:
        assert "Seq Scan on messages" not in plan
        assert most_rows(plan) <= 201


def test_the_list_needs_no_sorting_on_sqlite(sqlite: Database) -> None:
    with sqlite.transaction() as db:
        make(db)
    for query in ("", "words in it"):
        (plan,) = plans(sqlite, lambda db, q=query: sessions.recent(db, user_id=ANN, query=q))
        assert "ix_sessions_list" in plan
        assert "TEMP B-TREE" not in plan


def test_bookmarks_and_what_is_to_go_are_found_without_reading_the_others(long: Long) -> None:
    database, _ = long
    reads = {
        "ix_messages_bookmarked": lambda db: bookmarks.listed(db, user_id=ANN, limit=9),
        "ix_sessions_temporary": cleanup.temporary,
        "ix_sessions_expiry": lambda db: cleanup.ended(db, now=NOON),
        "ix_messages_open": lambda db: unused.found(db, (RetentionRule("a", 1),), now=LATER),
    }
    for index, read in reads.items():
        (plan,) = plans(database, read)
        assert index in plan or not database.path, plan
        assert "Seq Scan on messages" not in plan, plan
        assert not re.search(r"SCAN (messages|shares)", plan), plan


def test_a_window_of_a_long_session_searches_by_key(long: Long) -> None:
    database, place = long
    found = plans(database, lambda db: messages.window(db, place, leaf_id=LONG))
    assert len(found) == 2
    for plan in found:
        if database.path:
            steps = [line for line in plan.splitlines() if "messages" in line]
            assert steps
            for step in steps:
                assert re.search(r"SEARCH .*messages.* USING .*INDEX", step), plan
                assert re.search(r"session_id=\? AND (id|parent_id)=\?\)", step), plan
        else:
            assert "Seq Scan" not in plan
            assert most_rows(plan) <= 60, plan
    assert_pieces_are_searched_by_key(database, found[0])


def test_an_open_answer_reads_its_own_pieces_only(long: Long) -> None:
    database, _ = long
    with database.reading() as db:
        assert messages.get(db, FEW, message_id=2).content == "x" * 20
    found = plans(database, lambda db: messages.window(db, FEW, leaf_id=2))[:1]
    found += plans(database, lambda db: messages.get(db, FEW, message_id=2))[:1]
    for plan in found:
        assert_pieces_are_searched_by_key(database, plan)
        if not database.path:
            assert 20 <= most_rows(plan) <= 200, plan


def assert_pieces_are_searched_by_key(database: Database, plan: str) -> None:
    steps = [line for line in plan.splitlines() if "answer_pieces" in line]
    assert len(steps) == 1, plan
    if database.path:
        place = r"\(user_id=\? AND session_id=\? AND message_id=\?\)"
        assert re.search(f"SEARCH answer_pieces USING INDEX .*{place}", steps[0]), plan
    else:
        assert "Index Scan using answer_pieces_pkey" in steps[0], plan


def test_other_reads_of_a_long_session_search_by_key_too(long: Long) -> None:
    database, place = long
    found = plans(database, lambda db: messages.get(db, place, message_id=LONG))
    found += plans(database, lambda db: context(db, place, leaf_id=LONG, max_chars=500))
    for plan in found:
        if database.path:
            assert "SCAN messages" not in plan
            assert not re.search(r"messages.*\(user_id=\? AND session_id=\?\)", plan), plan
        else:
            assert "Seq Scan on messages" not in plan
            assert most_rows(plan) <= 200, plan


@pytest.mark.parametrize("step", ["ask", "select_version", "delete"])
def test_a_step_takes_as_many_queries_in_a_long_session(db: Session, step: str) -> None:
    counts = []
    for length in (4, 2000):
        place = make(db)
        chain(db, place, length)
        with statements(db.get_bind().engine) as seen:
            if step == "ask":
                asked(db, place)
            else:
                getattr(messages, step)(db, place, message_id=length)
        counts.append(len(seen))
    assert counts[0] == counts[1]
    assert counts[0] <= 25


def test_bodies_outside_the_window_are_not_read(sqlite: Database) -> None:
    with sqlite.transaction() as db:
        place = make(db)
        chain(db, place, 100)
        poison = "UPDATE messages SET content = CAST(X'FF' AS TEXT) WHERE id <= 90"
        db.execute(text(poison))
    with sqlite.reading() as db:
        with pytest.raises(DBAPIError, match="UTF-8"):
            messages.get(db, place, message_id=90)
        assert len(messages.window(db, place, leaf_id=100, limit=10)) == 10
        assert context(db, place, leaf_id=100, max_chars=20)[-1] == ("assistant", "text 100")
    with sqlite.transaction() as db:
        assert asked(db, place).answer.id == 102
        messages.select_version(db, place, message_id=101)
        copies.duplicate(db, place, may=FREE)
        db.execute(text("UPDATE messages SET content = CAST(X'FF' AS TEXT)"))
        assert len(sessions.recent(db, user_id=ANN)) == 2
        assert sessions.totals(db, user_id=ANN).sessions == 2
        sessions.change(db, place, title="Other")
        sessions.trash_all(db, user_id=ANN)
