"""The search that tools get, on a real database."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator, Sequence

import pytest

from chat.agent.toolkit import ChatHit
from chat.errors import ToolError
from chat.loop import Loop
from chat.turns.own_chats import OwnChats
from store.database import Database
from store.session_locks import owned
from store.tables import sessions
from store.values import SessionKey
from tests.store.samples import ANN, BOB, NOON, exchange, make, opened


@pytest.fixture
def loop() -> Iterator[Loop]:
    made = Loop()
    made.start()
    yield made
    made.close(lambda: asyncio.sleep(0))


def searched(loop: Loop, database: Database, query: str) -> Sequence[ChatHit]:
    mine = OwnChats(database, SessionKey(ANN, "here"), loop)
    return loop.spawn(mine.search(query, 5)).result(20)


def test_only_this_users_chats_are_found_and_linked(sqlite_url: str, loop: Loop) -> None:
    with opened(sqlite_url) as database:
        with database.transaction() as db:
            exchange(
                db, make(db, session_id="hers", title="Phones"), "My battery is dead", now=NOON
            )
            exchange(db, make(db, BOB, session_id="his"), "My battery is fine")
        (hit,) = searched(loop, database, "BATTERY")
    assert (hit.title, hit.excerpt, hit.role) == ("Phones", "My battery is dead", "user")
    assert hit.link == "/?session=hers&message=1"
    assert hit.date == NOON.isoformat(timespec="seconds")


def test_a_chat_without_a_title_has_a_name(sqlite_url: str, loop: Loop) -> None:
    with opened(sqlite_url) as database:
        with database.transaction() as db:
            place = make(db)
            exchange(db, place, "My battery is dead")
            values = {"title": "", "search_text": ""}
            db.execute(sessions.update().where(*owned(place)).values(**values))
        hits = searched(loop, database, "battery")
    assert {hit.title for hit in hits} == {"New chat"}


def test_what_cannot_be_looked_for_is_a_tools_error(sqlite_url: str, loop: Loop) -> None:
    with opened(sqlite_url) as database, pytest.raises(ToolError, match="only what is not"):
        searched(loop, database, "-battery")


def test_a_database_that_is_gone_is_a_tools_error(sqlite_url: str, loop: Loop) -> None:
    database = Database(sqlite_url)
    database.open()
    assert database.path
    shutil.rmtree(database.path.parent)
    with pytest.raises(ToolError, match="cannot be searched now"):
        searched(loop, database, "battery")
    database.close()
