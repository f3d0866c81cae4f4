"""Answers with tools: real HTTP to a scripted model."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import pytest

from chat.agent.types import Finished
from chat.events import ToolProgress, Usage
from tests.chat.agent.agent_bench import Bench, a_tool, events, text
from tests.model_script import Call, Script, Text, calls
from tests.scripted_model import ScriptedModel


def test_without_a_call_the_first_answer_is_the_answer(bench: Bench, model: ScriptedModel) -> None:
    assert text(bench.answer()) == "This is a scripted answer."
    sent = model.requests[0].body["tools"]
    assert [tool["function"]["name"] for tool in sent][:2] == ["echo", "broken"]
    assert sent[-1]["function"]["parameters"]["properties"]["timezone"]["type"] == "string"


def test_without_tools_none_are_sent(bench: Bench, model: ScriptedModel) -> None:
    bench.answer(bench.job(()))
    assert "tools" not in model.requests[0].body


def test_calls_in_sequence(bench: Bench, model: ScriptedModel) -> None:
    model.queue(
        Script([Text("Let me look. "), Call("echo", '{"n": 1}', "a")], finish_reason="tool_calls"),
        calls(Call("echo", '{"n": 2}', "b")),
        Script([Text("It is 2.")]),
    )
    pieces = bench.answer()
    assert text(pieces) == "Let me look. \n\nIt is 2."
    assert events(pieces) == [("echo", "running"), ("echo", "done")] * 2
    assert bench.results(1) == ['{"got": {"n": 1}}']
    assert bench.results(2) == ['{"got": {"n": 1}}', '{"got": {"n": 2}}']
    last = model.requests[2].body["messages"]
    assert [m["role"] for m in last] == ["system", "user", *["assistant", "tool"] * 2]
    assert last[2]["content"] == "Let me look. "
    assert last[2]["tool_calls"][0]["function"] == {"name": "echo", "arguments": '{"n": 1}'}
    assert (last[2]["tool_calls"][0]["id"], last[3]["tool_call_id"]) == ("a", "a")
    assert [(u.name, u.arguments, u.outcome) for u in bench.uses] == [
        ("echo", {"n": 1}, "done"),
        ("echo", {"n": 2}, "done"),
    ]
    assert bench.uses[0].result == '{"got": {"n": 1}}'
    assert bench.uses[0].duration_ms >= 0
    assert [p for p in pieces if isinstance(p, Finished)] == [Finished("stop", "scripted-1")]
    counted = [p for p in pieces if isinstance(p, Usage)]
    assert len(counted) == 1
    assert pieces[-2:] == [*counted, Finished("stop", "scripted-1")]


def test_calls_in_parallel(bench: Bench, model: ScriptedModel) -> None:
    both = asyncio.Event()
    running = 0

    async def together(arguments: Mapping[str, Any]) -> Any:
        nonlocal running
        running += 1
        if running == 2:
            both.set()
        await both.wait()
        return arguments["n"]

    model.queue(
        calls(Call("pair", '{"n": 1}', "a", 0), Call("pair", '{"n": 2}', "b", 1)),
        Script([Text("Both.")]),
    )
    pieces = bench.answer(bench.job([a_tool("pair", together)]))
    assert text(pieces) == "Both."
    assert bench.results(1) == ["1", "2"]
    ids = [(p.id, p.state) for p in pieces if isinstance(p, ToolProgress)]
    assert sorted(ids) == [("a", "done"), ("a", "running"), ("b", "done"), ("b", "running")]


@pytest.mark.parametrize(
    "asked",
    [
        [Call("echo", '{"n": 1}', "", 0), Call("echo", '{"n": 2}', "", 1)],
        [Call("echo", '{"n": 1}', "x", 0), Call("echo", '{"n": 2}', "x", 1)],
        [Call("echo", '{"n": 1}', "a", None), Call("echo", '{"n": 2}', "b", None)],
        [Call("echo", {"n": 1}, "a", 0), Call("echo", {"n": 2}, "b", 0)],
    ],
    ids=["no ids", "one id twice", "no index", "objects, one index"],
)
def test_servers_that_count_calls_in_their_own_way(
    bench: Bench, model: ScriptedModel, asked: list[Call]
) -> None:
    model.queue(calls(*asked), Script([Text("Done.")]))
    assert text(bench.answer()) == "Done."
    assert sorted(json.loads(result)["got"]["n"] for result in bench.results(1)) == [1, 2]
    assert len({m["tool_call_id"] for m in model.requests[1].body["messages"][3:]}) == 2
