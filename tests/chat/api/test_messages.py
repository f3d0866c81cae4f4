"""Messages over HTTP: ask and wait, the window, versions, marks, editing, stopping."""

from __future__ import annotations

from typing import Any

import pytest

from chat.agent.agent import DATA_NOT_ORDERS
from chat.personas.file import load_personas
from chat.tools import builtin
from chat.turns.request import OF_TABLES
from store.users import LOCAL_USER
from store.values import SessionKey
from tests.chat.api.client import STREAM, text
from tests.chat.api.conftest import MINE, Api
from tests.chat.conftest import asked_of, numbers
from tests.model_script import Gate, Script, Text, numbered

KEY = {"Idempotency-Key": "once"}


def test_asking_waits_for_the_answer(api: Api) -> None:
    path = api.make()
    pair = api.asked(path, *numbered(3), words="Count.")
    assert set(pair) == {"user", "assistant"}
    question, answer = pair["user"], pair["assistant"]
    assert (question["role"], question["content"]) == ("user", "Count.")
    assert (answer["content"], answer["status"]) == (numbers(3), "complete")
    assert answer["parent_id"] == question["id"]
    assert answer["completion_tokens"] == 3
    assert api.get(f"{path}/messages").json == [question, answer]
    assert api.get(f"{path}/messages/{answer['id']}").json == answer


def test_a_chat_without_tables_costs_nothing_for_them(api: Api) -> None:
    """The default persona has the tools for tables, and says nothing of them before there are."""
    api.asked(api.make())
    body = api.model.requests[-1].body
    default = load_personas(tools=builtin()).default
    offered = [one["function"]["name"] for one in body["tools"]]
    assert offered == [name for name in default.tools if name not in OF_TABLES]
    assert set(OF_TABLES) < set(default.tools)
    system = body["messages"][0]["content"]
    assert system == f"{default.system_prompt.strip()}\n\n{DATA_NOT_ORDERS}"
    assert "table" not in system


def test_a_failed_answer_is_an_answer(api: Api) -> None:
    path = api.make()
    answer = api.asked(path, words="[[status=400]]")["assistant"]
    assert answer["status"] == "error"
    assert answer["error_code"]
    assert answer["error_message"]


def test_the_model_and_the_parent_can_be_chosen(api: Api) -> None:
    path = api.make()
    first = api.asked(path)["assistant"]["id"]
    api.asked(path)
    body = {"content": "other", "model": "other-1", "parent_id": first}
    pair = api.post(f"{path}/messages", body).json
    assert pair["user"]["parent_id"] == first
    assert api.model.requests[-1].body["model"] == "other-1"
    assert api.get(path).json["model"] == "other-1"
    assert len(api.get(f"{path}/messages").json) == 4


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "content"),
        ({"content": None}, "content"),
        ({"content": 7}, "content"),
        ({"content": "a\0"}, "content"),
        ({"content": "\udfff"}, "content"),
        ({"content": ""}, "content"),
        ({"content": " \n"}, "content"),
        ({"content": "x", "model": "\0"}, "model"),
        ({"content": "x", "parent_id": "1"}, "parent_id"),
        ({"content": "x", "surprise": 1}, "surprise"),
    ],
)
def test_a_question_that_cannot_be_taken_is_not_stored(
    api: Api, body: dict[str, Any], field: str | None
) -> None:
    path = api.make()
    for headers in ({}, STREAM):
        reply = api.post(f"{path}/messages", body, headers)
        assert (reply.status, reply.error) == (422, "invalid_input")
        assert reply.json["error"].get("field") == field
    assert api.get(f"{path}/messages").json == []
    assert api.post(f"{path}/messages", {"content": "x", "parent_id": 9}).status == 404
    assert api.get(path).json["model"] == ""


def test_the_same_key_asks_the_model_once(api: Api) -> None:
    path = api.make()
    gate = Gate()
    api.model.queue(Script([*numbered(2), gate, *numbered(4)[2:]]))
    with api.stream("POST", f"{path}/messages", {"content": "q"}, KEY) as stream:
        seen = stream.until(lambda event: event.data.get("content") == "w1 ")
    with api.stream("POST", f"{path}/messages", {"content": "q"}, KEY) as stream:
        gate.opened.set()
        events = list(stream)
    assert events[: len(seen)] == seen
    assert text(events) == numbers(4)
    reply = api.post(f"{path}/messages", {"content": "q"}, KEY)
    assert reply.json["assistant"]["content"] == numbers(4)
    assert len(api.get(f"{path}/messages").json) == len(api.model.requests) + 1 == 2
    assert (
        api.post(f"{path}/messages", {"content": "q"}, {"Idempotency-Key": "x" * 201}).json[
            "error"
        ]["field"]
        == "Idempotency-Key"
    )


@pytest.mark.parametrize("action", ["regenerate", "continue", "edit"])
def test_the_same_key_makes_one_version(api: Api, action: str) -> None:
    path = api.make()
    pair = api.asked(path)
    of = pair["user" if action == "edit" else "assistant"]["id"]
    body = {"content": "other words"} if action == "edit" else None
    first = api.post(f"{path}/messages/{of}/{action}", body, KEY)
    again = api.post(f"{path}/messages/{of}/{action}", body, KEY)
    assert first.status == again.status == 200
    assert again.json == first.json
    assert len(api.model.requests) == 2
    assert api.post(f"{path}/messages/{of}/{action}", body).json != first.json


def test_versions_of_an_answer_and_of_a_question(api: Api) -> None:
    path = api.make()
    pair = api.asked(path, Text("one"), words="q")
    answer, question = pair["assistant"]["id"], pair["user"]["id"]
    api.model.queue(Script([Text("two")]), Script([Text("three")]), Script([Text("four")]))
    second = api.post(f"{path}/messages/{answer}/regenerate").json
    assert second["user"]["id"] == question
    assert second["assistant"]["versions"] == [answer, second["assistant"]["id"]]
    with api.stream("POST", f"{path}/messages/{question}/regenerate") as stream:
        assert text(list(stream)) == "three"
    address = f"{path}/messages/{answer}/versions"
    assert [m["content"] for m in api.get(address).json] == ["three", "two", "one"]
    page = api.get(f"{address}?limit=2")
    assert [m["content"] for m in page.json] == ["three", "two"]
    link = page.headers["link"].split(">")[0].removeprefix("</api")
    rest = api.get(link)
    assert [m["content"] for m in rest.json] == ["one"]
    assert "link" not in rest.headers
    edited = api.post(f"{path}/messages/{question}/edit", {"content": "q2"}).json
    assert (edited["user"]["content"], edited["assistant"]["content"]) == ("q2", "four")
    assert edited["user"]["versions"] == [question, edited["user"]["id"]]
    branch = [m["content"] for m in api.get(f"{path}/messages").json]
    assert branch == ["q2", "four"]


def test_continuing_streams_only_the_rest(api: Api) -> None:
    path = api.make()
    answer = api.asked(path, *numbered(2), words="q")["assistant"]["id"]
    api.model.queue(Script(numbered(4)[2:]))
    with api.stream("POST", f"{path}/messages/{answer}/continue") as stream:
        events = list(stream)
    assert text(events) == "w2 w3 "
    new = events[-1].data["message_id"]
    assert api.get(f"{path}/messages/{new}").json["content"] == numbers(4)
    assert asked_of(api.model)[1][1] == numbers(2)


def test_what_does_not_fit_the_message_is_refused(api: Api) -> None:
    path = api.make()
    pair = api.asked(path)
    question, answer = (f"{path}/messages/{pair[who]['id']}" for who in ("user", "assistant"))
    assert api.post(f"{answer}/edit", {"content": "x"}).status == 422
    assert api.post(f"{question}/continue").status == 422
    for number in ("99", "0", "-1", str(2**70)):
        for action in ("regenerate", "continue"):
            assert api.post(f"{path}/messages/{number}/{action}").error == "message_not_found"
        assert api.get(f"{path}/messages/{number}/versions").status == 404
        assert api.get(f"{path}/messages?before={number}").status == 404
    reply = api.post(f"{path}/messages/one/regenerate")
    assert (reply.status, reply.json["error"]["field"]) == (422, "message_id")
    with api.stream("POST", f"{path}/messages", {"content": "[[stall_after=1]]"}) as stream:
        stream.until(lambda event: event.event == "token")
        running = api.get(f"{path}/messages").json[-1]["id"]
        assert api.post(f"{path}/messages/{running}/regenerate").error == "conflict"
        assert api.post(f"{path}/stop").status == 200
        list(stream)


def test_stopping(api: Api) -> None:
    path = api.make()
    assert api.post(f"{path}/stop").error == "nothing_running"
    assert api.post(f"{MINE}/never/stop").error == "session_not_found"
    with api.stream("POST", f"{path}/messages", {"content": "[[stall_after=3]]"}) as stream:
        stream.until(lambda event: event.data.get("content") == "w2 ")
        assert api.post(f"{path}/stop").json == {"stopped": 2}
        (*_, done) = stream
    assert done.data["status"] == "stopped"
    assert api.get(f"{path}/messages/2").json["content"] == numbers(3)
    assert api.post(f"{path}/stop").status == 409


def test_marks(api: Api) -> None:
    path = api.make()
    message = f"{path}/messages/{api.asked(path)['assistant']['id']}"
    assert api.patch(message, {"feedback": "good"}).json["feedback"] == "good"
    marked = api.patch(message, {"bookmarked": True}).json
    assert (marked["feedback"], marked["bookmarked"]) == ("good", True)
    assert api.patch(message, {}).json == marked
    assert api.patch(message, {"feedback": None}).json["feedback"] is None
    assert api.patch(message, {"feedback": "bad", "bookmarked": False}).json["feedback"] == "bad"
    for body in ({"feedback": "x"}, {"bookmarked": None}, {"bookmarked": "yes"}, {"content": "x"}):
        assert api.patch(message, body).status == 422
    assert api.patch(f"{path}/messages/99", {"feedback": "good"}).error == "message_not_found"


def test_the_window_is_read_backward(api: Api) -> None:
    path = api.make()
    session_id = path.rpartition("/")[2]
    for number in range(4):
        api.asked(path, Text(f"a{number}"), words=f"q{number}")
    whole = [m["content"] for m in api.get(f"{path}/messages").json]
    assert whole == [word for n in range(4) for word in (f"q{n}", f"a{n}")]
    found: list[str] = []
    address = f"{path}/messages?limit=3"
    while address:
        page = api.get(address)
        found = [m["content"] for m in page.json] + found
        link = page.headers.get("link", "")
        address = link.split(">")[0].removeprefix("</api") if link else ""
    assert found == whole
    assert api.get(f"{path}/messages?limit=201").status == 422
    assert api.get(f"{path}/messages?before=x").json["error"]["field"] == "before"
    api.parts.turns.send(SessionKey(LOCAL_USER, session_id), "[[stall_after=1]]", edit_of=1)
    assert [m["content"] for m in api.get(f"{path}/messages?before=8").json] == whole[:7]
    api.post(f"{path}/stop")


def test_chat_stream_makes_the_session_it_needs(api: Api) -> None:
    persona = api.parts.personas.built_in.all()[-1].id
    with api.stream("POST", "/chat/stream", {"message": "one", "persona": persona}) as stream:
        done = list(stream)[-1].data
    path = f"{MINE}/{done['thread_id']}"
    assert api.get(path).json["persona"] == persona
    with api.stream(
        "POST", "/chat/stream", {"message": "two", "thread_id": done["thread_id"]}
    ) as stream:
        list(stream)
    assert len(api.get(f"{path}/messages").json) == 4
    with api.stream("POST", "/chat/stream", {"message": "x", "thread_id": "my-own"}) as stream:
        assert list(stream)[-1].data["thread_id"] == "my-own"
    assert api.get(f"{MINE}/my-own").json["title"] == "x"
    for _ in range(2):
        with api.stream("POST", "/chat/stream", {"message": "again"}, KEY) as stream:
            thread = list(stream)[-1].data["thread_id"]
    assert len(api.get(f"{MINE}/{thread}/messages").json) == 2
    for body in ({}, {"message": ""}, {"message": "x", "thread_id": "a b"}):
        assert api.post("/chat/stream", body).status == 422
    reply = api.post("/chat/stream", {"message": "x", "persona": "nobody"})
    assert reply.json["error"]["field"] == "persona"


def test_regenerating_with_another_model_or_persona(api: Api) -> None:
    path = api.make()
    answer = api.post(f"{path}/messages", {"content": "hi"}).json["assistant"]["id"]
    again = f"{path}/messages/{answer}/regenerate"
    made = api.post(again, {"model": "scripted-2"}).json["assistant"]
    assert made["metadata"]["with_model"] == "scripted-2"
    assert api.model.requests[-1].body["model"] == "scripted-2"
    assert api.get(path).json["model"] == ""
    assert api.post(again, {}).status == 200
    assert api.post(again, {"persona": None}).status == 200
    refused = api.post(again, {"persona": "nobody"})
    assert (refused.status, refused.json["error"]["field"]) == (422, "persona")
    assert api.post(again, {"colour": "red"}).status == 422
