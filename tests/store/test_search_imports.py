"""What comes in from a file is found at once, like what was written here."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from store.database import Database
from store.search import Within, find
from store.search_query import parse
from store.tables import search_texts
from tests.store import carrying
from tests.store.carrying import taken_out
from tests.store.samples import ANN, BOB, NOON, exchange, make


def found(database: Database, query: str, user_id: str = BOB, **within: Any) -> list[int | None]:
    with database.reading() as db:
        hits = find(db, user_id=user_id, query=parse(query), within=Within(**within)).hits
    return [hit.message_id for hit in hits]


def indexed(database: Database) -> list[Any]:
    with database.reading() as db:
        return list(db.execute(select(search_texts).order_by(search_texts.c.id)).all())


def test_what_is_imported_is_found_and_twice_it_is_indexed_once(database: Database) -> None:
    with database.transaction() as db:
        place = make(db, ANN, title="Phones")
        question, answer = exchange(db, place, "My battery is dead", "Buy another one.", now=NOON)
    early = taken_out(database, ANN)
    carrying.put_in(database, BOB, early)
    assert found(database, "dead battery") == [question.id]
    assert found(database, "another") == [answer.id]
    assert found(database, "phones") == [None]
    with database.transaction() as db:
        more, _ = exchange(db, place, "Which battery", "A large one.")
    late, before = taken_out(database, ANN), indexed(database)
    carrying.put_in(database, BOB, early)
    assert indexed(database) == before
    for _ in range(2):
        carrying.put_in(database, BOB, late)
        assert sorted(map(str, found(database, "battery"))) == [str(question.id), str(more.id)]
        assert len(indexed(database)) == len(before) + 2


@pytest.mark.parametrize("year", ["0001", "1901", "2039", "9999"])
def test_texts_of_any_time_are_kept_and_found(database: Database, year: str) -> None:
    with database.transaction() as db:
        question, _ = exchange(db, make(db, ANN, title="Chat"), "My battery is dead", "Oh.")
    whole = taken_out(database, ANN)
    odd = f"{year}-06-01T00:00:00Z"
    whole["sessions"][0]["created_at"] = whole["sessions"][0]["messages"][0]["created_at"] = odd
    count = carrying.put_in(database, BOB, whole)
    assert (count.added, count.skipped) == (2, [])
    assert found(database, "battery") == [question.id]
    assert found(database, "chat") == [None]
    moment = NOON.replace(year=int(year), month=12)
    assert found(database, "battery", until=moment) == [question.id]
    assert found(database, "battery", since=moment.replace(month=1)) == [question.id]
