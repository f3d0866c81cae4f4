"""Messages that are answered as soon as they are stored, and the session that they begin."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from tests.chat.api.client import STREAM
from tests.chat.api.conftest import MINE, Api
from tests.model_script import Gate, Script, Text

KEY = {"Idempotency-Key": "once"}
ASYNC = {"Prefer": "wait=10, respond-async"}


def test_both_are_answered_as_soon_as_they_are_stored(api: Api) -> None:
    held = Gate()
    api.model.queue(Script([Text("a"), held, Text("b")]))
    path = f"{MINE}/{uuid4().hex}"
    body = {"content": "Count.", "new_session": {"title": "Mine", "persona": "writer"}}
    reply = api.post(f"{path}/messages", body, {**KEY, **ASYNC})
    assert reply.status == 202, reply.body
    assert reply.headers["Preference-Applied"] == "respond-async"
    question, answer = reply.json["user"], reply.json["assistant"]
    assert (question["content"], question["status"]) == ("Count.", "complete")
    assert (answer["status"], answer["parent_id"]) == ("streaming", question["id"])
    made = api.get(path).json
    assert (made["title"], made["persona"]) == ("Mine", "writer")
    again = api.post(f"{path}/messages", body, {**KEY, **ASYNC})
    assert again.status == 202
    assert (again.json["user"]["id"], again.json["assistant"]["id"]) == (1, 2)
    held.opened.set()
    ended = api.post(f"{path}/messages", body, KEY).json["assistant"]
    assert (ended["id"], ended["content"], ended["status"]) == (2, "ab", "complete")
    assert len(api.get(f"{path}/messages").json) == 2


def test_a_stream_is_no_less_one_for_a_client_in_a_hurry(api: Api) -> None:
    reply = api.post(f"{api.make()}/messages", {"content": "hi"}, {**STREAM, **ASYNC})
    assert (reply.status, reply.headers["Content-Type"]) == (
        200,
        "text/event-stream; charset=utf-8",
    )


def test_a_session_that_is_there_is_left_as_it_is(api: Api) -> None:
    path = api.make(title="Mine")
    new = {"title": "Other", "model": "other-1"}
    reply = api.post(f"{path}/messages", {"content": "hi", "new_session": new}, ASYNC)
    assert reply.status == 202
    found = api.get(path).json
    assert (found["title"], found["model"]) == ("Mine", "")


@pytest.mark.parametrize(
    ("new", "field"),
    [
        ({"persona": "nobody"}, "persona"),
        ({"title": "x" * 201}, "new_session.title"),
        ({"session_id": "x"}, "new_session.session_id"),
        ([], "new_session"),
    ],
)
def test_a_session_that_cannot_be_made_so_is_not_made(api: Api, new: Any, field: str) -> None:
    path = f"{MINE}/{uuid4().hex}"
    reply = api.post(f"{path}/messages", {"content": "hi", "new_session": new}, ASYNC)
    assert (reply.status, reply.json["error"]["field"]) == (422, field)
    assert api.get(path).status == 404


def test_a_session_in_the_trash_is_not_made_again(api: Api) -> None:
    path = api.make()
    assert api.delete(path).status == 200
    reply = api.post(f"{path}/messages", {"content": "hi", "new_session": {}}, ASYNC)
    assert (reply.status, reply.error) == (422, "invalid_input")
    assert "trash" in reply.json["error"]["message"]
