"""Folders and tags over the API."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from store import users
from store.folders import NewFolder
from tests.chat.api.conftest import MINE, Api

FOLDERS = "/users/me/folders"


@pytest.fixture
def folders(api: Api) -> Iterator[Api]:
    """Two folders, one in the other, and somebody else's."""
    with api.parts.database.transaction() as db:
        bob = users.create(db, username="bob").id
    api.parts.filing.create_folder(bob, NewFolder("Secret"), "hers")
    assert api.post(FOLDERS, {"folder_id": "work", "name": " Work ", "colour": "red"}).status == 201
    inner = {"folder_id": "inner", "name": "2024", "parent_id": "work", "system_prompt": "Brief."}
    assert api.post(FOLDERS, inner).status == 201
    yield api
    for one in api.get(FOLDERS).json:
        api.delete(f"{FOLDERS}/{one['folder_id']}")
    with api.parts.database.transaction() as db:
        users.remove(db, user_id=bob)


def test_folders_are_made_listed_changed_and_deleted(folders: Api) -> None:
    reply = folders.get(FOLDERS)
    listed = reply.json
    assert reply.headers["X-Total-Count"] == "2"
    said = [(one["name"], one["parent_id"], one["colour"]) for one in listed]
    assert said == [("Work", None, "red"), ("2024", "work", "gray")]
    assert listed[1]["system_prompt"] == "Brief."
    again = folders.post(FOLDERS, {"folder_id": "work", "name": "Other"})
    assert (again.status, again.json) == (200, listed[0])
    reply = folders.patch(f"{FOLDERS}/inner", {"name": "2025", "parent_id": None})
    assert reply.status == 200
    assert (reply.json["name"], reply.json["system_prompt"]) == ("2025", "Brief.")
    assert folders.patch(f"{FOLDERS}/inner", {"parent_id": "work"}).json["parent_id"] == "work"
    made = folders.post(FOLDERS, {"name": "Without an id"})
    assert made.status == 201
    assert folders.delete(f"{FOLDERS}/{made.json['folder_id']}").status == 200
    assert folders.delete(f"{FOLDERS}/{made.json['folder_id']}").status == 404


def test_a_chat_is_put_into_a_folder_and_stays_when_that_goes(folders: Api) -> None:
    path = folders.make(title="It", folder="inner", tags=["Bike"])
    found = folders.get(path).json
    assert (found["folder"], found["tags"]) == ("inner", ["bike"])
    assert folders.delete(f"{FOLDERS}/inner").json == {"deleted": "inner"}
    assert folders.get(path).json["folder"] == "work"
    assert folders.get(path).json["version"] > found["version"]
    assert folders.delete(f"{FOLDERS}/work").status == 200
    assert folders.get(path).json["folder"] is None


def test_a_chat_that_begins_with_its_message_is_in_the_folder(folders: Api) -> None:
    body = {"content": "Hi", "new_session": {"folder": "work", "tags": ["x"]}}
    headers = {"Prefer": "respond-async"}
    assert folders.post(f"{MINE}/begun-in-work/messages", body, headers).status == 202
    assert folders.get(f"{MINE}/begun-in-work").json["folder"] == "work"
    body["new_session"] = {"folder": "hers"}
    reply = folders.post(f"{MINE}/nowhere/messages", body, headers)
    assert (reply.status, reply.json["error"]["field"]) == (422, "folder")
    assert folders.get(f"{MINE}/nowhere").status == 404


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({}, 422, "name"),
        ({"name": ""}, 422, "name"),
        ({"name": "x" * 65}, 422, "name"),
        ({"name": "\0"}, 422, "name"),
        ({"name": None}, 422, "name"),
        ({"name": "work"}, 409, "name"),
        ({"name": "New", "colour": "pink"}, 422, "colour"),
        ({"name": "New", "parent_id": "inner"}, 422, "parent_id"),
        ({"name": "New", "parent_id": "hers"}, 422, "parent_id"),
        ({"name": "New", "parent_id": "../x"}, 422, "parent_id"),
        ({"name": "New", "folder_id": "a b"}, 422, "folder_id"),
        ({"name": "New", "system_prompt": "x" * 20_001}, 422, "system_prompt"),
        ({"name": "New", "other": 1}, 422, "other"),
    ],
)
def test_what_cannot_be_said(folders: Api, body: dict[str, Any], status: int, field: str) -> None:
    before = folders.get(FOLDERS).json
    reply = folders.post(FOLDERS, body)
    assert (reply.status, reply.json["error"]["field"]) == (status, field)
    assert reply.json["error"]["fix"]
    assert folders.get(FOLDERS).json == before


def test_somebody_elses_folder_is_not_there(folders: Api) -> None:
    path = folders.make()
    assert folders.patch(f"{FOLDERS}/hers", {"name": "Mine"}).status == 404
    assert folders.delete(f"{FOLDERS}/hers").status == 404
    reply = folders.patch(path, {"folder": "hers"})
    assert (reply.status, reply.json["error"]["code"]) == (422, "invalid_input")
    assert folders.get(f"{MINE}?folder=hers").json == []


def test_the_tags_that_are_used(folders: Api) -> None:
    folders.clear()
    folders.make(tags=["b", "a"])
    folders.make(tags=["b"])
    assert folders.get("/users/me/tags").json == [
        {"tag": "b", "count": 2},
        {"tag": "a", "count": 1},
    ]
