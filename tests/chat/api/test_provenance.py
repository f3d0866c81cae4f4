"""Where an answer comes from, over the API."""

from __future__ import annotations

from pathlib import Path

from tests.chat.api.conftest import Api
from tests.chat.turns.kept_files import KeptFiles
from tests.model_script import Call, Script, Text, calls


def test_what_was_sent_for_an_answer(api: Api) -> None:
    path = api.make()
    asked = api.post(f"{path}/messages", {"content": "hi"}).json
    answer = asked["assistant"]["id"]
    found = api.get(f"{path}/messages/{answer}/provenance").json
    (request,) = found["requests"]
    (sent,) = api.model.requests
    messages = [found["messages"][at]["message"] for at in request["messages"]]
    assert messages == sent.body["messages"]
    assert request["model"] == sent.body["model"]
    assert [found["tools"][at]["tool"] for at in request["tools"]] == sent.body.get("tools", [])
    assert request["came"]["finish_reason"] == "stop"
    assert (found["message_id"], found["retries"]) == (answer, 0)
    assert asked["assistant"]["cached_tokens"] is None


def test_text_that_utf8_cannot_say(api: Api) -> None:
    path = api.make(persona="default")
    odd = Call("calculate", '{"expression": "\\ud800"}')
    api.model.queue(calls(odd), Script([Text("No.")]))
    answer = api.post(f"{path}/messages", {"content": "hi"}).json["assistant"]["id"]
    found = api.get(f"{path}/messages/{answer}/provenance").json
    sent = [found["messages"][at]["message"] for at in found["requests"][-1]["messages"]]
    assert sent == api.model.requests[-1].body["messages"]
    assert len(sent) == 4


def test_a_question_has_none_and_what_is_not_there_is_404(api: Api) -> None:
    path = api.make()
    question = api.post(f"{path}/messages", {"content": "hi"}).json["user"]["id"]
    assert api.get(f"{path}/messages/{question}/provenance").json["requests"] == []
    assert api.get(f"{path}/messages/77/provenance").status == 404


def test_what_became_of_a_question_s_files(api: Api, tmp_path: Path) -> None:
    path = api.make()
    kept = KeptFiles(tmp_path, api.parts)
    notes = kept.add("notes.txt", "First.")
    answer = kept.ask("hi", notes, session_id=path.rpartition("/")[2])
    found = api.get(f"{path}/messages/{answer.id}/provenance").json
    told = {"file_id": notes.file_id, "name": "notes.txt", "kind": "text", "fate": "sent"}
    assert found["files"] == [{**told, "message_id": answer.parent_id, "tokens": 2, "whole": 2}]
    parts = [part for one in found["messages"] for part in one["parts"]]
    assert [part["file_id"] for part in parts if part["kind"] == "file"] == [notes.file_id]
