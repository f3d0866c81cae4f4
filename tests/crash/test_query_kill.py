"""``kill -9`` while a query runs in a process of its own."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress

import psutil
import pytest

from store import messages, profiles, sessions
from store.database import Database
from store.session_values import NewSession
from store.users import LOCAL_USER
from store.values import Message, SessionKey
from tests.crash.conftest import Child
from tests.model_script import Call, Script, Text
from tests.scripted_model import ScriptedModel
from tests.store.samples import FREE
from tests.waiting import until

KEY = SessionKey(LOCAL_USER, "computes")
SOON, ENDLESS = "SELECT 6 * 7 AS n", "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL FROM r) FROM r"
QUERY_SECONDS, SPENT_SECONDS = 10, 0.3
"""After which it would end by itself, and what of a processor shows that it runs."""


def asks(text: str, sql: str) -> Script:
    call = Call("query_table", json.dumps({"sql": sql, "title": "It"}))
    return Script([Text(text), call], finish_reason="tool_calls")


def row(database: Database, id_: int) -> Message:
    with database.reading() as db:
        return messages.get(db, KEY, message_id=id_)


def spent(child: Child) -> dict[psutil.Process, float]:
    """How much of a processor each of its own processes has had."""
    found = {}
    for one in child.process.children():
        with suppress(psutil.NoSuchProcess):
            found[one] = sum(one.cpu_times()[:2])
    return found


def has_ended(process: psutil.Process) -> bool:
    """Also where nobody has asked how yet."""
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Of one kind, for the process that ends knows of none."""
    return sqlite_url


def test_the_query_ends_and_what_came_before_is_kept(
    new_child: Callable[[], Child], database: Database, model: ScriptedModel
) -> None:
    model.reset()
    model.queue(asks("Let me see.", SOON), asks("And now all.", ENDLESS))
    with new_child() as first:
        with database.transaction() as db:
            sessions.create(db, KEY, NewSession(), may=FREE)
            profiles.save(db, KEY, source="x", handle="ann", result={"post_count": 0})
        first.say(session=KEY.session_id, send="How many?", is_there=True)
        until(lambda: any("sent" in news for news in first.news))
        (id_,) = (news["answer"] for news in first.news if "sent" in news)
        until(lambda: row(database, id_).content.endswith("all."))
        before = spent(first)
        (query,) = until(
            lambda: [
                one
                for one, took in spent(first).items()
                if took > before.get(one, took) + SPENT_SECONDS
            ]
        )
    until(lambda: has_ended(query), QUERY_SECONDS / 2)
    with new_child() as second:
        until(lambda: not row(database, id_).is_open)
        ended = row(database, id_)
        assert not second.process.children()
    assert (ended.status, ended.content) == ("interrupted", "Let me see.\n\nAnd now all.")
    assert [one.total for one in ended.results] == [1]
