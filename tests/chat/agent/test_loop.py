"""What goes over the wire between calls, word for word, and what calls remember."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from chat.agent.loop import LAST
from chat.agent.toolkit import Tool, ToolContext, ToolResult
from chat.events import ToolProgress
from tests.chat.agent.agent_bench import Bench, a_tool, echo, text
from tests.model_script import Call, Script, Text, calls
from tests.scripted_model import ScriptedModel


def asked(call_id: str, name: str, arguments: str) -> dict[str, Any]:
    return {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}


def answered(call_id: str, content: str) -> dict[str, str]:
    return {"role": "tool", "tool_call_id": call_id, "content": content}


def test_calls_and_results_as_the_model_is_told_them(model: ScriptedModel) -> None:
    """All calls of a step in one message; then its results, those of unknown tools last."""
    bench = Bench(model, agent_steps=3)
    first = [Call("gone", "{}", "a", 0), Call("echo", '{"n": 1}', "b", 1), Call("echo", "", "c", 2)]
    second = [Call("refusing", '{"n":  2}', "d")]
    model.queue(Script([Text("Let me "), Text("look. "), *first]), calls(*second), Script())
    bench.answer()
    messages = model.requests[2].body["messages"]
    assert messages == [
        {"role": "system", "content": "Be kind."},
        {"role": "user", "content": "Go"},
        {
            "role": "assistant",
            "content": "Let me look. ",
            "tool_calls": [
                asked("a", "gone", "{}"),
                asked("b", "echo", '{"n": 1}'),
                asked("c", "echo", "{}"),
            ],
        },
        answered("b", '{"got": {"n": 1}}'),
        answered("c", '{"got": {}}'),
        answered(
            "a",
            "Error: There is no tool named 'gone' here. Use one of those you were given, or none.",
        ),
        {"role": "assistant", "content": "", "tool_calls": [asked("d", "refusing", '{"n":  2}')]},
        answered("d", f"Error: The shop is closed. Come back tomorrow.{LAST}"),
    ]
    assert model.requests[1].body["messages"] == messages[:6]
    sent = [{**record.body, "messages": []} for record in model.requests]
    assert sent[0] == sent[1]
    assert sent[2] == {**sent[0], "tool_choice": "none"}


def test_an_id_that_comes_again_is_another_call(bench: Bench, model: ScriptedModel) -> None:
    model.queue(calls(Call("echo", '{"n": 1}', "x")), calls(Call("echo", '{"n": 2}', "x")))
    assert text(bench.answer()) == "This is a scripted answer."
    assert bench.results(2) == ['{"got": {"n": 1}}', '{"got": {"n": 2}}']


def note(both: asyncio.Event | None = None) -> Tool:
    """Adds its number to those it remembers; with an event, when that is set by two calls."""
    waiting = 0

    async def call(context: ToolContext, arguments: Mapping[str, Any]) -> ToolResult:
        nonlocal waiting
        waiting += 1
        if both is not None and waiting < 2:
            await both.wait()
        elif both is not None:
            both.set()
        numbers = [*context.memory.get("numbers", ()), arguments["n"]]
        return ToolResult(numbers, remember={"numbers": numbers})

    return Tool("note", "Notes.", {}, call, lambda _: "Noting…")


def test_later_calls_see_what_earlier_ones_remembered(bench: Bench, model: ScriptedModel) -> None:
    bench.memory = {"numbers": [0], "other": "stays"}
    model.queue(calls(Call("note", '{"n": 1}')), calls(Call("note", '{"n": 2}')), Script())
    bench.answer(bench.job([note()]))
    assert bench.results(2) == ["[0, 1]", "[0, 1, 2]"]
    assert bench.memory == {"numbers": [0, 1, 2], "other": "stays"}


def test_calls_at_the_same_time_forget_nothing(bench: Bench, model: ScriptedModel) -> None:
    both = [Call("note", '{"n": 1}', "a", 0), Call("note", '{"n": 2}', "b", 1)]
    model.queue(calls(*both), Script())
    bench.answer(bench.job([note(asyncio.Event())]))
    assert bench.memory == {"numbers": [2, 1]}


def test_what_is_remembered_cannot_be_edited(bench: Bench, model: ScriptedModel) -> None:
    async def edit(context: ToolContext, _: Mapping[str, Any]) -> str:
        context.memory["new"] = 1  # type: ignore[index]
        return "edited"

    bench.memory = {"old": 1}
    model.queue(calls(Call("edit")), Script())
    bench.answer(bench.job([Tool("edit", "-", {}, edit, lambda _: "-")]))
    assert bench.memory == {"old": 1}
    assert [use.outcome for use in bench.uses] == ["error"]


def test_stopping_keeps_calls_that_are_over_and_those_that_run(
    bench: Bench, model: ScriptedModel
) -> None:
    model.queue(calls(Call("echo", '{"n": 1}', "a", 0), Call("wait", '{"n": 2}', "b", 1)))

    async def wait(_: Mapping[str, Any]) -> Any:
        await asyncio.Event().wait()

    async def run() -> None:
        async def read() -> None:
            async with bench.agent() as agent:
                job = bench.job([a_tool("echo", echo), a_tool("wait", wait)])
                async for piece in bench.read(agent, job):
                    if isinstance(piece, ToolProgress) and piece.state == "done":
                        over.set()

        over = asyncio.Event()
        task = asyncio.create_task(read())
        await over.wait()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert task.cancelled()

    asyncio.run(run())
    assert [(use.name, use.arguments, use.outcome) for use in bench.uses] == [
        ("echo", {"n": 1}, "done"),
        ("wait", {"n": 2}, "stopped"),
    ]
