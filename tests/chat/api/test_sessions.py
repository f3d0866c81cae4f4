"""Sessions over HTTP: made, listed, read, changed, deleted, restored."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from store.session_values import METADATA_BYTES
from tests.chat.api.conftest import MINE, Api
from tests.model_script import Text
from tests.waiting import until

LISTED = {
    "session_id",
    "title",
    "preview",
    "persona",
    "message_count",
    "is_active",
    "pinned",
    "archived_at",
    "expires_at",
    "created_at",
    "last_activity_at",
}


def test_a_new_session_has_everything(api: Api) -> None:
    reply = api.post(MINE, {"title": " A  chain ", "description": "d", "metadata": {"a": [1]}})
    assert reply.status == 201
    found = reply.json
    assert found.keys() > LISTED
    assert (found["title"], found["title_source"]) == ("A chain", "user")
    assert found["persona"] == api.parts.personas.built_in.default.id
    assert found["metadata"] == {"a": [1]}
    assert (found["parameters"], found["folder"], found["cost"]) == ({}, None, 0)
    assert found["created_at"].endswith("Z")
    assert datetime.fromisoformat(found["created_at"]).utcoffset() is not None
    assert reply.headers["etag"] == f'"{found["version"]}"'
    assert api.get(f"{MINE}/{found['session_id']}").json == found
    assert api.get(f"/users/default/sessions/{found['session_id']}").json == found


def test_nothing_has_to_be_given(api: Api) -> None:
    for body in (None, {}, {"title": None, "persona": None}):
        assert api.post(MINE, body).status == 201


def test_the_same_id_again_gives_the_stored_one_unchanged(api: Api) -> None:
    first = api.post(MINE, {"session_id": "once", "title": "First"})
    again = api.post(MINE, {"session_id": "once", "title": "Second"})
    assert (first.status, again.status) == (201, 200)
    assert again.json == first.json


def test_the_same_idempotency_key_makes_one_session(api: Api) -> None:
    first = api.post(MINE, {}, {"Idempotency-Key": "k 1"})
    again = api.post(MINE, {}, {"Idempotency-Key": "k 1"})
    other = api.post(MINE, {}, {"Idempotency-Key": "k 2"})
    assert (first.status, again.status, other.status) == (201, 200, 201)
    assert again.json == first.json
    assert other.json["session_id"] != first.json["session_id"]


def test_what_is_given_changes_and_the_rest_stays(api: Api) -> None:
    path = api.make(title="Old", metadata={"a": 1})
    persona = api.parts.personas.built_in.all()[-1].id
    api.post("/users/me/folders", {"folder_id": "work", "name": "Work"})
    wanted: dict[str, Any] = {
        "title": "New",
        "description": "About",
        "persona": persona,
        "model": "other-1",
        "parameters": {"temperature": 0.5, "system_prompt": "Be brief."},
        "pinned": True,
        "folder": "work",
        "tags": ["bike", "red"],
        "metadata": {"b": None},
    }
    before = api.get(path).json
    for name, value in wanted.items():
        reply = api.patch(path, {name: value})
        assert reply.status == 200, reply.body
        changed = {key for key, value in reply.json.items() if before[key] != value}
        assert changed - {"version", "title_source"} == {name}
        assert reply.json[name] == value
        assert reply.json["version"] > before["version"]
        before = reply.json
    assert api.patch(path, {"archived": True}).json["archived_at"] is not None
    assert api.patch(path, {"archived": False}).json["archived_at"] is None
    assert api.patch(path, {"folder": None}).json["folder"] is None
    assert api.patch(path, {"parameters": {"temperature": None}}).json["parameters"] == {}
    last = api.get(path).json
    assert api.patch(path, {}).json == last


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": " \n "}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"title": None}, "title"),
        ({"title": 7}, "title"),
        ({"title": "a\0b"}, "title"),
        ({"title": "\ud800"}, "title"),
        ({"description": "a\0b"}, "description"),
        ({"persona": "nobody"}, "persona"),
        ({"persona": "\0"}, "persona"),
        ({"model": "\ud800"}, "model"),
        ({"model": "m" * 201}, "model"),
        ({"parameters": {"temperature": 2.1}}, "parameters.temperature"),
        ({"parameters": {"temperature": "hot"}}, "parameters.temperature"),
        ({"parameters": {"temperature": True}}, "parameters.temperature"),
        ({"parameters": {"temperature": float("nan")}}, "parameters.temperature"),
        ({"parameters": {"system_prompt": "\0"}}, "parameters.system_prompt"),
        ({"parameters": {"top_k": 1}}, "parameters.top_k"),
        ({"pinned": "yes"}, "pinned"),
        ({"pinned": None}, "pinned"),
        ({"archived": 1}, "archived"),
        ({"folder": ""}, "folder"),
        ({"folder": "f" * 65}, "folder"),
        ({"folder": "nosuchfolder"}, "folder"),
        ({"folder": "../x"}, "folder"),
        ({"tags": "bike"}, "tags"),
        ({"tags": [""]}, "tags"),
        ({"tags": ["x" * 41]}, "tags"),
        ({"tags": ["\0"]}, "tags"),
        ({"tags": [7]}, "tags.0"),
        ({"tags": [str(number) for number in range(21)]}, "tags"),
        ({"tags": None}, "tags"),
        ({"metadata": []}, "metadata"),
        ({"metadata": {"a": "x" * METADATA_BYTES}}, "metadata"),
        ({"metadata": {"a\0": 1}}, "metadata"),
        ({"metadata": {"a": [{"b": "\ud800"}]}}, "metadata"),
        ({"metadata": {"a": float("inf")}}, "metadata"),
        ({"session_id": "x"}, "session_id"),
        ({"surprise": 1}, "surprise"),
        ([], "body"),
        (None, "body"),
    ],
)
def test_what_cannot_be_taken_is_named_and_changes_nothing(api: Api, body: Any, field: str) -> None:
    path = api.make(title="Stays")
    before = api.get(path).json
    reply = api.patch(path, body)
    assert (reply.status, reply.error) == (422, "invalid_input")
    assert reply.json["error"]["field"] == field
    assert reply.json["error"]["message"]
    assert api.get(path).json == before


def test_json_that_is_nested_too_deeply_is_refused(api: Api) -> None:
    path = api.make()
    for depth, status in ((18, 200), (30, 422), (30_000, 400), (100_000, 413)):
        body = b'{"metadata": {"a": ' + b"[" * depth + b"]" * depth + b"}}"
        assert api.ask("PATCH", path, body, {"Content-Type": "application/json"}).status == status


def test_a_write_fails_when_somebody_else_wrote_first(api: Api) -> None:
    path = api.make(title="One")
    old = api.get(path).headers["etag"]
    new = api.patch(path, {"title": "Two"}, {"If-Match": old}).headers["etag"]
    assert new != old
    for method, address in (("PATCH", path), ("DELETE", path), ("DELETE", f"{path}?permanent=1")):
        body = {"title": "Three"} if method == "PATCH" else None
        reply = api.ask(method, address, body, {"If-Match": old})
        assert (reply.status, reply.error) == (412, "precondition_failed")
    assert api.get(path).json["title"] == "Two"
    assert api.patch(path, {"title": "Four"}, {"If-Match": f'"0", W/{new}'}).status == 200
    assert api.delete(path, {"If-Match": "*"}).status == 200
    assert api.post(f"{path}/restore", None, {"If-Match": new}).status == 412
    assert api.post(f"{path}/restore", None, {"If-Match": "*"}).status == 200


def test_what_is_known_is_not_sent_again(api: Api) -> None:
    path = api.make()
    tag = api.get(path).headers["etag"]
    reply = api.get(path, {"If-None-Match": tag})
    assert (reply.status, reply.body, reply.headers["etag"]) == (304, b"", tag)
    api.patch(path, {"pinned": True})
    assert api.get(path, {"If-None-Match": tag}).status == 200


def test_a_header_that_names_no_version_fits_none(api: Api) -> None:
    path = api.make(title="One")
    for header in ("", " ", "x", '"01"'):
        assert api.get(path, {"If-None-Match": header}).status == 200
        assert api.patch(path, {"title": "Two"}, {"If-Match": header}).status == 412
    assert api.get(path).json["title"] == "One"


def test_deleted_restored_and_removed_for_good(api: Api) -> None:
    path = api.make(title="Gone")
    session_id = path.rpartition("/")[2]
    assert api.delete(path).json == {"deleted": session_id}
    unknown = api.get(f"{MINE}/never")
    for reply in (api.get(path), api.delete(path), api.patch(path, {"title": "x"})):
        assert (reply.status, reply.body) == (404, unknown.body)
    assert api.post(f"{path}/messages", {"content": "hi"}).status == 404
    assert api.post(MINE, {"session_id": session_id}).status == 422
    assert api.post(f"{path}/restore").json["title"] == "Gone"
    assert api.post(f"{path}/restore").status == 404
    assert api.get(path).status == 200
    assert api.delete(path).status == 200
    assert api.delete(f"{path}?permanent=true").json == {"deleted": session_id}
    assert api.post(f"{path}/restore").status == 404
    assert api.delete(f"{path}?permanent=true").status == 404
    other = api.make()
    assert api.delete(f"{other}?permanent=true").status == 200
    assert api.get(other).status == 404


@pytest.mark.parametrize("how", ["", "?permanent=true", "all"])
def test_deleting_stops_the_running_answer(api: Api, how: str) -> None:
    path = api.make()
    with api.stream("POST", f"{path}/messages", {"content": "[[stall_after=1]]"}) as stream:
        stream.until(lambda event: event.event == "token")
        reply = api.delete(MINE if how == "all" else path + how)
        assert reply.status == 200
        (*_, done) = stream
        assert (done.event, done.data["status"]) == ("done", "stopped")
    until(lambda: api.parts.turns.count_running() == 0)


def test_all_of_them_at_once(api: Api) -> None:
    api.clear()
    paths = [api.make() for _ in range(3)]
    api.patch(paths[0], {"archived": True})
    assert api.delete(MINE).json == {"deleted": 3}
    assert api.get(MINE).json == []
    assert api.delete(MINE).json == {"deleted": 0}
    assert api.post(f"{paths[0]}/restore").status == 200


def test_a_list_has_the_promised_fields_and_follows_what_happens(api: Api) -> None:
    api.clear()
    old, new = api.make(title="Old"), api.make(title="New")
    assert [row["title"] for row in api.get(MINE).json] == ["New", "Old"]
    assert set(api.get(MINE).json[0]) == LISTED | {
        *("folder", "tags"),
        "version",
        "answering",
        "asks",
        "unread",
        "bookmarked",
        "files",
    }
    asked = api.asked(old, Text("An answer"))
    first = api.get(MINE).json[0]
    assert first["title"] == "Old"
    assert (first["message_count"], first["preview"]) == (2, asked["assistant"]["content"])
    api.patch(new, {"pinned": True})
    assert api.get(MINE).json[0]["title"] == "New"


def test_profiles_are_a_list(api: Api) -> None:
    path = api.make()
    assert api.get(f"{path}/profiles").json == []
    assert api.get(f"{MINE}/never/profiles").status == 404
