"""What an answer knows of its session's analysis results, and what it reads for that."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from sqlalchemy import event

from store import profiles
from store.database import Database
from store.values import SessionKey
from tests.chat.clock import NOON
from tests.chat.conftest import SESSION, USER, Room
from tests.chat.profiles.test_profile_prompt import row
from tests.model_script import Text


@contextmanager
def results_read(database: Database) -> Iterator[list[int]]:
    """How many rows of results each statement in the block finds."""
    found: list[int] = []
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, sql: str, parameters: Any, *_rest: Any) -> None:
        if "profiles.result" in sql:
            asked.append((sql, parameters))

    event.listen(database.engine, "before_cursor_execute", note)
    yield found
    event.remove(database.engine, "before_cursor_execute", note)
    with database.engine.connect() as connection:
        found += [len(connection.exec_driver_sql(*one).fetchall()) for one in asked]


def keep(room: Room, count: int) -> None:
    with room.database.transaction() as db:
        for number in range(count):
            handle = f"h{number}.bsky.social"
            profiles.save(
                db,
                SessionKey(USER, SESSION),
                source="bluesky",
                handle=handle,
                result=row(handle),
                now=NOON + timedelta(minutes=number),
            )


def test_of_many_results_the_newest_eight_are_read(room: Room) -> None:
    keep(room, 12)
    with results_read(room.database) as found:
        room.watch(room.send("q", Text("Well.")).answer.id)
    assert found == [8]
    system = room.model.requests[-1].body["messages"][0]["content"]
    assert all(f"@h{number}.bsky.social on Bluesky" in system for number in range(4, 12))
    assert "4 older results are not shown" in system


def test_without_results_none_are_asked_for(room: Room) -> None:
    with results_read(room.database) as found:
        room.watch(room.send("q", Text("Well.")).answer.id)
    assert found == []
