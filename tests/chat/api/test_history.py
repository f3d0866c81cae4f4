"""Messages that other programs write: as they are, with a role and own metadata, unanswered."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from store.users import LOCAL_USER
from store.values import SessionKey
from tests.chat.api.conftest import MINE, Api
from tests.model_script import Gate, Script, Text
from tests.store.samples import chain

KEY = {"Idempotency-Key": "once"}


def kept(api: Api, path: str, content: str, role: str = "user", **more: Any) -> dict[str, Any]:
    reply = api.post(f"{path}/messages", {"content": content, "answer": False, "role": role} | more)
    assert reply.status == 201, reply.body
    found: dict[str, Any] = reply.json
    return found


def test_a_history_is_written_and_then_gone_on_with(api: Api) -> None:
    path = f"{MINE}/{uuid4().hex}"
    new = {"persona": "writer"}
    first = kept(api, path, "Answer in rhymes.", "system", new_session=new)
    second = kept(api, path, "Who was Ada?", metadata={"ticket": 7})
    third = kept(api, path, "A countess, keen on numbers.", "assistant")
    assert [one["parent_id"] for one in (first, second, third)] == [None, first["id"], second["id"]]
    assert second["metadata"] == {"ticket": 7}
    assert third["status"] == "complete"
    assert api.model.requests == []
    session = api.get(f"{path}?include=messages").json
    assert session["messages"] == [first, second, third]
    assert (session["title"], session["persona"]) == ("Who was Ada?", "writer")
    assert (session["message_count"], session["preview"]) == (3, third["content"])
    api.asked(path, words="And then?")
    sent = [(one["role"], one["content"]) for one in api.model.requests[-1].body["messages"][1:]]
    assert sent[0] == ("system", "Answer in rhymes.")
    assert sent[-2:] == [("assistant", third["content"]), ("user", "And then?")]


def test_the_same_again_is_kept_once(api: Api) -> None:
    path = api.make()
    body = {"content": "Noted.", "answer": False, "role": "assistant"}
    first, second = (api.post(f"{path}/messages", body, KEY) for _ in range(2))
    assert (first.status, second.status) == (201, 200)
    assert first.json == second.json
    asked = api.post(f"{path}/messages", {"content": "hi"}, KEY)
    assert asked.json["user"]["content"] == "hi", "a question's key is another one"


def test_below_another_message(api: Api) -> None:
    path = api.make()
    first = kept(api, path, "One")
    kept(api, path, "Two", "assistant")
    other = kept(api, path, "Two, otherwise", "assistant", parent_id=first["id"])
    assert len(other["versions"]) == 2
    found = api.get(f"{path}/messages")
    assert [one["content"] for one in found.json] == ["One", "Two, otherwise"]
    assert found.headers["X-Total-Count"] == "2"


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"content": " "}, "content"),
        ({"content": "a\0"}, "content"),
        ({"role": "tool"}, "role"),
        ({"model": "other-1"}, "body"),
        ({"answer": True}, "body"),
        ({"metadata": {"continues": 1}}, "metadata"),
        ({"metadata": {"x": "y" * 20_000}}, "metadata"),
        ({"metadata": []}, "metadata"),
    ],
)
def test_what_cannot_be_kept(api: Api, more: dict[str, Any], field: str) -> None:
    path = api.make()
    body = {"content": "hi", "answer": False, "role": "assistant", **more}
    reply = api.post(f"{path}/messages", body)
    assert (reply.status, reply.error) == (422, "invalid_input")
    assert reply.json["error"]["field"] == field
    assert api.get(f"{path}/messages").json == []


def test_not_below_an_answer_that_is_being_written(api: Api) -> None:
    path, held = api.make(), Gate()
    api.model.queue(Script([Text("a"), held, Text("b")]))
    asked = api.post(f"{path}/messages", {"content": "hi"}, {"Prefer": "respond-async"}).json
    body = {"content": "Between", "answer": False}
    assert api.post(f"{path}/messages", body).error == "conflict"
    answer = f"{path}/messages/{asked['assistant']['id']}"
    assert api.patch(answer, {"metadata": {"a": 1}}).error == "conflict"
    held.opened.set()
    api.post(f"{path}/stop")


def test_own_metadata_beside_what_is_known(api: Api) -> None:
    path = api.make()
    answer = api.asked(path)["assistant"]
    at = f"{path}/messages/{answer['id']}"
    changed = api.patch(at, {"metadata": {"source": ["a", {"b": None}]}}).json["metadata"]
    assert changed == answer["metadata"] | {"source": ["a", {"b": None}]}
    assert api.patch(at, {"bookmarked": True}).json["metadata"] == changed
    assert api.patch(at, {"metadata": {}}).json["metadata"] == answer["metadata"]
    assert api.patch(at, {"metadata": {"persona": {}}}).json["error"]["field"] == "metadata"
    asked = api.post(f"{path}/messages", {"content": "hi", "metadata": {"ticket": 8}}).json
    assert asked["user"]["metadata"] == {"ticket": 8}


def test_a_session_with_the_end_of_its_branch(api: Api) -> None:
    path = api.make()
    with api.parts.database.transaction() as db:
        chain(db, SessionKey(LOCAL_USER, path.rpartition("/")[2]), 201)
    found = api.get(f"{path}?include=messages")
    written = [one["content"] for one in found.json["messages"]]
    assert written == [f"text {number}" for number in range(2, 202)]
    earlier = found.headers["Link"].split(";")[0].strip("<>").removeprefix("/api")
    assert [one["content"] for one in api.get(earlier).json] == ["text 1"]
    assert "messages" not in api.get(path).json
    assert api.get(f"{path}?include=all").status == 422
