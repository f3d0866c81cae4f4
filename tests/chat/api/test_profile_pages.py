"""Stored analysis results over the API: page by page, each once, also damaged ones."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import text

from chat.api.cursors import encode
from store import profiles
from store.users import LOCAL_USER
from store.values import SessionKey
from tests.chat.api.client import Reply
from tests.chat.api.conftest import Api
from tests.chat.clock import NOON


def keep(api: Api, path: str, handle: str, minutes: int, source: str = "x", **result: Any) -> None:
    with api.parts.database.transaction() as db:
        profiles.save(
            db,
            SessionKey(LOCAL_USER, path.rpartition("/")[2]),
            source=source,
            handle=handle,
            result=result,
            now=NOON + timedelta(minutes=minutes),
        )


def following(reply: Reply) -> str:
    """The path of the next page; empty after the last one."""
    link = re.fullmatch(r'</api(.*)>; rel="next"', reply.headers.get("link", ""))
    return link[1] if link else ""


def handles(reply: Reply) -> list[str]:
    assert reply.status == 200, reply.body
    return [row["handle"] for row in reply.json]


@pytest.mark.parametrize("limit", [1, 3, 7, 8, 200])
def test_pages_give_everything_once_newest_first(api: Api, limit: int) -> None:
    """Also where several were stored at the same moment."""
    path = api.make()
    for number in range(8):
        keep(api, path, f"h{number}", number // 3)
    for source in ("bluesky", "feed"):
        keep(api, path, "h7", 2, source)
    whole = [(row["source"], row["handle"]) for row in api.get(f"{path}/profiles").json]
    assert whole[:4] == [("bluesky", "h7"), ("feed", "h7"), ("x", "h6"), ("x", "h7")]
    assert len(whole) == 10
    found, page = [], f"{path}/profiles?limit={limit}"
    while page:
        reply = api.get(page)
        assert len(reply.json) <= limit
        assert reply.headers["x-total-count"] == "10"
        found += [(row["source"], row["handle"]) for row in reply.json]
        page = following(reply)
    assert found == whole


def test_fifty_unless_asked_for_more(api: Api) -> None:
    path = api.make()
    for number in range(51):
        keep(api, path, f"h{number}", number)
    first = api.get(f"{path}/profiles")
    assert len(handles(first)) == 50
    assert handles(api.get(following(first))) == ["h0"]
    assert len(handles(api.get(f"{path}/profiles?limit=200"))) == 51
    for limit in ("0", "201", "x"):
        reply = api.get(f"{path}/profiles?limit={limit}")
        assert (reply.status, reply.json["error"]["field"]) == (422, "limit")


def test_the_longest_handles_have_a_next_page(api: Api) -> None:
    path = api.make()
    longest = ["𝒜" * 200, "ä" * 200]
    for number, handle in enumerate(longest):
        keep(api, path, handle, number, "s" * 32)
    first = api.get(f"{path}/profiles?limit=1")
    assert handles(first) + handles(api.get(following(first))) == longest[::-1]


def test_what_is_analysed_anew_meanwhile_is_not_listed_twice(api: Api) -> None:
    path = api.make()
    for number in range(6):
        keep(api, path, f"h{number}", number)
    first = api.get(f"{path}/profiles?limit=2")
    assert handles(first) == ["h5", "h4"]
    for handle in ("h5", "h4", "h2"):
        keep(api, path, handle, 60)
    second = api.get(following(first))
    assert handles(second) == ["h3", "h1"]
    assert handles(api.get(following(second))) == ["h0"]


@pytest.mark.parametrize(
    "cursor",
    [
        *("x", "é", "bnVsbA", "W10", "e30", "WzEsMl0", "A" * 500),
        encode("x", NOON, "a\0"),
        "WyJcdWQ4MDAiLCIyMDI0LTA1LTAxVDEyOjAwOjAwKzAwOjAwIiwiYSJd",  # half a surrogate pair
        encode("x", NOON.replace(tzinfo=None), "a"),
        encode(True, NOON, "a"),
        "WyJ4IiwiMDAwMS0wMS0wMVQwMDowMDowMCsxNDowMCIsImEiXQ",  # before there was time in UTC
    ],
)
def test_malformed_cursors(api: Api, cursor: str) -> None:
    reply = api.get(f"{api.make()}/profiles?cursor={quote(cursor)}")
    assert (reply.status, reply.json["error"]["field"]) == (422, "cursor")


def test_damaged_results_are_listed_with_the_others(api: Api) -> None:
    path = api.make()
    damaged = {
        "none": "null",
        "list": "[1]",
        "word": "what?",
        "deep": "[" * 100_000,
        "nan": '{"n": NaN, "m": [-Infinity]}',
        "half": '{"n": "\\ud83d\\ude00 \\ud83d \\\\ud83d \\ude00"}',
    }
    for minute, handle in enumerate(damaged):
        keep(api, path, handle, minute)
    keep(api, path, "good", 60, n=1)
    with api.parts.database.transaction() as db:
        for handle, stored in damaged.items():
            change = text("UPDATE profiles SET result = :stored WHERE handle = :handle")
            db.execute(change, {"stored": stored, "handle": handle})
    reply = api.get(f"{path}/profiles")
    assert {row["handle"]: row["result"] for row in reply.json} == {
        **{"none": None, "list": [1], "word": None, "deep": None, "good": {"n": 1}},
        "nan": {"n": None, "m": [None]},
        "half": {"n": "😀 \ufffd \\ud83d \ufffd"},
    }
    assert api.asked(path)["assistant"]["status"] == "complete"
    system = api.model.requests[-1].body["messages"][0]["content"]
    assert system.count("this result is of another version and cannot be read") == 7
