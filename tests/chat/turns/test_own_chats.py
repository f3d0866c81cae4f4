"""The search that tools get, on a real database."""

from __future__ import annotations

import asyncio
import shutil
from typing import Any

import pytest

from chat.errors import ToolError
from chat.turns.own_chats import OwnChats
from store.database import Database
from store.models import sessions
from store.sessions import owned
from store.values import SessionKey
from tests.store.samples import ANN, BOB, exchange, make, opened


async def in_thread(function: Any, *arguments: Any) -> Any:
    return await asyncio.to_thread(function, *arguments)


def test_only_this_users_chats_are_found_and_linked(sqlite_url: str) -> None:
    with opened(sqlite_url) as database:
        with database.transaction() as db:
            exchange(db, make(db, session_id="hers", title="Phones"), "My battery is dead")
            exchange(db, make(db, BOB, session_id="his"), "My battery is fine")
        (hit,) = asyncio.run(
            OwnChats(database, SessionKey(ANN, "here"), in_thread).search("BATTERY", 5)
        )
    assert (hit.title, hit.excerpt, hit.role) == ("Phones", "My battery is dead", "user")
    assert hit.link == "/?session=hers"


def test_a_chat_without_a_title_has_a_name(sqlite_url: str) -> None:
    with opened(sqlite_url) as database:
        with database.transaction() as db:
            place = make(db)
            exchange(db, place, "My battery is dead")
            values = {"title": "", "search_text": ""}
            db.execute(sessions.update().where(*owned(place)).values(**values))
        (hit,) = asyncio.run(
            OwnChats(database, SessionKey(ANN, "here"), in_thread).search("battery", 5)
        )
    assert hit.title == "New chat"


def test_a_database_that_is_gone_is_a_tools_error(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    database.open()
    assert database.path
    shutil.rmtree(database.path.parent)
    with pytest.raises(ToolError, match="cannot be searched now"):
        asyncio.run(OwnChats(database, SessionKey(ANN, "here"), in_thread).search("battery", 5))
    database.close()
