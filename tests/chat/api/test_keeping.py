"""Over HTTP: chats that are emptied, that are temporary, or that end; and bookmarks."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from store.types import utc_now
from tests.chat.api.conftest import MINE, Api
from tests.model_script import Text

BOOKMARKS = "/users/me/bookmarks"


def test_a_chat_is_emptied_and_comes_back(api: Api) -> None:
    path = api.make(title="Mine")
    api.asked(path, Text("one"))
    before = api.get(path)
    stale = {"If-Match": '"1"'}
    assert api.post(f"{path}/clear", headers=stale).status == 412
    cleared = api.post(f"{path}/clear", headers={"If-Match": before.headers["etag"]})
    assert cleared.status == 200
    assert (cleared.json["title"], cleared.json["message_count"]) == ("Mine", 0)
    assert cleared.headers["etag"] != before.headers["etag"]
    assert api.get(f"{path}/messages").json == []
    assert api.post(f"{path}/restore", headers=stale).status == 412
    assert api.post(f"{path}/restore").json["message_count"] == 2
    assert [one["content"] for one in api.get(f"{path}/messages").json] == ["hi", "one"]
    assert api.post(f"{path}/restore").status == 404
    assert api.post(f"{MINE}/nowhere/clear").status == 404


def test_the_trash_comes_before_what_was_cleared(api: Api) -> None:
    path = api.make()
    api.asked(path)
    api.post(f"{path}/clear")
    api.delete(path)
    assert api.post(f"{path}/clear").status == 404
    assert api.post(f"{path}/restore").json["message_count"] == 0
    assert api.post(f"{path}/restore").json["message_count"] == 2


def test_a_temporary_chat_is_nowhere_until_it_is_kept(api: Api) -> None:
    api.clear()
    path = api.make(title="Passing", temporary=True)
    assert api.get(path).json["temporary"] is True
    assert api.get(MINE).json == []
    assert api.patch(path, {"temporary": False}).json["temporary"] is False
    assert [row["title"] for row in api.get(MINE).json] == ["Passing"]
    other = api.make(temporary=True)
    assert api.delete(other).status == 200
    assert api.post(f"{other}/restore").status == 404
    asked = {"content": "x", "new_session": {"temporary": True}}
    assert api.post(f"{MINE}/begun/messages", asked).status == 200
    assert api.get(f"{MINE}/begun").json["temporary"] is True


def test_inactive_chats_can_be_listed(api: Api) -> None:
    api.clear()
    path, _ = api.make(title="Old"), api.make(title="New")
    api.patch(path, {"is_active": False})
    for wanted, title in (("false", "Old"), ("true", "New")):
        assert [row["title"] for row in api.get(f"{MINE}?is_active={wanted}").json] == [title]
    assert api.get(f"{MINE}?is_active=perhaps").status == 422


def test_bookmarks_of_all_chats_page_by_page(api: Api) -> None:
    api.clear()
    for number in range(3):
        path = api.make(title=f"Chat {number}")
        answer = api.asked(path, Text(f"answer {number}"))["assistant"]
        api.patch(f"{path}/messages/{answer['id']}", {"bookmarked": True})
    first = api.get(f"{BOOKMARKS}?limit=2")
    assert [one["title"] for one in first.json] == ["Chat 2", "Chat 1"]
    assert first.headers["X-Total-Count"] == "3"
    found: dict[str, Any] = first.json[0]
    assert found["excerpt"] == "answer 2"
    assert (found["role"], found["message_id"]) == ("assistant", 2)
    assert found["persona"] == api.parts.personas.built_in.default.name
    [link] = re.findall(r"<(?:/api)?(.+)>", first.headers["link"])
    rest = api.get(link)
    assert [one["title"] for one in rest.json] == ["Chat 0"]
    assert "link" not in rest.headers
    for cursor in ("x", "WyJhIiwgIjIwMjQtMDUtMDFUMTI6MDA6MDArMDA6MDAiLCAieCJd"):
        assert api.get(f"{BOOKMARKS}?cursor={cursor}").status == 422


def test_an_answer_has_a_time_of_its_own(api: Api) -> None:
    pair = api.asked(api.make(), Text("later"))
    assert pair["user"]["created_at"] < pair["assistant"]["created_at"]


def test_what_is_kept_of_a_chat_is_written_and_read(api: Api) -> None:
    """Also in the list; feedback and bookmarks are of its messages."""
    api.clear()
    path = api.make(title="Mine")
    folder = api.post("/users/me/folders", {"name": "Kept"}).json["folder_id"]
    said = {
        "description": "What it is for",
        "metadata": {"ticket": 7},
        "is_active": False,
        "expires_at": f"{(utc_now() + timedelta(days=3)).date()}T12:00:00.000000Z",
        "folder": folder,
        "tags": ["bike", "red"],
    }
    changed = api.patch(path, said)
    assert {name: changed.json[name] for name in said} == said
    assert api.get(path).json == changed.json
    [listed] = api.get(MINE).json
    in_list = said.keys() - {"description", "metadata"}
    assert {name: listed[name] for name in in_list} == {name: said[name] for name in in_list}
    answer = f"{path}/messages/{api.asked(path)['assistant']['id']}"
    marked = api.patch(answer, {"feedback": "good", "bookmarked": True}).json
    assert (marked["feedback"], marked["bookmarked"]) == ("good", True)
    assert api.get(answer).json == marked
    assert [one["session_id"] for one in api.get(BOOKMARKS).json] == [listed["session_id"]]
    none = {"expires_at": None, "folder": None, "tags": [], "metadata": {}, "is_active": True}
    assert {name: api.patch(path, none).json[name] for name in none} == none


@pytest.mark.parametrize(
    "ends",
    [
        "2020-01-01T00:00:00Z",
        "2099-01-01T00:00:00",
        "9999-12-31T23:59:59-12:00",
        "0001-01-01T00:00:00+14:00",
        4_000_000_000,
        "tomorrow",
    ],
)
def test_an_end_that_is_none_is_refused(api: Api, ends: object) -> None:
    path = api.make()
    reply = api.patch(path, {"expires_at": ends})
    assert (reply.status, reply.json["error"]["field"]) == (422, "expires_at")
    assert reply.json["error"]["fix"]
    assert api.get(path).json["expires_at"] is None
    shared = api.post(f"{path}/shares", {"expires_at": ends})
    assert (shared.status, shared.json["error"]["field"]) == (422, "expires_at")


def test_a_temporary_chat_is_not_shared(api: Api) -> None:
    path = api.make()
    made = api.post(f"{path}/shares")
    api.patch(path, {"temporary": True})
    place = urlsplit(made.json["url"]).path.replace("/share/", "/shares/")
    assert (api.get(place).status, api.post(f"{path}/shares").status) == (404, 409)
    api.patch(path, {"temporary": False})
    assert api.get(place).status == 200
