"""Turns whose persona has tools: what is sent, told, stored, and kept for later answers."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chat.agent.toolkit import Tool, ToolContext, ToolResult
from chat.events import Done, ToolProgress
from chat.tools import builtin
from store.metadata import PersonaMark
from store.values import SessionKey
from tests.chat.conftest import SESSION, USER, Room, read_until
from tests.model_script import Break, Call, Gate, Pause, Script, Text, calls
from tests.waiting import until

TIME = Call("current_time", '{"timezone": "UTC"}')


@pytest.fixture
def office(room: Room) -> Room:
    """A session in which the clerk answers."""
    room.create("office", persona="clerk")
    return room


def finished(office: Room, *scripts: Script) -> Any:
    """The stored answer to a question, answered in these steps."""
    office.model.queue(*scripts)
    asked = office.send("What time is it?", session_id="office")
    office.watch(asked.answer.id, "office")
    return office.row(asked.answer.id, "office")


def test_a_call_is_told_and_stored(office: Room) -> None:
    office.model.queue(calls(TIME), Script([Text("It is late.")]))
    asked = office.send("What time is it?", session_id="office")
    seen = office.watch(asked.answer.id, "office")
    steps = [event for event in seen.events if isinstance(event, ToolProgress)]
    assert [(step.name, step.state) for step in steps] == [
        ("current_time", "running"),
        ("current_time", "done"),
    ]
    assert steps[0].summary == "Looking at the clock…"
    assert seen.text == "It is late."
    row = office.row(asked.answer.id, "office")
    (use,) = row.tools_used
    assert use["name"] == "current_time"
    assert use["arguments"] == {"timezone": "UTC"}
    assert use["outcome"] == "done"
    assert json.loads(str(use["result"]))["zone"] == "UTC"
    assert int(str(use["duration_ms"])) >= 0
    assert row.metadata.persona == PersonaMark("clerk", "Clerk", ":material/forum:")


def test_the_persona_says_which_tools_model_and_parameters(office: Room) -> None:
    row = finished(office, Script())
    body = office.model.requests[0].body
    names = [tool["function"]["name"] for tool in body["tools"]]
    assert names == ["current_time", "calculate", "search_chats"]
    assert (body["model"], body["temperature"], body["top_p"]) == ("clerk-model", 0.25, 0.5)
    assert body["messages"][0]["content"].startswith("You are a clerk.\n\nYou have tools.")
    assert row.model == "scripted-1"


def test_what_the_session_says_wins_over_the_persona(office: Room) -> None:
    office.create("own", persona="clerk", model="mine", parameters={"temperature": 1.5})
    office.watch(office.send("hi", session_id="own").answer.id, "own")
    body = office.model.requests[0].body
    assert (body["model"], body["temperature"], body["top_p"]) == ("mine", 1.5, 0.5)


def test_a_persona_without_tools_sends_none(room: Room) -> None:
    room.watch(room.send("hi").answer.id)
    assert "tools" not in room.model.requests[0].body


def test_a_tool_that_the_persona_does_not_have_is_not_called(office: Room) -> None:
    """Whatever a text from outside talks the model into."""
    row = finished(
        office, calls(Call("analyze_profile", '{"handle": "a"}')), Script([Text("Well.")])
    )
    assert [use["outcome"] for use in row.tools_used] == ["unknown"]
    assert row.content == "Well."


def test_calls_of_a_broken_answer_are_kept(office: Room) -> None:
    row = finished(office, calls(TIME), Script([Text("Half"), Break()]))
    assert (row.status, row.error_code, row.content) == ("error", "stream_broken", "Half")
    assert [use["name"] for use in row.tools_used] == ["current_time"]


def test_calls_are_kept_while_the_answer_is_written(office: Room) -> None:
    gate = Gate()
    office.model.queue(calls(TIME), Script([gate, Text("Late.")]))
    asked = office.send("What time is it?", session_id="office")
    until(lambda: office.row(asked.answer.id, "office").tools_used)
    row = office.row(asked.answer.id, "office")
    assert (row.status, row.content) == ("streaming", "")
    assert [use["outcome"] for use in row.tools_used] == ["done"]
    gate.opened.set()
    office.watch(asked.answer.id, "office")
    assert len(office.row(asked.answer.id, "office").tools_used) == 1


def test_continuing_keeps_the_calls_of_before(office: Room) -> None:
    broken = finished(office, calls(TIME), Script([Text("Half "), Break()]))
    office.model.queue(calls(Call("calculate", '{"expression": "1+1"}')), Script([Text("whole")]))
    again = office.turns.answer_again(SessionKey(USER, "office"), broken.id, continued=True)
    assert office.watch(again.id, "office").text == "Half whole"
    used = [use["name"] for use in office.row(again.id, "office").tools_used]
    assert used == ["current_time", "calculate"]


def test_stopping_in_a_call(office: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    async def wait(_context: ToolContext, _arguments: Any) -> str:
        import asyncio

        await asyncio.Event().wait()
        return ""

    endless = Tool("current_time", "-", {}, wait, lambda _: "Waiting…")
    monkeypatch.setattr("chat.turns.request.builtin", lambda: {"current_time": endless})
    office.model.queue(calls(TIME))
    asked = office.send("q", session_id="office")
    viewer = office.turns.attach(SessionKey(USER, "office"), asked.answer.id)
    read_until(viewer, lambda event: isinstance(event, ToolProgress))
    office.stop("office")
    read_until(viewer, lambda event: isinstance(event, Done))
    row = office.row(asked.answer.id, "office")
    assert row.status == "stopped"
    assert [use["outcome"] for use in row.tools_used] == ["stopped"]


def test_what_a_tool_remembers_is_kept_with_the_session(
    office: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def note(context: ToolContext, _arguments: Any) -> ToolResult:
        count = context.memory.get("count", 0) + 1
        return ToolResult(count, remember={"count": count})

    counter = Tool("current_time", "-", {}, note, lambda _: "Counting…")
    monkeypatch.setattr("chat.turns.request.builtin", lambda: {"current_time": counter})
    for count in (1, 2):
        row = finished(office, calls(TIME), Script([Text("Counted.")]))
        assert row.tools_used[0]["result"] == str(count)
    finished(office, Script())
    assert office.session("office").context == {"count": 2}
    assert office.session(SESSION).context == {}


def test_too_much_to_remember_is_not_kept(office: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    async def note(_context: ToolContext, _arguments: Any) -> ToolResult:
        return ToolResult("noted", remember={"much": "x" * 100_000})

    glutton = Tool("current_time", "-", {}, note, lambda _: "Eating…")
    monkeypatch.setattr("chat.turns.request.builtin", lambda: {"current_time": glutton})
    row = finished(office, calls(TIME), Script([Text("Noted.")]))
    assert row.status == "complete"
    assert office.session("office").context == {}


def test_an_answer_that_waits_for_a_tool_can_be_left_and_found(office: Room) -> None:
    office.model.queue(calls(TIME), Script([Text("A "), Pause(0.2), Text("B")]))
    asked = office.send("q", session_id="office")
    first = office.watch(asked.answer.id, "office")
    second = office.watch(asked.answer.id, "office")
    assert first.events == second.events


def test_every_tool_of_the_folder_says_what_it_does() -> None:
    assert {"current_time", "calculate", "search_chats"} <= set(builtin())
    for name, one in builtin().items():
        assert one.name == name
        assert len(one.description) > 20
        assert one.parameters["type"] == "object"
        assert one.status({})
