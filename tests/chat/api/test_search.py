"""Search over the API: what a hit says, conditions, pages, and what cannot be asked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import pytest

from store import search
from store.users import LOCAL_USER
from tests.chat.api.conftest import Api
from tests.store.samples import exchange, make

SEARCH = "/users/me/search"


@pytest.fixture
def place(api: Api) -> str:
    api.clear()
    with api.parts.database.transaction() as db:
        key = make(db, LOCAL_USER, title="Phones")
        exchange(db, key, "My 🔋 battery is flat", "A zebra and a battery")
        for number in range(25):
            exchange(db, key, f"zebra {number}", "No.")
    return key.session_id


def hits(api: Api, query: str, **more: object) -> list[dict[str, Any]]:
    found = api.get(path(query, **more))
    assert found.status == 200, found.body
    return list(found.json)


def path(query: str, **more: object) -> str:
    return f"{SEARCH}?q={quote(query)}" + "".join(f"&{name}={one}" for name, one in more.items())


def pages(api: Api, at: str) -> Iterator[list[dict[str, Any]]]:
    while at:
        reply = api.get(at)
        assert "newest" in at or reply.headers["x-total-count"] == "26"
        yield list(reply.json)
        link = re.fullmatch(r'</api(.*)>; rel="next"', reply.headers.get("link", ""))
        at = link[1] if link else ""


def test_what_a_hit_says(api: Api, place: str) -> None:
    [hit] = hits(api, "battery flat")
    assert hit.pop("score") > 0
    assert re.fullmatch(r"\d{4}-.*Z", hit.pop("created_at"))
    assert hit == {
        "session_id": place,
        "title": "Phones",
        "message_id": 1,
        "role": "user",
        "excerpt": "My 🔋 battery is flat",
        "marks": [[5, 12], [16, 20]],
    }
    [title] = hits(api, "phones")
    assert (title["role"], title["message_id"]) == ("title", None)


def test_where_to_look(api: Api, place: str) -> None:
    assert {hit["message_id"] for hit in hits(api, "battery", role="assistant")} == {2}
    assert len(hits(api, "battery", session_id=place)) == 2
    assert hits(api, "battery", session_id="other") == []
    assert hits(api, "battery", persona="other") == []
    assert hits(api, "battery", archived="true") == []
    assert hits(api, "battery", bookmarked="true") == []
    assert hits(api, "battery", until="2020-01-01T00:00:00Z") == []
    assert len(hits(api, "battery", since="2020-01-01", folder="")) == 2


@pytest.mark.parametrize("sort", ["best", "newest"])
def test_pages_give_everything_once(api: Api, place: str, sort: str) -> None:
    whole = hits(api, "zebra", sort=sort, limit=100)
    assert len(whole) == 26
    for limit in (7, 25, 26):
        found = list(pages(api, path("zebra", sort=sort, limit=limit)))
        assert [hit["message_id"] for page in found for hit in page] == [
            hit["message_id"] for hit in whole
        ]


def test_pages_go_on_before_1970_and_say_no_count_that_is_wrong(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.clear()
    with api.parts.database.transaction() as db:
        place = make(db, LOCAL_USER, title="Old")
        for number in range(4):
            exchange(
                db, place, f"zebra {number}", "No.", now=datetime(1950, 1, 1 + number, tzinfo=UTC)
            )
    found = list(pages(api, path("zebra", sort="newest", limit=2)))
    assert [hit["excerpt"] for page in found for hit in page] == [
        *("zebra 3", "zebra 2", "zebra 1", "zebra 0")
    ]
    monkeypatch.setattr(search, "CANDIDATES", 3)
    reply = api.get(path("zebra", limit=3))
    assert len(reply.json) == 3
    assert "x-total-count" not in reply.headers


def test_pages_of_the_best_hold_while_more_is_written(api: Api, place: str) -> None:
    seen = []
    for page in pages(api, path("zebra", limit=10)):
        seen += [hit["message_id"] for hit in page]
        with api.parts.database.transaction() as db:
            exchange(db, make(db, LOCAL_USER, title="New"), "zebra", "zebra")
    assert len(seen) == len(set(seen)) == 26


@pytest.mark.parametrize(
    ("query", "field"),
    [
        *(("", "q"), ("q=", "q"), ("q=%25", "q"), ("q=-a", "q"), ("q=" + "a" * 501, "q")),
        *(("q=%00", "q"), ("q=a&role=tool", "role"), ("q=a&since=x", "since")),
        *(("q=a&limit=0", "limit"), ("q=a&limit=101", "limit"), ("q=a&sort=old", "sort")),
        *(("q=a&cursor=x", "cursor"), ("q=a&cursor=9999", "cursor")),
        *(("q=a&cursor=1-" + "9" * 19, "cursor"), ("q=a&session_id=..%2F", "session_id")),
    ],
)
def test_what_cannot_be_asked(api: Api, query: str, field: str) -> None:
    reply = api.get(f"{SEARCH}?{query}")
    assert reply.status == 422, reply.body
    assert reply.json["error"]["field"] == field
