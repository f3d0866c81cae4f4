"""Lists of sessions: filters, pages, and what a page of very many costs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import quote

import pytest
from sqlalchemy import insert, text

from store.tables import sessions
from store.types import utc_now
from store.users import LOCAL_USER
from tests.chat.api.conftest import MINE, Api
from tests.store.samples import statements, steps


def pages(api: Api, path: str) -> Iterator[list[str]]:
    """The titles of each page, along the links."""
    while path:
        reply = api.get(path)
        assert reply.status == 200, reply.body
        yield [row["title"] for row in reply.json]
        link = re.fullmatch(r'</api(.*)>; rel="next"', reply.headers.get("link", ""))
        path = link[1] if link else ""


def titles(api: Api, query: str) -> list[str]:
    return [row["title"] for row in api.get(f"{MINE}?{query}").json]


@pytest.fixture
def thirty(api: Api) -> list[str]:
    """Paths of sessions "0" … "29", the last one newest; every tenth is pinned."""
    api.clear()
    paths = [api.make(title=str(number)) for number in range(30)]
    for path in paths[::10]:
        api.patch(path, {"pinned": True})
    return paths


def test_pages_give_everything_once_in_order(api: Api, thirty: list[str]) -> None:
    whole = titles(api, "")
    assert whole[:3] == ["20", "10", "0"]
    assert whole[3:] == [str(number) for number in range(29, 0, -1) if number % 10]
    for limit in (1, 7, 29, 30):
        found = list(pages(api, f"{MINE}?limit={limit}"))
        assert [title for page in found for title in page] == whole
        assert all(len(page) == limit for page in found[:-1])
        assert found[-1]


def test_pages_hold_while_sessions_move(api: Api, thirty: list[str]) -> None:
    seen: list[str] = []
    for at, page in enumerate(pages(api, f"{MINE}?limit=10")):
        seen += page
        if at == 0:
            api.make(title="new")
            api.patch(thirty[5], {"pinned": True})  # jumps to the top before it was listed
            api.delete(thirty[29])
    assert len(seen) == len(set(seen))
    assert set(seen) == {str(number) for number in range(30)} - {"5"}


def test_filters_and_pages_together(api: Api, thirty: list[str]) -> None:
    persona = api.parts.personas.built_in.all()[-1].id
    api.post("/users/me/folders", {"folder_id": "a-b", "name": "a & b"})
    api.post("/users/me/folders", {"folder_id": "in-it", "name": "c", "parent_id": "a-b"})
    for path in thirty[1:6]:
        api.patch(path, {"persona": persona, "folder": "a-b", "tags": ["Red", "#blue sky"]})
    api.patch(thirty[2], {"folder": "in-it", "tags": ["red"]})
    api.patch(thirty[5], {"archived": True})
    assert titles(api, f"persona={persona}") == ["4", "3", "2", "1"]
    assert titles(api, "persona=nobody") == []
    assert titles(api, "archived=true") == ["5"]
    assert titles(api, "folder=a-b") == ["4", "3", "2", "1"]
    assert titles(api, "folder=in-it") == ["2"]
    assert titles(api, "tag=" + quote("#Blue  sky")) == ["4", "3", "1"]
    assert titles(api, "tag=red&folder=in-it&unread=false&bookmarked=false") == ["2"]
    assert titles(api, "unread=true") == titles(api, "bookmarked=true") == []
    assert len(titles(api, "folder=")) == 25
    assert titles(api, "q=29") == ["29"]
    assert titles(api, "q=%25") == []
    (row,) = api.get(f"{MINE}?folder=in-it").json
    assert (row["folder"], row["tags"]) == ("in-it", ["red"])
    path = f"{MINE}?limit=2&folder=a-b&q="
    assert list(pages(api, path)) == [["4", "3"], ["2", "1"]]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=x", "limit"),
        ("cursor=x", "cursor"),
        ("cursor=W10", "cursor"),
        ("cursor=W3RydWUsIjAwMDEtMDEtMDFUMDA6MDA6MDArMTQ6MDAiLCJhIl0", "cursor"),
        ("cursor=" + quote("é"), "cursor"),
        ("q=%00", "q"),
        ("persona=%00", "persona"),
        ("folder=%00", "folder"),
        ("tag=%00", "tag"),
        ("tag=%23", "tag"),
        ("unread=maybe", "unread"),
        ("archived=maybe", "archived"),
    ],
)
def test_what_cannot_be_asked(api: Api, query: str, field: str) -> None:
    reply = api.get(f"{MINE}?{query}")
    assert (reply.status, reply.error) == (422, "invalid_input")
    assert reply.json["error"]["field"] == field


@pytest.mark.slow
def test_fifty_of_ten_thousand_cost_their_page(api: Api) -> None:
    api.clear()
    now = utc_now()
    rows = [
        {
            "user_id": LOCAL_USER,
            "session_id": f"many-{number}",
            "title": f"Session {number}",
            "search_text": f"session {number}",
            "created_at": now,
            "last_activity_at": now - timedelta(seconds=number),
        }
        for number in range(10_000)
    ]
    with api.parts.database.transaction() as db:
        db.execute(insert(sessions), rows)
    second = api.get(MINE).headers["link"].split("<")[1].split(">")[0].removeprefix("/api")
    for path in (MINE, second):
        with statements(api.parts.database.engine) as seen:
            assert len(api.get(path).json) == 50
        (query,) = (sql for sql in seen if "FROM sessions" in sql and "count(*)" not in sql)
        with api.parts.database.reading() as db:
            values = tuple(range(query.count("?")))
            raw = db.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", values)
            plan, *_ = (row[-1] for row in raw)
        assert plan.startswith("SEARCH sessions USING INDEX ix_sessions_list (user_id=?")
        assert ("(pinned,last_activity_at,session_id)<" in plan) == (path is second)
    with steps(api.parts.database.engine) as of_many:
        api.get(second)
    with api.parts.database.transaction() as db:
        db.execute(text("DELETE FROM sessions WHERE session_id LIKE 'many-____'"))
    with steps(api.parts.database.engine) as of_fewer:
        assert len(api.get(second).json) == 50
    assert len(of_many) < 2 * len(of_fewer)
    with api.parts.database.transaction() as db:
        db.execute(text("DELETE FROM sessions WHERE session_id LIKE 'many-%'"))
